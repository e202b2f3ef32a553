#include "load.h"

#include <unistd.h>

#include <iostream>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "base/private_files.h"
#include "base/text.h"
#include "program/own_process.h"

extern char** environ;

namespace towline::bot {

config::EnvironmentVariables environment_variables() {
  config::EnvironmentVariables variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return variables;
}

Result<git::Repository> open_repository(const std::filesystem::path& directory) {
  auto repository = git::Repository::open(directory);
  if (!repository && repository.error().kind == ErrorKind::not_found) {
    return fail(ErrorKind::invalid, directory.string() +
                                        " is not a git repository; name a bare one, or the root of a working copy, "
                                        "with --repo");
  }
  return repository;
}

Result<CommitId> resolve_revision(const git::Repository& repository, const std::string& revision) {
  TRY(const git::Revision found, find_revision(repository, revision));
  return found.commit;
}

std::optional<std::string> revision_warning(const git::Revision& revision) {
  if (revision.others.empty()) return std::nullopt;
  return "the name is ambiguous: " + revision.ref + " is used; " + join(revision.others, ", ") +
         (revision.others.size() == 1 ? " is" : " are") + " at another commit";
}

Result<git::Revision> find_revision(const git::Repository& repository, const std::string& revision) {
  TRY(git::Revision found, as_argument(repository.find_revision(revision)));
  if (const auto warning = revision_warning(found)) {
    std::cerr << "towline: " << printable_utf8(revision) << ": " << printable_utf8(*warning) << "\n";
  }
  return found;
}

namespace {

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kOrigin = "refs/remotes/origin/";

std::string without(std::string_view prefix, std::string_view text) {
  return text.starts_with(prefix) ? std::string(text.substr(prefix.size())) : std::string();
}

/// "" when the revision is no branch.
Result<std::string> branch_named(const git::Repository& repository, std::string revision) {
  for (const std::string_view prefix : {kHeads, kOrigin, std::string_view("origin/")}) {
    if (revision.starts_with(prefix)) revision.erase(0, prefix.size());
  }
  if (revision.empty() || revision == "HEAD" || revision == "@") return std::string();
  for (const std::string_view prefix : {kHeads, kOrigin}) {
    const auto found = repository.find_ref(std::string(prefix) + revision);
    // What is no name of a reference ("HEAD~1") is no branch.
    if (found && *found) return revision;
  }
  return std::string();
}

}  // namespace

Result<discovery::OwnRepository> own_repository(const git::Repository& repository, const std::string& branch,
                                                const std::string& base) {
  discovery::OwnRepository own;
  if (!branch.empty()) {
    own.branch = branch;
    return own;
  }
  TRY(own.branch, branch_named(repository, base));
  if (!own.branch.empty()) return own;
  TRY(const auto of_origin, repository.symbolic_target("refs/remotes/origin/HEAD"));
  own.branch = without(kOrigin, of_origin.value_or(""));
  if (!own.branch.empty()) return own;
  TRY(const auto own_head, repository.symbolic_target("HEAD"));
  own.branch = without(kHeads, own_head.value_or(""));
  return own;
}

Result<config::ServerConfig> load_server_config(const std::filesystem::path& file) {
  TRY(const std::string text, as_argument(read_file(file, kMaxConfigBytes)));
  const auto variables = environment_variables();
  TRY(config::ServerConfig config, config::parse_server_config(file.string(), text, variables));
  erase_variables(config.credential_variables);
  for (const auto& forge : config.forges) {
    log::add_secret(forge.token);
    for (const Secret& secret : forge.webhook_secrets) log::add_secret(secret);
  }
  for (const auto& registry : config.registries) log::add_secret(registry.secret);
  for (const auto& registry : config.oci) log::add_secret(registry.credentials.password);
  if (config.search_path.empty()) {
    if (const auto path = variables.find("PATH"); path != variables.end()) config.search_path = path->second;
  }
  return config;
}

Result<Opened> open_engine(const config::ServerConfig& config) {
  TRY(const Tightened tightened, make_private_directory(config.data));
  for (const std::string& change : tightened) log::warn(change);
  auto lock = FileLock::acquire(config.data / "lock");
  if (!lock) {
    if (lock.error().kind == ErrorKind::conflict) {
      return fail(ErrorKind::conflict, "another Towline process is using the data directory " + config.data.string() +
                                           "; stop it first, or give this one another `data`");
    }
    return tl::unexpected<Error>(lock.error());
  }
  TRY(auto opened_store, store::open_sqlite(config.data / "towline.db"));
  std::shared_ptr<store::Store> shared = std::move(opened_store);
  auto clock = std::make_shared<SystemClock>();
  engine::Dependencies dependencies;
  dependencies.config = config;
  dependencies.clock = clock;
  dependencies.store = shared;
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) {
    return fail(ErrorKind::internal,
                "cannot find this program's file, which is started again to read content: " + error.message());
  }
  dependencies.evaluator = {self.string(), "evaluator"};
  TRY(auto made, engine::Engine::create(std::move(dependencies)));
  return Opened{*std::move(lock), clock, shared, std::move(made)};
}

tl::unexpected<Error> unknown_environment(const std::string& name, const config::RepoConfig& config) {
  std::vector<std::string> names;
  for (const auto& environment : config.environments) names.push_back(environment.name);
  if (names.empty()) {
    return fail(ErrorKind::invalid, "there is no environment '" + name + "': neither " +
                                        std::string(config::kRepoConfigPath) + " nor the layout names any");
  }
  const std::string near = nearest(name, names);
  return fail(ErrorKind::invalid,
              "there is no environment '" + name + "'; " +
                  (near.empty() ? "there are " + join(names, ", ") : "did you mean '" + near + "'?"));
}

Result<config::RepoConfig> load_repo_config(const git::FileTree& tree) {
  const auto text = tree.read(config::kRepoConfigPath);
  if (text) return config::parse_repo_config(config::kRepoConfigPath, *text);
  if (text.error().kind != ErrorKind::not_found) return tl::unexpected<Error>(text.error());
  TRY(const auto files, tree.files());
  std::vector<std::string> paths;
  paths.reserve(files.size());
  for (const git::TreeEntry& file : files) paths.push_back(file.path);
  return config::detect_repo_config(paths);
}

Result<config::RepoConfig> load_repo_config(const git::Repository& repository, const CommitId& commit) {
  return load_repo_config(git::CommitTree(repository, commit));
}

}  // namespace towline::bot
