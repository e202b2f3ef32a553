#include "forge/sandbox/api.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "base/text.h"
#include "forge/sandbox/json.h"
#include "forge/sandbox/pulls.h"
#include "forge/sandbox/refs.h"
#include "git/repository.h"

namespace towline::forge::sandbox {
namespace {

constexpr std::size_t kDefaultPage = 30;
constexpr std::size_t kLargestPage = 50;
constexpr std::size_t kMostCommits = 2000;

/// One request, resolved: what the route's pattern names is there.
struct Call {
  World& world;
  const WebRequest& request;
  const User* user = nullptr;
  Repository* repository = nullptr;
  Pull* pull = nullptr;
  std::map<std::string, std::string> names;  ///< the pattern's ":name" segments
  Json body = Json::object();
};

struct Answer {
  int status = 200;
  Json json;                         ///< null: no body
  std::optional<std::size_t> total;  ///< of a list
};

using Handler = Outcome<Answer> (*)(Call&);
enum class Need { nothing, user };

struct Route {
  std::string_view method;
  std::string_view pattern;  ///< below /api/; ":name" is one segment, "*name" all that follow
  Need need;
  Handler handler;
};

std::int64_t to_number(std::string_view text, std::int64_t otherwise) {
  std::int64_t value = otherwise;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

std::int64_t query_number(const Call& call, const std::string& name, std::int64_t otherwise) {
  const auto found = call.request.query.find(name);
  return found == call.request.query.end() ? otherwise : to_number(found->second, otherwise);
}

std::string query_text(const Call& call, const std::string& name) {
  const auto found = call.request.query.find(name);
  return found == call.request.query.end() ? std::string() : found->second;
}

/// The items of the page that is asked for: [first, last).
std::pair<std::size_t, std::size_t> page_of(const Call& call, std::size_t count) {
  const auto page = static_cast<std::size_t>(std::clamp<std::int64_t>(query_number(call, "page", 1), 1, 1'000'000));
  const std::int64_t limit = query_number(call, "limit", 0);
  const std::size_t size = limit <= 0 ? kDefaultPage : std::min(static_cast<std::size_t>(limit), kLargestPage);
  const std::size_t first = std::min((page - 1) * size, count);
  return {first, std::min(first + size, count)};
}

template <class Items, class ToJson>
Outcome<Answer> listed(const Call& call, Items&& items, ToJson to_json) {
  Answer answer{200, Json::array(), items.size()};
  const auto [first, last] = page_of(call, items.size());
  for (std::size_t i = first; i < last; ++i) answer.json.push_back(to_json(items[i]));
  return answer;
}

Outcome<Answer> healthy(Call& call) {
  return Answer{200, {{"status", "pass"}, {"description", "Towline's sandbox at " + call.world.url}}, {}};
}
Outcome<Answer> version(Call&) { return Answer{200, {{"version", "1.26.0+towline-sandbox"}}, {}}; }
Outcome<Answer> get_user(Call& call) { return Answer{200, json_user(call.world, call.user->login), {}}; }

Outcome<Answer> get_repository(Call& call) {
  return Answer{200, json_repository(call.world, *call.repository, call.user), {}};
}

Outcome<Answer> get_branch(Call& call) {
  const auto head = call.repository->heads.find(call.names["branch"]);
  if (head == call.repository->heads.end()) return refuse(404, "not found");
  const auto objects = git::Repository::open(call.repository->path);
  if (!objects) return refuse(objects.error());
  const auto commit = objects->commit(head->second);
  if (!commit) return refuse(commit.error());
  const bool writes = call.user && call.user->writer;
  return Answer{200,
                {{"name", head->first},
                 {"commit", json_payload_commit(call.world, *call.repository, *commit)},
                 {"protected", false},
                 {"required_approvals", 0},
                 {"enable_status_check", false},
                 {"status_check_contexts", Json::array()},
                 {"user_can_push", writes},
                 {"user_can_merge", writes},
                 {"effective_branch_protection_name", ""}},
                {}};
}

Outcome<Answer> remove_branch(Call& call) {
  auto deleted = delete_branch(call.world, *call.repository, call.names["branch"], *call.user);
  if (!deleted) return tl::unexpected(deleted.error());
  return Answer{204, {}, {}};
}

Outcome<Answer> pull_answer(Call& call, int status, Pull& pull) {
  auto json = json_pull(call.world, *call.repository, pull, call.user);
  if (!json) return tl::unexpected(json.error());
  return Answer{status, *std::move(json), {}};
}

Outcome<Answer> list_pulls(Call& call) {
  const std::string state = query_text(call, "state");
  const std::string sort = query_text(call, "sort");
  std::vector<Pull*> pulls;
  for (Pull& pull : call.repository->pulls) {
    if (state == "all" || (state == "closed") != pull.open) pulls.push_back(&pull);
  }
  const auto key = [&](const Pull* pull) {
    return std::pair(sort == "recentupdate" || sort == "leastupdate" ? pull->updated : pull->created, pull->number);
  };
  const bool ascending = sort == "oldest" || sort == "leastupdate";
  std::sort(pulls.begin(), pulls.end(),
            [&](const Pull* a, const Pull* b) { return ascending ? key(a) < key(b) : key(b) < key(a); });
  Answer answer{200, Json::array(), pulls.size()};
  const auto [first, last] = page_of(call, pulls.size());
  for (std::size_t i = first; i < last; ++i) {
    auto json = json_pull(call.world, *call.repository, *pulls[i], call.user);
    if (!json) return tl::unexpected(json.error());
    answer.json.push_back(*std::move(json));
  }
  return answer;
}

Outcome<Answer> get_pull(Call& call) { return pull_answer(call, 200, *call.pull); }

Outcome<Answer> post_pull(Call& call) {
  const PullForm form{json_string(call.body, "/head"), json_string(call.body, "/base"),
                      json_string(call.body, "/title"), json_string(call.body, "/body")};
  auto opened = open_pull(call.world, *call.repository, *call.user, form);
  if (!opened) return tl::unexpected(opened.error());
  return pull_answer(call, 201, **opened);
}

Outcome<Answer> patch_pull(Call& call) {
  PullEdit edit;
  if (call.body.contains("title")) edit.title = json_string(call.body, "/title");
  if (call.body.contains("body")) edit.body = json_string(call.body, "/body");
  if (call.body.contains("state")) edit.open = json_string(call.body, "/state") == "open";
  if (call.body.contains("base")) edit.base = json_string(call.body, "/base");
  auto edited = edit_pull(call.world, *call.repository, *call.pull, *call.user, edit);
  if (!edited) return tl::unexpected(edited.error());
  return pull_answer(call, 201, *call.pull);
}

Outcome<Answer> post_merge(Call& call) {
  MergeForm form;
  form.style = json_string(call.body, "/Do");
  form.head = CommitId(json_string(call.body, "/head_commit_id"));
  form.title = json_string(call.body, "/MergeTitleField");
  form.message = json_string(call.body, "/MergeMessageField");
  form.delete_branch = json_bool(call.body, "/delete_branch_after_merge");
  auto merged = merge_pull(call.world, *call.repository, *call.pull, *call.user, form);
  if (!merged) return tl::unexpected(merged.error());
  return Answer{};
}

Outcome<Answer> list_commits(Call& call) {
  const auto objects = git::Repository::open(call.repository->path);
  if (!objects) return refuse(objects.error());
  const auto facts = current_facts(*call.repository, *call.pull);
  if (!facts) return tl::unexpected(facts.error());
  const auto commits = objects->log(call.pull->head, facts->merge_base, kMostCommits);
  if (!commits) return refuse(commits.error());
  return listed(call, *commits,
                [&](const git::Commit& commit) { return json_commit(call.world, *call.repository, commit); });
}

Outcome<Answer> list_reviews(Call& call) {
  return listed(call, call.pull->reviews, [&](const ReviewRecord& review) {
    return json_review(call.world, *call.repository, *call.pull, review);
  });
}

Outcome<Answer> post_review(Call& call) {
  const ReviewForm form{json_string(call.body, "/event"), json_string(call.body, "/body"),
                        CommitId(json_string(call.body, "/commit_id"))};
  auto added = add_review(call.world, *call.repository, *call.pull, *call.user, form);
  if (!added) return tl::unexpected(added.error());
  return Answer{200, json_review(call.world, *call.repository, *call.pull, **added), {}};
}

Outcome<Answer> list_comments(Call& call) {
  // Gitea does not cut this list into pages.
  Answer answer{200, Json::array(), 0};
  for (const Entry& entry : call.pull->timeline) {
    if (entry.type != "comment") continue;
    answer.json.push_back(json_comment(call.world, *call.repository, *call.pull, entry));
  }
  answer.total = answer.json.size();
  return answer;
}

Outcome<Answer> post_comment(Call& call) {
  auto added = add_comment(call.world, *call.repository, *call.pull, *call.user, json_string(call.body, "/body"));
  if (!added) return tl::unexpected(added.error());
  return Answer{201, json_comment(call.world, *call.repository, *call.pull, **added), {}};
}

Outcome<Answer> patch_comment(Call& call) {
  const std::int64_t id = to_number(call.names["id"], 0);
  auto edited = edit_comment(call.world, *call.repository, id, *call.user, json_string(call.body, "/body"));
  if (!edited) return tl::unexpected(edited.error());
  const Pull* pull = find_comment(*call.repository, id).first;
  return Answer{200, json_comment(call.world, *call.repository, *pull, **edited), {}};
}

Outcome<Answer> remove_comment(Call& call) {
  auto deleted = delete_comment(call.world, *call.repository, to_number(call.names["id"], 0), *call.user);
  if (!deleted) return tl::unexpected(deleted.error());
  return Answer{204, {}, {}};
}

Outcome<Answer> list_timeline(Call& call) {
  auto answer = listed(call, call.pull->timeline, [&](const Entry& entry) {
    return json_timeline_entry(call.world, *call.repository, *call.pull, entry);
  });
  // Gitea counts the page here, not the whole.
  answer->total = answer->json.size();
  return answer;
}

Outcome<Answer> list_feed(Call& call) {
  const std::vector<FeedEntry> newest_first(call.repository->feed.rbegin(), call.repository->feed.rend());
  return listed(call, newest_first, [&](const FeedEntry& entry) { return json_feed_entry(call.world, entry); });
}

Outcome<Answer> post_status(Call& call) {
  StatusRecord status;
  status.state = json_string(call.body, "/state");
  status.context = json_string(call.body, "/context");
  status.description = json_string(call.body, "/description");
  status.target_url = json_string(call.body, "/target_url");
  const std::string& commit = call.names["sha"];
  auto added = add_status(call.world, *call.repository, CommitId(commit), *call.user, status);
  if (!added) return tl::unexpected(added.error());
  return Answer{201, json_status(call.world, *call.repository, commit, **added), {}};
}

Outcome<Answer> list_statuses(Call& call) {
  const std::string& commit = call.names["sha"];
  std::vector<StatusRecord> statuses;
  const auto found = call.repository->statuses.find(commit);
  if (found != call.repository->statuses.end()) statuses = found->second;
  std::stable_sort(statuses.begin(), statuses.end(),
                   [](const StatusRecord& a, const StatusRecord& b) { return a.created > b.created; });
  return listed(call, statuses,
                [&](const StatusRecord& status) { return json_status(call.world, *call.repository, commit, status); });
}

Outcome<Answer> combined_status(Call& call) {
  static constexpr std::string_view kWorstFirst[] = {"error", "failure", "pending", "success"};
  const std::string& commit = call.names["sha"];
  const auto statuses = latest_statuses(*call.repository, CommitId(commit));
  auto answer = listed(call, statuses, [&](const StatusRecord& status) {
    return json_status(call.world, *call.repository, commit, status);
  });
  const auto worst = std::find_if(std::begin(kWorstFirst), std::end(kWorstFirst), [&](std::string_view state) {
    return std::any_of(statuses.begin(), statuses.end(), [&](const auto& status) { return status.state == state; });
  });
  answer->json = {{"state", worst == std::end(kWorstFirst) ? std::string_view() : *worst},
                  {"sha", commit},
                  {"total_count", statuses.size()},
                  {"statuses", std::move(answer->json)},
                  {"repository", json_repository(call.world, *call.repository, call.user)}};
  return answer;
}

Outcome<Answer> list_assignees(Call& call) {
  Answer answer{200, Json::array(), {}};
  for (const User& user : call.world.users) {
    if (user.writer) answer.json.push_back(json_user(call.world, user.login));
  }
  return answer;
}

Outcome<Answer> list_repository_teams(Call& call) {
  Answer answer{200, Json::array(), {}};
  for (const Team& team : call.world.teams) answer.json.push_back(json_team(team));
  return answer;
}

Outcome<Answer> search_teams(Call& call) {
  const std::string& owner = call.names["org"];
  const bool known = std::any_of(call.world.repositories.begin(), call.world.repositories.end(),
                                 [&](const auto& repository) { return repository.first.owner == owner; });
  if (!known) return refuse(404, "GetOrgByName");
  const std::string wanted = to_lower(query_text(call, "q"));
  std::vector<Team> teams;
  for (const Team& team : call.world.teams) {
    if (to_lower(team.name).find(wanted) != std::string::npos) teams.push_back(team);
  }
  auto answer = listed(call, teams, json_team);
  answer->json = {{"data", std::move(answer->json)}, {"ok", true}};
  return answer;
}

Outcome<Answer> list_team_members(Call& call) {
  const std::int64_t id = to_number(call.names["id"], 0);
  for (const Team& team : call.world.teams) {
    if (team.id != id) continue;
    return listed(call, team.logins, [&](const std::string& login) { return json_user(call.world, login); });
  }
  return refuse(404, "not found");
}

Outcome<Answer> list_hooks(Call& call) {
  if (!call.user->writer) {
    return refuse(403, "user should be an owner or a collaborator with admin write of a repository");
  }
  return listed(call, call.repository->hooks, json_hook);
}

constexpr Route kRoutes[] = {
    {"GET", "healthz", Need::nothing, healthy},
    {"GET", "v1/version", Need::nothing, version},
    {"GET", "v1/user", Need::user, get_user},
    {"GET", "v1/repos/:owner/:repo", Need::nothing, get_repository},
    {"GET", "v1/repos/:owner/:repo/branches/*branch", Need::nothing, get_branch},
    {"DELETE", "v1/repos/:owner/:repo/branches/*branch", Need::user, remove_branch},
    {"GET", "v1/repos/:owner/:repo/pulls", Need::nothing, list_pulls},
    {"POST", "v1/repos/:owner/:repo/pulls", Need::user, post_pull},
    {"GET", "v1/repos/:owner/:repo/pulls/:number", Need::nothing, get_pull},
    {"PATCH", "v1/repos/:owner/:repo/pulls/:number", Need::user, patch_pull},
    {"POST", "v1/repos/:owner/:repo/pulls/:number/merge", Need::user, post_merge},
    {"GET", "v1/repos/:owner/:repo/pulls/:number/commits", Need::nothing, list_commits},
    {"GET", "v1/repos/:owner/:repo/pulls/:number/reviews", Need::nothing, list_reviews},
    {"POST", "v1/repos/:owner/:repo/pulls/:number/reviews", Need::user, post_review},
    {"GET", "v1/repos/:owner/:repo/issues/:number/comments", Need::nothing, list_comments},
    {"POST", "v1/repos/:owner/:repo/issues/:number/comments", Need::user, post_comment},
    {"PATCH", "v1/repos/:owner/:repo/issues/comments/:id", Need::user, patch_comment},
    {"DELETE", "v1/repos/:owner/:repo/issues/comments/:id", Need::user, remove_comment},
    {"GET", "v1/repos/:owner/:repo/issues/:number/timeline", Need::nothing, list_timeline},
    {"GET", "v1/repos/:owner/:repo/activities/feeds", Need::nothing, list_feed},
    {"POST", "v1/repos/:owner/:repo/statuses/:sha", Need::user, post_status},
    {"GET", "v1/repos/:owner/:repo/statuses/:sha", Need::nothing, list_statuses},
    {"GET", "v1/repos/:owner/:repo/commits/:sha/statuses", Need::nothing, list_statuses},
    {"GET", "v1/repos/:owner/:repo/commits/:sha/status", Need::nothing, combined_status},
    {"GET", "v1/repos/:owner/:repo/assignees", Need::nothing, list_assignees},
    {"GET", "v1/repos/:owner/:repo/teams", Need::nothing, list_repository_teams},
    {"GET", "v1/repos/:owner/:repo/hooks", Need::user, list_hooks},
    {"GET", "v1/orgs/:org/teams/search", Need::user, search_teams},
    {"GET", "v1/teams/:id/members", Need::user, list_team_members},
};

/// The pattern's names when the path is of the pattern.
std::optional<std::map<std::string, std::string>> match(std::string_view pattern, std::string_view path) {
  const auto wanted = split(pattern, '/');
  const auto given = split(path, '/');
  std::map<std::string, std::string> names;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i >= given.size()) return std::nullopt;
    const std::string name(wanted[i].substr(1));
    if (wanted[i].starts_with('*')) {
      const auto rest = static_cast<std::size_t>(given[i].data() - path.data());
      names[name] = percent_decode(path.substr(rest), false);
      return names;
    }
    if (wanted[i].starts_with(':')) {
      if (given[i].empty()) return std::nullopt;
      names[name] = percent_decode(given[i], false);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return wanted.size() == given.size() ? std::optional(names) : std::nullopt;
}

Outcome<Answer> run(Call& call, const Route& route, bool wrong_credentials) {
  if (wrong_credentials) return refuse(401, "invalid username, password or token");
  if (route.need == Need::user && !call.user) return refuse(401, "token is required");
  if (call.names.contains("repo")) {
    call.repository = call.world.find_repository({call.names["owner"], call.names["repo"]});
    if (!call.repository) return refuse(404, "not found");
  }
  if (call.names.contains("number")) {
    call.pull = call.world.find_pull(*call.repository, {to_number(call.names["number"], 0)});
    if (!call.pull) return refuse(404, "not found");
  }
  if (!call.request.body.empty()) {
    auto body = parse_json(call.request.body);
    if (!body || !body->is_object()) return refuse(422, "the body is no JSON object");
    call.body = *std::move(body);
  }
  return route.handler(call);
}

WebResponse to_response(const World& world, const Outcome<Answer>& outcome) {
  WebResponse response;
  response.content_type = "application/json;charset=utf-8";
  if (!outcome) {
    response.status = outcome.error().status;
    const Json error = {{"message", outcome.error().message}, {"url", world.url + "/api/swagger"}};
    // Gitea refuses some things with a bare 403.
    if (response.status != 403 || !outcome.error().message.empty()) response.body = dump_json(error);
    return response;
  }
  response.status = outcome->status;
  if (!outcome->json.is_null()) response.body = dump_json(outcome->json);
  if (outcome->total) response.headers.emplace_back("X-Total-Count", std::to_string(*outcome->total));
  return response;
}

}  // namespace

WebResponse answer_api(World& world, const WebRequest& request) {
  const std::string_view path = std::string_view(request.path).substr(std::string_view("/api/").size());
  const std::lock_guard lock(world.mutex);
  const Caller caller = read_caller(world, request.header("authorization"));
  for (const Route& route : kRoutes) {
    if (route.method != request.method) continue;
    auto names = match(route.pattern, path);
    if (!names) continue;
    Call call{world, request, caller.user, nullptr, nullptr, *std::move(names), Json::object()};
    return to_response(world, run(call, route, caller.wrong));
  }
  return {404, "text/plain; charset=utf-8", "404 page not found\n", {}};
}

}  // namespace towline::forge::sandbox
