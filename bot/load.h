#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "engine/engine.h"
#include "engine/server_config.h"
#include "git/file_tree.h"
#include "git/repository.h"
#include "promote/config.h"
#include "store/store.h"

namespace towline::bot {

engine::EnvironmentVariables environment_variables();

/// Reads `towline.yaml` with the credentials it names.
Result<engine::ServerConfig> load_server_config(const std::filesystem::path& file);

/// What an engine needs, with the data directory locked. Members are destroyed in reverse order.
struct Opened {
  FileLock lock;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<store::Store> store;
  std::unique_ptr<engine::Engine> engine;
};
/// Error conflict: another Towline process uses the data directory.
Result<Opened> open_engine(const engine::ServerConfig& config);

/// `.towline.yaml` of a tree, or what its layout says. Error invalid: the file is broken.
Result<promote::RepoConfig> load_repo_config(const git::FileTree& tree);
/// The same at a commit.
Result<promote::RepoConfig> load_repo_config(const git::Repository& repository, const CommitId& commit);

}  // namespace towline::bot
