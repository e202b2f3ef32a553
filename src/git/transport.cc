#include "git/transport.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "git/git_program.h"
#include "git/mirror.h"

namespace towline::git {
namespace {

// Characters that git-check-ref-format(1) refuses, and those with a meaning in a refspec or an option.
bool is_full_ref(std::string_view ref, bool pattern_allowed) {
  const bool clean = std::none_of(ref.begin(), ref.end(), [&](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F ||
           std::string_view(pattern_allowed ? "~^:?[\\" : "~^:?[\\*").find(c) != std::string_view::npos;
  });
  return clean && ref.starts_with("refs/") && ref.find("..") == std::string_view::npos &&
         ref.find("//") == std::string_view::npos && ref.find("@{") == std::string_view::npos && !ref.ends_with('/') &&
         !ref.ends_with(".lock") && !ref.ends_with('.');
}

bool is_commit_id(std::string_view text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<void> check_fetch_refspec(const std::string& refspec) {
  const std::string_view text = std::string_view(refspec).substr(refspec.starts_with('+') ? 1 : 0);
  const auto sides = split(text, ':');
  const bool from_ok = is_full_ref(sides[0], true) || is_commit_id(sides[0]);
  if (sides.size() == 2 && from_ok && is_full_ref(sides[1], true)) return {};
  return fail(ErrorKind::invalid,
              "'" + printable_utf8(ellipsize(refspec, 200)) +
                  "' is not a refspec; write refs/heads/x:refs/heads/x, with a '+' before to force");
}

Result<std::string> push_refspec(const PushUpdate& update) {
  if (!is_full_ref(update.ref, false)) {
    return fail(ErrorKind::invalid, "'" + printable_utf8(ellipsize(update.ref, 200)) +
                                        "' is not the full name of a branch, such as refs/heads/main");
  }
  for (const auto& id : {update.commit, update.expected}) {
    if (id && !is_commit_id(id->str())) {
      return fail(ErrorKind::invalid, "'" + printable_utf8(ellipsize(id->str(), 60)) + "' is not a commit id");
    }
  }
  return (update.commit ? update.commit->str() : std::string()) + ":" + update.ref;
}

Result<void> run_git(std::string_view doing, const std::filesystem::path& repository, const Remote& remote,
                     std::vector<std::string> arguments, const TransportLimits& limits) {
  if (const auto secured = secure_mirror(repository); !secured) return fail_while(doing, secured.error());
  TRY(const ProcessSpec spec, git_command(repository, remote, std::move(arguments), limits));
  auto output = run_process(spec);
  if (!output) return fail_while(doing, output.error());
  if (output->exit_code == 0) return {};
  return tl::unexpected(explain_failure(doing, *output, remote));
}

}  // namespace

Result<void> fetch(const std::filesystem::path& repository, const Remote& remote,
                   const std::vector<std::string>& refspecs, const TransportLimits& limits) {
  if (refspecs.empty()) return {};
  std::vector<std::string> arguments = {"fetch",
                                        "--quiet",
                                        "--no-tags",
                                        "--no-write-fetch-head",
                                        "--no-auto-maintenance",
                                        "--no-recurse-submodules",
                                        "--no-show-forced-updates",
                                        "--refmap=",
                                        "--",
                                        remote.url};
  for (const std::string& refspec : refspecs) {
    CHECK_OK(check_fetch_refspec(refspec));
    arguments.push_back(refspec);
  }
  return run_git("cannot fetch from " + redact_url(remote.url), repository, remote, std::move(arguments), limits);
}

Result<void> push(const std::filesystem::path& repository, const Remote& remote, const std::vector<PushUpdate>& updates,
                  const TransportLimits& limits) {
  if (updates.empty()) return {};
  std::vector<std::string> arguments = {"push", "--quiet", "--porcelain", "--no-verify", "--recurse-submodules=no"};
  // One update is all or nothing by itself, also on a server that does not know --atomic.
  if (updates.size() > 1) arguments.emplace_back("--atomic");
  std::vector<std::string> refspecs;
  std::vector<std::string> names;
  for (const PushUpdate& update : updates) {
    TRY(std::string refspec, push_refspec(update));
    refspecs.push_back(std::move(refspec));
    names.push_back(update.ref);
    arguments.push_back("--force-with-lease=" + update.ref + ":" + (update.expected ? update.expected->str() : ""));
  }
  arguments.emplace_back("--");
  arguments.push_back(remote.url);
  arguments.insert(arguments.end(), refspecs.begin(), refspecs.end());
  return run_git("cannot push " + join(names, ", ") + " to " + redact_url(remote.url), repository, remote,
                 std::move(arguments), limits);
}

Result<void> pack_if_needed(const std::filesystem::path& repository) {
  // Fetches and pushes switch automatic packing off, so that none of them waits for it.
  return run_git("cannot pack " + repository.string(), repository, Remote{repository.string(), {}, {}},
                 {"-c", "gc.auto=6700", "-c", "gc.autoDetach=false", "gc", "--auto", "--quiet"},
                 TransportLimits{std::chrono::minutes(10)});
}

Result<std::string> git_version() {
  ProcessSpec spec;
  spec.argv = {"git", "version"};
  spec.environment = {{"LC_ALL", "C"}, {"HOME", "/nonexistent"}};
  spec.deadline = std::chrono::seconds{10};
  TRY(const ProcessOutput output, run_process(spec));
  constexpr std::string_view kPrefix = "git version ";
  const std::string_view text = trim(output.standard_output);
  if (output.exit_code != 0 || !text.starts_with(kPrefix)) {
    return fail(ErrorKind::internal, "'git version' did not say its version", printable_utf8(output.standard_error));
  }
  const std::string_view version = text.substr(kPrefix.size());
  return std::string(version.substr(0, version.find(' ')));
}

}  // namespace towline::git
