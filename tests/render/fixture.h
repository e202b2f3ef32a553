#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "discovery/application.h"
#include "git/repository.h"
#include "program/process.h"
#include "render/renderer.h"

namespace towline::render::test {

inline discovery::Application application_of(std::string path, discovery::SourceKind kind, bool recurse = false) {
  discovery::Application application;
  application.name = "pay";
  application.path = std::move(path);
  application.kind = kind;
  application.ns = "pay";
  application.recurse = recurse;
  return application;
}

inline discovery::Application plain_application(std::string path, bool recurse = false) {
  return application_of(std::move(path), discovery::SourceKind::directory, recurse);
}

inline discovery::Application kustomize_application(std::string path) {
  return application_of(std::move(path), discovery::SourceKind::kustomize);
}

inline std::string config_map(std::string_view name) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + std::string(name) + "}\n";
}

/// A repository whose commits are made of whole trees.
class Fixture {
 public:
  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent = {}) {
    return repository.write_commit({parent, std::move(edits), {"Alice", "alice@example.com", TimePoint{}}, "change"})
        .value();
  }

  /// As `commit`, with a submodule at the path.
  CommitId commit_with_submodule(std::vector<git::PathEdit> edits, const std::string& path) {
    const CommitId plain = commit(std::move(edits));
    git({"read-tree", plain.str()});
    git({"update-index", "--add", "--cacheinfo", "160000," + plain.str() + "," + path});
    return CommitId(git({"commit-tree", "-m", "submodule", git({"write-tree"})}));
  }

  /// As `commit`, with symbolic links: path, target.
  CommitId commit_with_links(std::vector<git::PathEdit> edits,
                             const std::vector<std::pair<std::string, std::string>>& links,
                             const CommitId& parent = {}) {
    for (const auto& [path, target] : links) edits.push_back({path, target});
    const CommitId plain = commit(std::move(edits), parent);
    git({"read-tree", plain.str()});
    for (const auto& [path, target] : links) {
      git({"update-index", "--cacheinfo", "120000," + repository.entry(plain, path).value()->id.str() + "," + path});
    }
    return CommitId(git({"commit-tree", "-m", "links", git({"write-tree"})}));
  }

  /// An executable script of this name in a folder of its own, which is given.
  std::filesystem::path script(std::string_view name, std::string_view body) {
    const std::filesystem::path folder = directory.path() / "bin";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name) << "#!/bin/sh\n" << body;
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
    return folder;
  }

  std::filesystem::path repository_path() const { return directory.path() / "repo.git"; }

  /// What the real git says, without the line break at its end.
  std::string git(std::vector<std::string> arguments) const {
    ProcessSpec spec;
    spec.argv = {
        "git", "-c", "user.name=Bob", "-c", "user.email=bob@example.com", "--git-dir=" + repository_path().string()};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = {{"PATH", spec.search_path},
                        {"HOME", "/nonexistent"},
                        {"GIT_INDEX_FILE", (directory.path() / "index").string()}};
    const auto output = run_process(spec);
    if (!output || output->exit_code != 0) throw std::runtime_error("git failed: " + arguments.front());
    return std::string(trim(output->standard_output));
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-render-").value();
  git::Repository repository = git::Repository::init_bare(repository_path(), "main").value();
};

/// "ConfigMap pay/a" of each, in order.
inline std::vector<std::string> keys(const Rendered& rendered) {
  std::vector<std::string> result;
  for (const manifest::Resource& resource : rendered.resources) result.push_back(resource.key.str());
  return result;
}

/// "path:line: message" of each.
inline std::vector<std::string> problems(const Rendered& rendered) {
  std::vector<std::string> result;
  for (const manifest::ManifestProblem& problem : rendered.problems) {
    result.push_back(problem.path + ":" + std::to_string(problem.line) + ": " + problem.message);
  }
  return result;
}

using Texts = std::vector<std::string>;

}  // namespace towline::render::test
