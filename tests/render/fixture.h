#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "git/repository.h"
#include "manifest/application.h"
#include "render/renderer.h"

namespace towline::render::test {

inline manifest::Application plain_application(std::string path, bool recurse = false) {
  return {"pay", std::move(path), manifest::SourceKind::directory, "pay", "", recurse};
}

inline manifest::Application kustomize_application(std::string path) {
  return {"pay", std::move(path), manifest::SourceKind::kustomize, "pay", "", false};
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

  /// An executable script of this name in a folder of its own, which is given.
  std::filesystem::path script(std::string_view name, std::string_view body) {
    const std::filesystem::path folder = directory.path() / "bin";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name) << "#!/bin/sh\n" << body;
    std::filesystem::permissions(folder / name, std::filesystem::perms::owner_all);
    return folder;
  }

  std::filesystem::path repository_path() const { return directory.path() / "repo.git"; }

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
