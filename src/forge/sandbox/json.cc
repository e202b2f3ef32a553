#include "forge/sandbox/json.h"

#include <algorithm>

#include "forge/sandbox/pulls.h"

namespace towline::forge::sandbox {
namespace {

/// Forks are no repositories of the sandbox's; they have ids above these.
constexpr std::int64_t kForkIds = 1'000'000;

constexpr std::string_view kNever = "0001-01-01T00:00:00Z";

std::string api_url(const World& world, const Repository& repository) {
  return world.url + "/api/v1/repos/" + repository.name.str();
}

/// A user or an organisation.
Json account(const World& world, std::int64_t id, const std::string& login, const std::string& email) {
  return {{"id", id},
          {"login", login},
          {"login_name", ""},
          {"source_id", 0},
          {"full_name", ""},
          {"email", email},
          {"avatar_url", ""},
          {"html_url", world.url + "/" + login},
          {"language", ""},
          {"is_admin", false},
          {"last_login", kNever},
          {"created", "1970-01-01T00:00:00Z"},
          {"restricted", false},
          {"active", true},
          {"prohibit_login", false},
          {"location", ""},
          {"website", ""},
          {"description", ""},
          {"visibility", "public"},
          {"followers_count", 0},
          {"following_count", 0},
          {"starred_repos_count", 0},
          {"username", login}};
}

Json unsigned_commit() {
  return {{"verified", false},
          {"reason", "gpg.error.not_signed_commit"},
          {"signature", ""},
          {"signer", nullptr},
          {"payload", ""}};
}

Json payload_signature(const World& world, const git::Signature& signature) {
  const User* user = world.user_of_email(signature.email);
  return {{"name", signature.name}, {"email", signature.email}, {"username", user ? user->login : ""}};
}

Json commit_signature(const git::Signature& signature) {
  return {{"name", signature.name}, {"email", signature.email}, {"date", json_time(signature.when)}};
}

Json author_of(const World& world, const git::Signature& signature) {
  const User* user = world.user_of_email(signature.email);
  return user ? json_user(world, user->login) : Json(nullptr);
}

Json commit_meta(const std::string& url, const std::string& id, std::string_view created) {
  return {{"url", url}, {"sha", id}, {"created", created}};
}

}  // namespace

std::string json_time(TimePoint time) { return format_time(std::chrono::floor<std::chrono::seconds>(time)); }

std::string web_url(const World& world, const Repository& repository) {
  return world.url + "/" + repository.name.str();
}

std::string web_url(const World& world, const Repository& repository, const Pull& pull) {
  return web_url(world, repository) + "/pulls/" + std::to_string(pull.number.value);
}

Json json_user(const World& world, std::string_view login) {
  const User* user = world.find_user(login);
  return user ? account(world, user->id, user->login, user->email()) : account(world, -1, std::string(login), "");
}

Json json_user_or_null(const World& world, std::string_view login) {
  return world.find_user(login) ? json_user(world, login) : Json(nullptr);
}

Json json_repository(const World& world, const Repository& repository, const User* viewer) {
  const bool writer = viewer && viewer->writer;
  const auto is_open = [](const Pull& pull) { return pull.open; };
  return {{"id", repository.id},
          {"owner", account(world, 1000, repository.name.owner, "")},
          {"name", repository.name.name},
          {"full_name", repository.name.str()},
          {"description", ""},
          {"empty", repository.heads.empty()},
          {"private", false},
          {"fork", false},
          {"template", false},
          {"mirror", false},
          {"size", 0},
          {"language", ""},
          {"html_url", web_url(world, repository)},
          {"url", api_url(world, repository)},
          {"link", ""},
          {"ssh_url", ""},
          {"clone_url", web_url(world, repository) + ".git"},
          {"original_url", ""},
          {"website", ""},
          {"branch_count", repository.heads.size()},
          {"open_issues_count", 0},
          {"open_pr_counter", std::count_if(repository.pulls.begin(), repository.pulls.end(), is_open)},
          {"default_branch", repository.default_branch},
          {"archived", false},
          {"created_at", json_time(repository.created)},
          {"updated_at", json_time(repository.updated)},
          {"permissions", {{"admin", writer}, {"push", writer}, {"pull", true}}},
          {"has_code", true},
          {"has_issues", true},
          {"has_pull_requests", true},
          {"allow_merge_commits", true},
          {"allow_rebase", false},
          {"allow_rebase_explicit", false},
          {"allow_squash_merge", false},
          {"allow_fast_forward_only_merge", false},
          {"default_delete_branch_after_merge", false},
          {"default_merge_style", "merge"},
          {"object_format_name", "sha1"}};
}

Outcome<Json> json_pull(const World& world, const Repository& repository, Pull& pull, const User* viewer) {
  const auto facts = current_facts(repository, pull);
  if (!facts) return tl::unexpected(facts.error());
  const auto time_or_null = [](const std::optional<TimePoint>& time) { return time ? Json(json_time(*time)) : Json(); };
  const auto count = [&](std::string_view type) {
    return std::count_if(pull.timeline.begin(), pull.timeline.end(), [&](const Entry& e) { return e.type == type; });
  };
  const auto branch = [&](const std::string& name, const std::string& ref, const CommitId& commit) {
    return Json{{"label", name},
                {"ref", ref},
                {"sha", commit.str()},
                {"repo_id", repository.id},
                {"repo", json_repository(world, repository, viewer)}};
  };
  // The head of a deleted branch lives on under the pull request's own reference.
  const bool head_exists = pull.fork.empty() ? repository.heads.contains(pull.head_branch)
                                             : repository.fork_heads.contains({pull.fork, pull.head_branch});
  const std::string head_ref =
      head_exists ? pull.head_branch : "refs/pull/" + std::to_string(pull.number.value) + "/head";
  const auto base = repository.heads.find(pull.base_branch);
  const std::string url = web_url(world, repository, pull);
  Json head = branch(pull.head_branch, head_ref, pull.head);
  if (!pull.fork.empty()) {
    const User* owner = world.find_user(pull.fork);
    head["repo_id"] = head["repo"]["id"] = kForkIds + (owner ? owner->id : 0);
    head["repo"]["fork"] = true;
    head["repo"]["full_name"] = pull.fork + "/" + repository.name.name;
  }
  return Json{
      {"id", pull.id},
      {"url", url},
      {"number", pull.number.value},
      {"user", json_user(world, pull.author)},
      {"title", pull.title},
      {"body", pull.body},
      {"labels", Json::array()},
      {"milestone", nullptr},
      {"assignee", nullptr},
      {"assignees", Json::array()},
      {"requested_reviewers", Json::array()},
      {"requested_reviewers_teams", Json::array()},
      {"state", pull.open ? "open" : "closed"},
      {"draft", pull.draft()},
      {"is_locked", false},
      {"comments", count("comment")},
      {"review_comments", pull.reviews.size()},
      {"additions", facts->additions},
      {"deletions", facts->deletions},
      {"changed_files", facts->changed_files},
      {"html_url", url},
      {"diff_url", url + ".diff"},
      {"patch_url", url + ".patch"},
      {"mergeable", pull.open && facts->mergeable},
      {"merged", pull.merged},
      {"merged_at", pull.merged ? time_or_null(pull.closed) : Json()},
      {"merge_commit_sha", pull.merged ? Json(pull.merge_commit.str()) : Json()},
      {"merged_by", pull.merged ? json_user_or_null(world, pull.merged_by) : Json()},
      {"allow_maintainer_edit", true},
      {"base", branch(pull.base_branch, pull.base_branch, base == repository.heads.end() ? CommitId() : base->second)},
      {"head", std::move(head)},
      {"merge_base", facts->merge_base.str()},
      {"due_date", nullptr},
      {"created_at", json_time(pull.created)},
      {"updated_at", json_time(pull.updated)},
      {"closed_at", time_or_null(pull.closed)},
      {"pin_order", 0},
      {"content_version", 0}};
}

Json json_issue(const World& world, const Repository& repository, const Pull& pull) {
  const std::string number = std::to_string(pull.number.value);
  return {{"id", pull.id},
          {"url", api_url(world, repository) + "/issues/" + number},
          {"html_url", web_url(world, repository, pull)},
          {"number", pull.number.value},
          {"user", json_user(world, pull.author)},
          {"title", pull.title},
          {"body", pull.body},
          {"labels", Json::array()},
          {"milestone", nullptr},
          {"state", pull.open ? "open" : "closed"},
          {"is_locked", false},
          {"created_at", json_time(pull.created)},
          {"updated_at", json_time(pull.updated)},
          {"closed_at", pull.closed ? Json(json_time(*pull.closed)) : Json()},
          {"pull_request",
           {{"merged", pull.merged},
            {"merged_at", pull.merged && pull.closed ? Json(json_time(*pull.closed)) : Json()},
            {"draft", pull.draft()},
            {"html_url", web_url(world, repository, pull)}}},
          {"repository",
           {{"id", repository.id},
            {"name", repository.name.name},
            {"owner", repository.name.owner},
            {"full_name", repository.name.str()}}}};
}

Json json_comment(const World& world, const Repository& repository, const Pull& pull, const Entry& entry) {
  const std::string url = web_url(world, repository, pull);
  return {{"id", entry.id},
          {"html_url", url + "#issuecomment-" + std::to_string(entry.id)},
          {"pull_request_url", url},
          {"issue_url", ""},
          {"user", json_user(world, entry.author)},
          {"original_author", ""},
          {"original_author_id", 0},
          {"body", entry.body},
          {"assets", Json::array()},
          {"created_at", json_time(entry.created)},
          {"updated_at", json_time(entry.updated)}};
}

Json json_timeline_entry(const World& world, const Repository& repository, const Pull& pull, const Entry& entry) {
  Json json = json_comment(world, repository, pull, entry);
  json.erase("original_author");
  json.erase("original_author_id");
  json.erase("assets");
  json["type"] = entry.type;
  if (entry.type == "pull_push") {
    Json ids = Json::array();
    for (const CommitId& commit : entry.commits) ids.push_back(commit.str());
    // Gitea puts this JSON as text into the body.
    json["body"] = dump_json({{"is_force_push", entry.forced}, {"commit_ids", std::move(ids)}});
  }
  json["old_title"] = entry.old_title;
  json["new_title"] = entry.new_title;
  json["old_ref"] = entry.old_ref;
  json["new_ref"] = entry.new_ref;
  json["ref_action"] = "none";
  json["ref_commit_sha"] = "";
  return json;
}

Json json_feed_entry(const World& world, const FeedEntry& entry) {
  return {{"id", entry.id},
          {"op_type", entry.type},
          {"act_user", json_user(world, entry.by)},
          {"ref_name", "refs/heads/" + entry.branch},
          {"content", entry.content},
          {"created", json_time(entry.created)}};
}

Json json_review(const World& world, const Repository& repository, const Pull& pull, const ReviewRecord& review) {
  const std::string url = web_url(world, repository, pull);
  return {{"id", review.id},
          {"user", json_user(world, review.author)},
          {"team", nullptr},
          {"state", review.state},
          {"body", review.body},
          {"commit_id", review.commit.str()},
          {"stale", review.commit != pull.head},
          {"official", review.official},
          {"dismissed", review.dismissed},
          {"comments_count", 0},
          {"submitted_at", json_time(review.submitted)},
          {"updated_at", json_time(review.submitted)},
          {"html_url", url + "#issuecomment-" + std::to_string(review.entry)},
          {"pull_request_url", url}};
}

Json json_status(const World& world, const Repository& repository, std::string_view commit,
                 const StatusRecord& status) {
  return {{"id", status.id},
          {"status", status.state},
          {"target_url", status.target_url},
          {"description", status.description},
          {"url", api_url(world, repository) + "/statuses/" + std::string(commit)},
          {"context", status.context},
          {"creator", json_user(world, status.creator)},
          {"created_at", json_time(status.created)},
          {"updated_at", json_time(status.created)}};
}

Json json_payload_commit(const World& world, const Repository& repository, const git::Commit& commit) {
  return {{"id", commit.id.str()},
          {"message", commit.message},
          {"url", web_url(world, repository) + "/commit/" + commit.id.str()},
          {"author", payload_signature(world, commit.author)},
          {"committer", payload_signature(world, commit.committer)},
          {"verification", unsigned_commit()},
          {"timestamp", json_time(commit.committer.when)},
          {"added", nullptr},
          {"removed", nullptr},
          {"modified", nullptr}};
}

Json json_commit(const World& world, const Repository& repository, const git::Commit& commit) {
  const std::string url = api_url(world, repository) + "/git/commits/";
  const std::string created = json_time(commit.committer.when);
  Json parents = Json::array();
  for (const CommitId& parent : commit.parents)
    parents.push_back(commit_meta(url + parent.str(), parent.str(), kNever));
  Json json = commit_meta(url + commit.id.str(), commit.id.str(), created);
  json["html_url"] = web_url(world, repository) + "/commit/" + commit.id.str();
  json["commit"] = {
      {"url", url + commit.id.str()},
      {"author", commit_signature(commit.author)},
      {"committer", commit_signature(commit.committer)},
      {"message", commit.message},
      {"tree", commit_meta(api_url(world, repository) + "/git/trees/" + commit.tree.str(), commit.tree.str(), created)},
      {"verification", unsigned_commit()}};
  json["author"] = author_of(world, commit.author);
  json["committer"] = author_of(world, commit.committer);
  json["parents"] = std::move(parents);
  return json;
}

Json json_team(const Team& team) {
  return {{"id", team.id},
          {"name", team.name},
          {"description", ""},
          {"organization", nullptr},
          {"includes_all_repositories", true},
          {"permission", "write"},
          {"units", {"repo.code", "repo.issues", "repo.pulls"}},
          {"units_map", {{"repo.code", "write"}, {"repo.issues", "write"}, {"repo.pulls", "write"}}},
          {"can_create_org_repo", false}};
}

Json json_hook(const WebHook& hook) {
  return {{"id", hook.id},
          {"name", ""},
          {"type", std::string(Sandbox::kKind)},
          {"branch_filter", ""},
          {"config", {{"content_type", "json"}, {"url", hook.url}}},
          {"events",
           {"push", "pull_request", "pull_request_comment", "pull_request_review_approved",
            "pull_request_review_rejected", "pull_request_sync", "status"}},
          {"authorization_header", ""},
          {"active", true},
          {"updated_at", json_time(hook.created)},
          {"created_at", json_time(hook.created)}};
}

}  // namespace towline::forge::sandbox
