#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "git/repository.h"
#include "program/process.h"

namespace towline::git {

inline Signature alice(std::int64_t seconds = 1'700'000'000) {
  return {"Alice", "alice@example.com", TimePoint{std::chrono::seconds{seconds}}};
}

inline PathEdit put(std::string path, std::string content) { return {std::move(path), std::move(content)}; }
inline PathEdit remove(std::string path) { return {std::move(path), std::nullopt}; }

/// A bare repository in a temporary directory.
struct Fixture {
  TemporaryDirectory directory = *TemporaryDirectory::create("towline-git");
  Repository repository = *Repository::init_bare(path(), "main");

  std::filesystem::path path() const { return directory.path() / "repo.git"; }

  CommitId commit(const CommitId& parent, std::vector<PathEdit> edits, std::string message = "change",
                  std::int64_t seconds = 1'700'000'000) {
    return *repository.write_commit({parent, std::move(edits), alice(seconds), std::move(message)});
  }

  std::optional<CommitId> ref(std::string_view name) const { return repository.find_ref(name).value(); }

  /// What the real git says.
  std::string git(std::vector<std::string> arguments, std::string input = {}) const {
    ProcessSpec spec;
    spec.argv = {"git", "-c", "user.name=Bob", "-c", "user.email=bob@example.com", "--git-dir=" + path().string()};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = {{"PATH", spec.search_path}, {"HOME", "/nonexistent"}, {"LC_ALL", "C"}};
    spec.standard_input = std::move(input);
    const auto output = run_process(spec);
    return output ? output->standard_output + output->standard_error : output.error().message;
  }
};

inline std::vector<std::string> paths(const std::vector<TreeEntry>& entries) {
  std::vector<std::string> result;
  for (const TreeEntry& entry : entries) result.push_back(entry.path);
  return result;
}

}  // namespace towline::git
