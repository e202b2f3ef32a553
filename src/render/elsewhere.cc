#include "render/elsewhere.h"

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "discovery/inputs.h"
#include "git/file_tree.h"

namespace towline::render {
namespace {

/// Where the files of this repository that the source uses lie in the other one.
constexpr std::string_view kBorrowed = ".towline-ref/";

/// Points the option at the copy of a file that is taken from this repository.
Result<void> borrow(const Job& job, std::string& written, std::vector<git::PathEdit>& edits) {
  const discovery::HelmFile file = discovery::resolve_helm_file(job.application, job.source, written);
  if (file.place != discovery::HelmFile::Place::here) return {};
  const std::string copy = std::string(kBorrowed) + file.path;
  written = "/" + replace_all(copy, "$", "$$");
  TRY(const auto followed, job.index.follow(file.path));
  if (!followed || !job.index.has_file(followed->path)) return {};  // missing there too, which is told then
  TRY(std::string text, job.index.read(followed->path));
  edits.push_back({copy, std::move(text)});
  return {};
}

}  // namespace

Result<Elsewhere> bring_here(const Toolbox& toolbox, const Job& job) {
  const std::string& revision = job.source.target_revision;
  TRY(const auto place, toolbox.charts.find({job.source.repo_url, "", revision.empty() ? "HEAD" : revision}));
  const git::DirectoryTree tree(place);
  TRY(const auto there, discovery::TreeIndex::create(tree));
  if (const auto problem = discovery::irregular_marker(there, job.source.path)) {
    return fail(ErrorKind::invalid,
                problem->path + " in the git repository " + redact_url(job.source.repo_url) + ": " + problem->message);
  }
  TRY(const auto files, tree.files());
  std::vector<git::PathEdit> edits;
  std::size_t bytes = 0;
  for (const git::TreeEntry& file : files) {
    if (file.mode == git::FileMode::symlink) continue;
    TRY(std::string text, tree.read(file.path));
    bytes += text.size();
    if (bytes > toolbox.options.limits.max_output_bytes) {
      return fail(ErrorKind::invalid, "the git repository " + redact_url(job.source.repo_url) +
                                          " is larger than the limit of " +
                                          plural(toolbox.options.limits.max_output_bytes, "byte"));
    }
    edits.push_back({file.path, std::move(text)});
  }
  discovery::Source source = job.source;
  for (std::string& written : source.helm.value_files) CHECK_OK(borrow(job, written, edits));
  for (auto& [name, path] : source.helm.file_parameters) CHECK_OK(borrow(job, path, edits));
  source.origin = discovery::Origin::here;
  TRY(auto directory, TemporaryDirectory::create("towline-elsewhere-"));
  TRY(auto repository, git::Repository::init_bare(directory.path() / "git", "main"));
  TRY(CommitId commit, repository.write_commit({{}, std::move(edits), {"Towline", "towline@localhost", {}}, "copy"}));
  // The other tree tells what kind of source it is; of an absent one nothing was known.
  {
    const git::CommitTree copied(repository, commit);
    TRY(const auto index, discovery::TreeIndex::create(copied));
    const bool undecided = source.kind == discovery::SourceKind::directory && !source.directory.recurse;
    if (undecided) source.kind = discovery::source_kind_of(index, source.path);
  }
  discovery::Application application = job.application;
  application.sources = {std::move(source)};
  return Elsewhere{std::move(directory), std::move(repository), std::move(commit), std::move(application)};
}

}  // namespace towline::render
