#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "config/repository.h"
#include "config/server.h"
#include "discovery/own_repository.h"
#include "engine/engine.h"
#include "git/file_tree.h"
#include "git/repository.h"
#include "store/store.h"

namespace towline::bot {

/// No configuration file is larger.
inline constexpr std::size_t kMaxConfigBytes = 1u << 20;

config::EnvironmentVariables environment_variables();

/// What an argument names and is not there makes the argument wrong: not_found becomes invalid.
template <class T>
Result<T> as_argument(Result<T> result) {
  if (!result && result.error().kind == ErrorKind::not_found) result.error().kind = ErrorKind::invalid;
  return result;
}

/// The repository that `--repo` names. Error invalid: there is none.
Result<git::Repository> open_repository(const std::filesystem::path& directory);
/// What an argument names (git::Repository::find_revision); an ambiguous name is reported on stderr. Error invalid:
/// there is none.
Result<git::Revision> find_revision(const git::Repository& repository, const std::string& revision);
/// That several references have the name, if they do.
std::optional<std::string> revision_warning(const git::Revision& revision);
/// The commit that an argument names, likewise.
Result<CommitId> resolve_revision(const git::Repository& repository, const std::string& revision);

/// What is known of the repository beside its files: `branch` (of --branch), or its default branch: the branch that
/// `base` names ("main", "origin/main"; "": nothing does), that origin's HEAD or that its own HEAD names.
Result<discovery::OwnRepository> own_repository(const git::Repository& repository, const std::string& branch,
                                                const std::string& base);

/// Reads `towline.yaml` with the credentials it names. Error invalid: the file is broken or not there.
Result<config::ServerConfig> load_server_config(const std::filesystem::path& file);

/// What an engine needs, with the data directory locked. Members are destroyed in reverse order.
struct Opened {
  FileLock lock;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<store::Store> store;
  std::unique_ptr<engine::Engine> engine;
};
/// Error conflict: another Towline process uses the data directory.
Result<Opened> open_engine(const config::ServerConfig& config);

/// The error of an argument that names no environment of the repository: says which there are, or the nearest.
tl::unexpected<Error> unknown_environment(const std::string& name, const config::RepoConfig& config);

/// `.towline.yaml` of a tree, or what its layout says. Error invalid: the file is broken.
Result<config::RepoConfig> load_repo_config(const git::FileTree& tree);
/// The same at a commit.
Result<config::RepoConfig> load_repo_config(const git::Repository& repository, const CommitId& commit);

}  // namespace towline::bot
