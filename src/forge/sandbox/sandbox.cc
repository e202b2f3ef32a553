#include "forge/sandbox/sandbox.h"

#include "forge/sandbox/forms.h"
#include "forge/sandbox/hooks.h"
#include "forge/sandbox/pulls.h"
#include "forge/sandbox/refs.h"
#include "forge/sandbox/server.h"
#include "forge/sandbox/world.h"
#include "git/repository.h"

namespace towline::forge {
namespace {

using sandbox::Outcome;
using sandbox::Pull;
using sandbox::Refusal;
using sandbox::World;

ErrorKind kind_of(int status) {
  if (status == 404) return ErrorKind::not_found;
  if (status == 403) return ErrorKind::forbidden;
  if (status == 409) return ErrorKind::conflict;
  return status >= 500 ? ErrorKind::internal : ErrorKind::invalid;
}

tl::unexpected<Error> to_error(const Refusal& refusal) {
  return fail(kind_of(refusal.status), "the sandbox refused: " + refusal.message);
}

Result<const sandbox::User*> user_of(const World& world, std::string_view login) {
  if (const sandbox::User* user = world.find_user(login)) return user;
  return fail(ErrorKind::not_found, "the sandbox has no user " + std::string(login));
}

Result<sandbox::Repository*> repository_of(World& world, const RepoName& name) {
  if (sandbox::Repository* repository = world.find_repository(name)) return repository;
  return fail(ErrorKind::not_found, "the sandbox has no repository " + name.str());
}

Result<Pull*> pull_of(World& world, sandbox::Repository& repository, PullNumber number) {
  if (Pull* pull = world.find_pull(repository, number)) return pull;
  return fail(ErrorKind::not_found,
              "the sandbox has no pull request " + repository.name.str() + "#" + std::to_string(number.value));
}

git::Signature signature_of(const World& world, const sandbox::User& user) {
  return {user.login, user.email(), world.now()};
}

using Edits = std::map<std::string, std::optional<std::string>>;

Result<CommitId> write_edits(git::Repository& objects, const CommitId& parent, const Edits& edits,
                             const git::Signature& author, std::string_view message) {
  git::NewCommit commit;
  commit.parent = parent;
  for (const auto& [path, content] : edits) commit.edits.push_back({path, content});
  commit.author = author;
  commit.message = message;
  return objects.write_commit(commit);
}

void add_users(World& world, const Sandbox::Options& options) {
  for (const Sandbox::User& user : options.users) {
    const auto id = static_cast<std::int64_t>(world.users.size()) + 1;
    world.users.push_back({id, user.login, user.token, user.writer, user.bot});
  }
  for (const auto& [name, logins] : options.teams) {
    world.teams.push_back({static_cast<std::int64_t>(world.teams.size()) + 1, name, logins});
  }
}

}  // namespace

struct Sandbox::State {
  World world;
  sandbox::HookSender sender;
  std::unique_ptr<sandbox::Server> server;  ///< declared last: it stops before what it serves goes
};

Sandbox::Sandbox(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sandbox::~Sandbox() = default;

Result<std::unique_ptr<Sandbox>> Sandbox::start(Options options) {
  auto state = std::make_unique<State>();
  World& world = state->world;
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) {
    return fail(ErrorKind::invalid,
                "the sandbox cannot make its directory " + options.directory.string() + ": " + error.message());
  }
  world.directory = std::filesystem::absolute(options.directory);
  world.clock = options.clock ? options.clock : std::make_shared<SystemClock>();
  world.demo_registry_hook = std::move(options.demo_registry_hook);
  world.demo_registry_secret = std::move(options.demo_registry_secret);
  world.send = [sender = &state->sender](sandbox::OutgoingHook hook) { sender->send(std::move(hook)); };
  add_users(world, options);
  {
    const std::lock_guard lock(world.mutex);
    TRY(state->server, sandbox::Server::start(world, options.port));
    world.url = "http://127.0.0.1:" + std::to_string(state->server->port());
  }
  return std::unique_ptr<Sandbox>(new Sandbox(std::move(state)));
}

std::string Sandbox::url() const { return state_->world.url; }

void Sandbox::set_demo_registry(std::string hook, Secret secret) {
  const std::lock_guard lock(state_->world.mutex);
  state_->world.demo_registry_hook = std::move(hook);
  state_->world.demo_registry_secret = std::move(secret);
}

Result<CommitId> Sandbox::create_repository(const RepoName& repo, const std::map<std::string, std::string>& files,
                                            std::string_view author) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  TRY(const sandbox::User* user, user_of(world, author));
  if (world.find_repository(repo)) {
    return fail(ErrorKind::conflict, "the sandbox has a repository " + repo.str() + " already");
  }
  sandbox::Repository repository;
  repository.id = static_cast<std::int64_t>(world.repositories.size()) + 1;
  repository.name = repo;
  repository.path = repository_path(repo);
  repository.created = repository.updated = world.now();
  std::error_code error;
  std::filesystem::create_directories(repository.path.parent_path(), error);
  TRY(git::Repository objects, git::Repository::init_bare(repository.path, repository.default_branch));
  git::NewCommit commit;
  for (const auto& [path, content] : files) commit.edits.push_back({path, content});
  commit.author = signature_of(world, *user);
  commit.message = "Start the repository\n";
  TRY(const CommitId id, objects.write_commit(commit));
  CHECK_OK(objects.set_ref("refs/heads/" + repository.default_branch, id));
  repository.heads[repository.default_branch] = id;
  world.repositories.emplace(repo, std::move(repository));
  return id;
}

void Sandbox::add_webhook(const RepoName& repo, std::string url, Secret secret) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  if (sandbox::Repository* repository = world.find_repository(repo)) {
    repository->hooks.push_back({++world.last_hook, std::move(url), std::move(secret), world.now()});
  }
}

std::filesystem::path Sandbox::repository_path(const RepoName& repo) const {
  return state_->world.directory / repo.owner / (repo.name + ".git");
}

Result<CommitId> Sandbox::commit(const RepoName& repo, std::string_view branch,
                                 const std::map<std::string, std::optional<std::string>>& edits,
                                 std::string_view author, std::string_view message) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  TRY(const sandbox::User* user, user_of(world, author));
  TRY(sandbox::Repository * repository, repository_of(world, repo));
  const auto head = repository->heads.find(std::string(branch));
  TRY(git::Repository objects, git::Repository::open(repository->path));
  const CommitId& parent =
      head == repository->heads.end() ? repository->heads.at(repository->default_branch) : head->second;
  TRY(const CommitId id, write_edits(objects, parent, edits, signature_of(world, *user), message));
  CHECK_OK(objects.set_ref("refs/heads/" + std::string(branch), id));
  auto moved = sandbox::branch_moved(world, *repository, std::string(branch), id, author);
  if (!moved) return to_error(moved.error());
  return id;
}

Result<CommitId> Sandbox::commit_to_fork(const RepoName& repo, std::string_view branch,
                                         const std::map<std::string, std::optional<std::string>>& edits,
                                         std::string_view author, std::string_view message) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  TRY(const sandbox::User* user, user_of(world, author));
  TRY(sandbox::Repository * repository, repository_of(world, repo));
  const auto head = repository->fork_heads.find({std::string(author), std::string(branch)});
  TRY(git::Repository objects, git::Repository::open(repository->path));
  const CommitId& parent =
      head == repository->fork_heads.end() ? repository->heads.at(repository->default_branch) : head->second;
  TRY(const CommitId id, write_edits(objects, parent, edits, signature_of(world, *user), message));
  auto moved = sandbox::fork_moved(world, *repository, std::string(branch), id, author);
  if (!moved) return to_error(moved.error());
  return id;
}

Result<PullNumber> Sandbox::open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                                      std::string_view title, std::string_view body) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  TRY(const sandbox::User* user, user_of(world, author));
  TRY(sandbox::Repository * repository, repository_of(world, repo));
  auto opened =
      sandbox::open_pull(world, *repository, *user,
                         {std::string(head), repository->default_branch, std::string(title), std::string(body)});
  if (!opened) return to_error(opened.error());
  return (*opened)->number;
}

Result<std::int64_t> Sandbox::comment(const RepoName& repo, PullNumber number, std::string_view author,
                                      std::string_view body) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  TRY(const sandbox::User* user, user_of(world, author));
  TRY(sandbox::Repository * repository, repository_of(world, repo));
  TRY(Pull * pull, pull_of(world, *repository, number));
  auto added = sandbox::add_comment(world, *repository, *pull, *user, std::string(body));
  if (!added) return to_error(added.error());
  return (*added)->id;
}

Result<void> Sandbox::edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  TRY(sandbox::Repository * repository, repository_of(world, repo));
  const sandbox::Entry* entry = sandbox::find_comment(*repository, id).second;
  if (!entry) return fail(ErrorKind::not_found, "the sandbox has no comment " + std::to_string(id));
  TRY(const sandbox::User* author, user_of(world, entry->author));
  auto edited = sandbox::edit_comment(world, *repository, id, *author, std::string(body));
  if (!edited) return to_error(edited.error());
  return {};
}

Result<void> Sandbox::review(const RepoName& repo, PullNumber number, std::string_view author, bool approve) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  TRY(const sandbox::User* user, user_of(world, author));
  TRY(sandbox::Repository * repository, repository_of(world, repo));
  TRY(Pull * pull, pull_of(world, *repository, number));
  const sandbox::ReviewForm form{approve ? "APPROVED" : "REQUEST_CHANGES", approve ? "" : "Please look again.",
                                 CommitId()};
  auto added = sandbox::add_review(world, *repository, *pull, *user, form);
  if (!added) return to_error(added.error());
  return {};
}

Result<void> Sandbox::close_pull(const RepoName& repo, PullNumber number, std::string_view by) {
  World& world = state_->world;
  const std::lock_guard lock(world.mutex);
  TRY(const sandbox::User* user, user_of(world, by));
  TRY(sandbox::Repository * repository, repository_of(world, repo));
  TRY(Pull * pull, pull_of(world, *repository, number));
  sandbox::PullEdit edit;
  edit.open = false;
  auto closed = sandbox::edit_pull(world, *repository, *pull, *user, edit);
  if (!closed) return to_error(closed.error());
  return {};
}

Result<std::string> Sandbox::push_image(std::string_view image, std::string_view tag) {
  return sandbox::push_image(state_->world, std::string(image), std::string(tag));
}

void Sandbox::flush_webhooks() { state_->sender.flush(); }

void Sandbox::set_fault_hook(std::function<std::optional<Fault>(std::string_view request)> hook) {
  state_->server->set_fault_hook(std::move(hook));
}

}  // namespace towline::forge
