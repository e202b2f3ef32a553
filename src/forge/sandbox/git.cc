#include "forge/sandbox/git.h"

#include <charconv>

#include "base/text.h"
#include "git/repository.h"

namespace towline::forge::sandbox {
namespace {

constexpr std::string_view kEmptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

ProcessSpec git_process(const std::filesystem::path& repository, std::vector<std::string> arguments) {
  ProcessSpec spec;
  spec.argv = {"git", "--git-dir", repository.string()};
  spec.argv.insert(spec.argv.end(), std::make_move_iterator(arguments.begin()),
                   std::make_move_iterator(arguments.end()));
  spec.environment = git_environment();
  spec.deadline = std::chrono::seconds(30);
  return spec;
}

Result<std::string> run_git(const std::filesystem::path& repository, std::vector<std::string> arguments) {
  const std::string command = arguments.front();
  TRY(ProcessOutput output, run_process(git_process(repository, std::move(arguments))));
  if (output.exit_code != 0) {
    return fail(ErrorKind::internal, "git " + command + " failed in the sandbox's repository " + repository.string(),
                output.standard_error);
  }
  return std::move(output.standard_output);
}

/// The number before " file", " insertion" or " deletion" in `git diff --shortstat`.
std::int64_t number_before(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return 0;
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  std::int64_t value = 0;
  std::from_chars(text.data() + begin, text.data() + at, value);
  return value;
}

/// The tree that merging gives, or nothing when there are conflicts.
Result<std::optional<std::string>> merge_tree(const std::filesystem::path& repository, const CommitId& base,
                                              const CommitId& head) {
  ProcessSpec spec =
      git_process(repository, {"merge-tree", "--write-tree", "--no-messages", "--name-only", base.str(), head.str()});
  TRY(const ProcessOutput output, run_process(spec));
  if (output.exit_code == 1) return std::nullopt;
  if (output.exit_code != 0) {
    return fail(ErrorKind::internal, "git merge-tree failed in the sandbox's repository " + repository.string(),
                output.standard_error);
  }
  return std::string(trim(split_lines(output.standard_output).front()));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> git_environment() {
  return {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", "/nonexistent"}, {"GIT_CONFIG_NOSYSTEM", "1"},
          {"GIT_CONFIG_GLOBAL", "/dev/null"},       {"LC_ALL", "C"},          {"TZ", "UTC"}};
}

Result<std::map<std::string, CommitId>> read_heads(const std::filesystem::path& repository) {
  TRY(const std::string listing,
      run_git(repository, {"for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads/"}));
  std::map<std::string, CommitId> heads;
  for (const std::string_view line : split_lines(listing)) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    heads.emplace(std::string(line.substr(blank + 1)), CommitId(std::string(line.substr(0, blank))));
  }
  return heads;
}

Result<MergeFacts> read_merge_facts(const std::filesystem::path& repository, const CommitId& base,
                                    const CommitId& head) {
  MergeFacts facts;
  facts.base = base;
  facts.head = head;
  TRY(const git::Repository objects, git::Repository::open(repository));
  TRY(const auto merge_base, objects.merge_base(base, head));
  if (!merge_base) return facts;
  facts.merge_base = *merge_base;
  TRY(const auto tree, merge_tree(repository, base, head));
  facts.mergeable = tree.has_value();
  TRY(const std::string stat, run_git(repository, {"diff", "--shortstat", merge_base->str(), head.str()}));
  facts.changed_files = number_before(stat, " file");
  facts.additions = number_before(stat, " insertion");
  facts.deletions = number_before(stat, " deletion");
  return facts;
}

Result<CommitId> write_merge(const std::filesystem::path& repository, const MergeCommit& merge) {
  TRY(const auto tree, merge_tree(repository, merge.base, merge.head));
  if (!tree) {
    return fail(ErrorKind::conflict, "the commits " + short_id(merge.base) + " and " + short_id(merge.head) +
                                         " change the same lines: bring the branch up to date");
  }
  ProcessSpec spec =
      git_process(repository, {"commit-tree", *tree, "-p", merge.base.str(), "-p", merge.head.str(), "-F", "-"});
  const auto seconds = std::chrono::floor<std::chrono::seconds>(merge.when).time_since_epoch().count();
  const std::string date = "@" + std::to_string(seconds) + " +0000";
  for (const std::string role : {"AUTHOR", "COMMITTER"}) {
    spec.environment.emplace_back("GIT_" + role + "_NAME", merge.name);
    spec.environment.emplace_back("GIT_" + role + "_EMAIL", merge.email);
    spec.environment.emplace_back("GIT_" + role + "_DATE", date);
  }
  spec.standard_input = merge.message + "\n";
  TRY(const ProcessOutput output, run_process(spec));
  if (output.exit_code != 0) {
    return fail(ErrorKind::internal, "git commit-tree failed in the sandbox's repository " + repository.string(),
                output.standard_error);
  }
  return CommitId(std::string(trim(output.standard_output)));
}

Result<std::string> read_diff(const std::filesystem::path& repository, const CommitId& from, const CommitId& to,
                              std::size_t max_bytes) {
  const std::string before = from.empty() ? std::string(kEmptyTree) : from.str();
  TRY(const std::string diff, run_git(repository, {"diff", "--no-color", "--no-ext-diff", before, to.str()}));
  return ellipsize(printable_utf8(diff), max_bytes);
}

}  // namespace towline::forge::sandbox
