#include "forge/sandbox/hooks.h"

#include "base/crypto.h"
#include "base/log.h"
#include "forge/sandbox/json.h"
#include "net/http_client.h"

namespace towline::forge::sandbox {
namespace {

constexpr int kAttempts = 4;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::size_t kCommitsInPush = 5;

/// "http://host:port/path" -> ("http://host:port", "/path").
std::pair<std::string, std::string> split_url(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t slash = url.find('/', scheme == std::string::npos ? 0 : scheme + 3);
  if (slash == std::string::npos) return {url, "/"};
  return {url.substr(0, slash), url.substr(slash)};
}

/// "8-4-4-4-12" hex digits, as Gitea numbers its deliveries.
std::string delivery_id() {
  const std::string hex = random_hex(16);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

/// Signs the payload for every webhook of the repository. `event` is coarse and `type` fine, as in the headers.
void post(World& world, const Repository& repository, std::string_view event, std::string_view type,
          const Json& payload) {
  const std::string body = dump_json(payload, 2);
  for (const WebHook& hook : repository.hooks) {
    const std::string id = delivery_id();
    const std::string signature = hmac_sha256_hex(hook.secret.reveal(), body);
    OutgoingHook outgoing{hook.url, {}, body};
    // Gitea names itself three times over; a receiver must not take it for GitHub.
    for (const std::string brand : {"X-Gitea-", "X-Gogs-", "X-GitHub-"}) {
      outgoing.headers.emplace_back(brand + "Delivery", id);
      outgoing.headers.emplace_back(brand + "Event", event);
      outgoing.headers.emplace_back(brand + "Event-Type", type);
    }
    outgoing.headers.emplace_back("X-Gitea-Signature", signature);
    outgoing.headers.emplace_back("X-Gogs-Signature", signature);
    outgoing.headers.emplace_back("X-Hub-Signature-256", "sha256=" + signature);
    outgoing.headers.emplace_back("X-Gitea-Hook-Installation-Target-Type", "repository");
    world.send(std::move(outgoing));
  }
}

Json pull_payload(const World& world, const Repository& repository, const Pull& pull, Json pull_json,
                  std::string_view action, std::string_view by) {
  const User* sender = world.find_user(by);
  return {{"action", action},
          {"number", pull.number.value},
          {"pull_request", std::move(pull_json)},
          {"requested_reviewer", nullptr},
          {"repository", json_repository(world, repository, sender)},
          {"sender", json_user(world, by)},
          {"commit_id", ""},
          {"review", nullptr}};
}

/// The commit with the paths that it touched, as a push tells them.
Result<Json> pushed_commit(const World& world, const Repository& repository, const git::Repository& objects,
                           const git::Commit& commit) {
  Json json = json_payload_commit(world, repository, commit);
  json["verification"] = nullptr;
  Json added = Json::array();
  Json removed = Json::array();
  Json modified = Json::array();
  if (!commit.parents.empty()) {
    TRY(const auto changes, objects.changed_paths(commit.parents.front(), commit.id));
    for (const git::PathChange& change : changes) {
      Json& list = !change.before ? added : !change.after ? removed : modified;
      list.push_back(change.path);
    }
  }
  json["added"] = std::move(added);
  json["removed"] = std::move(removed);
  json["modified"] = std::move(modified);
  return json;
}

Result<Json> push_payload(const World& world, const Repository& repository, std::string_view branch,
                          const CommitId& before, const CommitId& after) {
  TRY(const git::Repository objects, git::Repository::open(repository.path));
  std::optional<CommitId> since;
  if (!before.empty()) {
    since = before;
  } else if (branch != repository.default_branch) {
    since = repository.heads.at(repository.default_branch);
  }
  TRY(const auto commits, objects.log(after, since, 1000));
  Json listed = Json::array();
  for (const git::Commit& commit : commits) {
    if (listed.size() == kCommitsInPush) break;
    TRY(Json json, pushed_commit(world, repository, objects, commit));
    listed.push_back(std::move(json));
  }
  const std::string from = before.empty() ? std::string(40, '0') : before.str();
  return Json{{"ref", "refs/heads/" + std::string(branch)},
              {"before", from},
              {"after", after.str()},
              {"compare_url", web_url(world, repository) + "/compare/" + from + "..." + after.str()},
              {"total_commits", commits.size()},
              {"head_commit", listed.empty() ? Json() : listed.front()},
              {"commits", std::move(listed)}};
}

}  // namespace

HookSender::HookSender() : thread_([this] { run(); }) {}

HookSender::~HookSender() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void HookSender::send(OutgoingHook hook) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(hook));
  }
  changed_.notify_all();
}

void HookSender::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || (queue_.empty() && !busy_); });
}

void HookSender::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const OutgoingHook hook = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    deliver(hook);
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

void HookSender::deliver(const OutgoingHook& hook) {
  const auto [base, path] = split_url(hook.url);
  auto client = make_http_client(base, std::nullopt);
  if (!client) {
    log::warn("the sandbox cannot send a webhook: " + client.error().message, {{"url", hook.url}});
    return;
  }
  HttpRequest request{.method = "POST", .path = path, .headers = hook.headers, .body = hook.body};
  request.deadline = std::chrono::seconds(10);
  std::string problem;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Any answer ends it: Gitea does not repeat a webhook that was refused.
    auto answer = (*client)->send(request);
    if (answer) return;
    problem = answer.error().message;
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, kFirstPause * (1 << attempt), [this] { return stopping_; })) return;
  }
  log::warn("the sandbox gave up sending a webhook: " + problem, {{"url", hook.url}});
}

Outcome<void> notify_pull(World& world, const Repository& repository, Pull& pull, std::string_view action,
                          std::string_view by, const Json& changes) {
  if (repository.hooks.empty()) return {};
  auto json = json_pull(world, repository, pull, world.find_user(by));
  if (!json) return tl::unexpected(json.error());
  Json payload = pull_payload(world, repository, pull, *std::move(json), action, by);
  if (!changes.is_null()) payload["changes"] = changes;
  post(world, repository, "pull_request", action == "synchronized" ? "pull_request_sync" : "pull_request", payload);
  return {};
}

Outcome<void> notify_review(World& world, const Repository& repository, Pull& pull, const ReviewRecord& review) {
  struct Kind {
    std::string_view state, event, type;
  };
  static constexpr Kind kKinds[] = {
      {"APPROVED", "pull_request_approved", "pull_request_review_approved"},
      {"REQUEST_CHANGES", "pull_request_rejected", "pull_request_review_rejected"},
      {"COMMENT", "pull_request_comment", "pull_request_review_comment"},
  };
  if (repository.hooks.empty()) return {};
  auto json = json_pull(world, repository, pull, world.find_user(review.author));
  if (!json) return tl::unexpected(json.error());
  Json payload = pull_payload(world, repository, pull, *std::move(json), "reviewed", review.author);
  for (const Kind& kind : kKinds) {
    if (kind.state != review.state) continue;
    payload["review"] = {{"type", kind.type}, {"content", review.body}};
    post(world, repository, kind.event, kind.type, payload);
  }
  return {};
}

Outcome<void> notify_comment(World& world, const Repository& repository, Pull& pull, const Entry& entry,
                             std::string_view action, std::string_view by, const Json& changes) {
  if (repository.hooks.empty()) return {};
  const User* sender = world.find_user(by);
  auto json = json_pull(world, repository, pull, sender);
  if (!json) return tl::unexpected(json.error());
  Json payload = {{"action", action},
                  {"issue", json_issue(world, repository, pull)},
                  {"pull_request", *std::move(json)},
                  {"comment", json_comment(world, repository, pull, entry)},
                  {"repository", json_repository(world, repository, sender)},
                  {"sender", json_user(world, by)},
                  {"is_pull", true}};
  if (!changes.is_null()) payload["changes"] = changes;
  post(world, repository, "issue_comment", "pull_request_comment", payload);
  return {};
}

Outcome<void> notify_push(World& world, const Repository& repository, std::string_view branch, const CommitId& before,
                          const CommitId& after, std::string_view by) {
  if (repository.hooks.empty()) return {};
  auto payload = push_payload(world, repository, branch, before, after);
  if (!payload) return refuse(payload.error());
  (*payload)["repository"] = json_repository(world, repository, world.find_user(by));
  (*payload)["pusher"] = json_user(world, by);
  (*payload)["sender"] = json_user(world, by);
  post(world, repository, "push", "push", *payload);
  return {};
}

Outcome<void> notify_status(World& world, const Repository& repository, const CommitId& commit,
                            const StatusRecord& status) {
  if (repository.hooks.empty()) return {};
  const auto objects = git::Repository::open(repository.path);
  if (!objects) return refuse(objects.error());
  const auto read = objects->commit(commit);
  if (!read) return refuse(read.error());
  const auto commit_json = pushed_commit(world, repository, *objects, *read);
  if (!commit_json) return refuse(commit_json.error());
  const Json payload = {{"commit", *commit_json},
                        {"context", status.context},
                        {"created_at", json_time(status.created)},
                        {"description", status.description},
                        {"id", status.id},
                        {"repository", json_repository(world, repository, world.find_user(status.creator))},
                        {"sender", json_user(world, status.creator)},
                        {"sha", commit.str()},
                        {"state", status.state},
                        {"target_url", status.target_url},
                        {"updated_at", json_time(status.created)}};
  post(world, repository, "status", "status", payload);
  return {};
}

}  // namespace towline::forge::sandbox
