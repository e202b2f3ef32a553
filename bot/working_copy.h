#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "config/repository.h"

namespace towline::bot {

/// Files on disk that belong together, and what they say about environments.
struct WorkingCopy {
  std::filesystem::path root;  ///< absolute; what the paths of services are relative to
  config::RepoConfig config;
};

/// The working copy that a file or directory is part of: of the directories from `path` upwards the first one with
/// `.towline.yaml` or, without it, the reference layout; the search ends at the repository's root (`.git`) and where
/// directories belong to somebody else. Where nothing is found, `path` itself, without environments.
/// Error invalid: the configuration has a mistake, with its place.
Result<WorkingCopy> find_working_copy(const std::filesystem::path& path);

}  // namespace towline::bot
