#include <catch2/catch.hpp>
#include <vector>

#include "base/json.h"
#include "sandbox_place.h"

namespace towline::test {
namespace {

constexpr const char* kPull = "/api/v1/repos/acme/infra/pulls/1";

std::string message_of(const HttpResponse& answer) {
  const auto json = parse_json(answer.body);
  return json ? json_string(*json, "/message") : answer.body;
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

}  // namespace

TEST_CASE("what Gitea refuses, the sandbox refuses with its status and message") {
  struct Case {
    std::string method, path, body, token;
    int status;
    std::string message;
  };
  const std::string repo = "/api/v1/repos/acme/infra";
  const std::string self = R"({"head":"main","base":"main","title":"t"})";
  const std::string nope = R"({"head":"nope","base":"main","title":"t"})";
  const std::string untitled = R"({"head":"change/pay","base":"main"})";
  const std::string second = R"({"head":"change/pay","base":"main","title":"t"})";
  const std::string stale = R"({"Do":"merge","head_commit_id":"1111111111111111111111111111111111111111"})";
  const std::string zeros = repo + "/statuses/0000000000000000000000000000000000000001";
  const Case c = GENERATE_COPY(
      Case{"GET", "/api/v1/user", "", "", 401, "token is required"},
      Case{"GET", "/api/v1/user", "", "wrong", 401, "invalid username, password or token"},
      Case{"GET", "/api/v1/repos/acme/nope", "", "", 404, "not found"},
      Case{"GET", repo + "/branches/nope", "", "", 404, "not found"},
      Case{"DELETE", repo + "/branches/main", "", "alice-token", 403,
           "can not delete default or pull request target branch"},
      Case{"DELETE", repo + "/branches/change/pay", "", "carol-token", 403,
           "user should have a permission to write to a repo"},
      Case{"GET", repo + "/pulls/99", "", "", 404, "not found"},
      Case{"GET", repo + "/pulls/x", "", "", 404, "not found"},
      Case{"POST", repo + "/pulls", self, "alice-token", 422,
           "Invalid PullRequest: There are no changes between the head and the base"},
      Case{"POST", repo + "/pulls", nope, "alice-token", 404, "not found"},
      Case{"POST", repo + "/pulls", untitled, "alice-token", 422, "[Title]: Required"},
      Case{"POST", repo + "/pulls", second, "alice-token", 409,
           "pull request already exists for these targets [id: 1, issue_id: 1, head_repo_id: 1, base_repo_id: 1, "
           "head_branch: change/pay, base_branch: main]"},
      Case{"POST", repo + "/pulls", "not json", "alice-token", 422, "the body is no JSON object"},
      Case{"PATCH", repo + "/pulls/1", R"({"title":"x"})", "carol-token", 403, ""},
      Case{"POST", repo + "/pulls/1/reviews", R"({"event":"APPROVED"})", "alice-token", 422,
           "approve your own pull is not allowed"},
      Case{"POST", repo + "/pulls/1/reviews", R"({"event":"REQUEST_CHANGES","body":"no"})", "alice-token", 422,
           "reject your own pull is not allowed"},
      Case{"POST", repo + "/pulls/1/reviews", R"({"event":"REQUEST_CHANGES"})", "bob-token", 422,
           "review event REQUEST_CHANGES requires a body"},
      Case{"POST", repo + "/issues/1/comments", R"({"body":""})", "alice-token", 422, "[Body]: Required"},
      Case{"POST", repo + "/issues/1/comments", R"({"body":"x"})", "", 401, "token is required"},
      Case{"PATCH", repo + "/issues/comments/999", R"({"body":"x"})", "alice-token", 404, "not found"},
      Case{"POST", zeros, R"({"state":"success","context":"c"})", "alice-token", 500, ""},
      Case{"POST", repo + "/pulls/1/merge", R"({"Do":"merge"})", "carol-token", 405, "User not allowed to merge PR"},
      Case{"POST", repo + "/pulls/1/merge", stale, "bob-token", 409, "head out of date"},
      Case{"POST", repo + "/pulls/1/merge", R"({"Do":"squash"})", "bob-token", 422, "[Do]: In"},
      Case{"GET", repo + "/hooks", "", "carol-token", 403,
           "user should be an owner or a collaborator with admin write of a repository"},
      Case{"GET", "/api/v1/orgs/nope/teams/search?q=x", "", "alice-token", 404, "GetOrgByName"},
      Case{"GET", "/api/v1/teams/999/members", "", "alice-token", 404, "not found"},
      Case{"GET", "/api/nope", "", "", 404, "404 page not found\n"});
  CAPTURE(c.method, c.path, c.body, c.token);
  Place place;
  place.open_pull("change/pay");

  const HttpResponse answer = place.send(c.method, c.path, c.body, c.token);

  CHECK(answer.status == c.status);
  CHECK(message_of(answer) == c.message);
}

TEST_CASE("a merge is a true merge commit with the given message, and can delete the branch") {
  Place place;
  place.open_pull("change/pay");
  const CommitId base = place.head("main");
  const CommitId head = place.head("change/pay");

  const auto answer =
      place.send("POST", std::string(kPull) + "/merge",
                 R"({"Do":"merge","head_commit_id":")" + head.str() +
                     R"(","MergeTitleField":"Run 1.1.0","MergeMessageField":"Because.\n\nTowline-Service: pay",)"
                     R"("delete_branch_after_merge":true})",
                 "bob-token");

  CHECK(answer.status == 200);
  CHECK(answer.body.empty());
  const git::Commit merge = must(place.repository().commit(place.head("main")));
  CHECK(merge.parents == std::vector<CommitId>{base, head});
  CHECK(merge.message == "Run 1.1.0\n\nBecause.\n\nTowline-Service: pay\n");
  CHECK(merge.author.name == "bob");
  CHECK(merge.author.email == "bob@example.com");
  CHECK_FALSE(must(place.repository().find_ref("refs/heads/change/pay")));
  CHECK(must(place.repository().find_ref("refs/pull/1/head")) == head);
}

TEST_CASE("a merged pull request is merged once") {
  Place place;
  place.open_pull();
  CHECK(place.send("POST", std::string(kPull) + "/merge", R"({"Do":"merge"})", "bob-token").status == 200);
  const auto again = place.send("POST", std::string(kPull) + "/merge", R"({"Do":"merge"})", "bob-token");
  CHECK(again.status == 405);
  CHECK(message_of(again) == "The PR is already merged");
  const auto reopened = place.send("PATCH", kPull, R"({"state":"open"})", "bob-token");
  CHECK(reopened.status == 412);
}

TEST_CASE("a pull request that conflicts, or is work in progress, cannot be merged") {
  Place place;
  place.open_pull();
  must(place.forge().commit(kInfra, "main", {{"apps/dev/pay.yaml", "image: ghcr.io/acme/pay:3.0.0\n"}}, "bob", "3\n"));
  const auto conflicting = place.send("POST", std::string(kPull) + "/merge", R"({"Do":"merge"})", "bob-token");
  CHECK(conflicting.status == 405);
  CHECK(message_of(conflicting) == "Please try again later");

  place.send("PATCH", kPull, R"({"title":"WIP: Bump pay"})", "alice-token");
  const auto unfinished = place.send("POST", std::string(kPull) + "/merge", R"({"Do":"merge"})", "bob-token");
  CHECK(unfinished.status == 405);
  CHECK(message_of(unfinished) == "Work in progress PRs cannot be merged");
}

TEST_CASE("times are whole seconds of the given clock") {
  Place place;
  place.open_pull();
  const auto pull = must(parse_json(place.send("GET", kPull).body));
  CHECK(json_string(pull, "/created_at") == "2026-11-17T14:00:00Z");
}

TEST_CASE("a later review of the same person dismisses the earlier one") {
  Place place;
  place.open_pull();
  must(place.forge().review(kInfra, {1}, "bob", true));
  must(place.forge().review(kInfra, {1}, "bob", false));
  const auto reviews = must(parse_json(place.send("GET", std::string(kPull) + "/reviews").body));
  REQUIRE(reviews.size() == 2);
  CHECK(json_string(reviews[0], "/state") == "APPROVED");
  CHECK(json_bool(reviews[0], "/dismissed"));
  CHECK(json_string(reviews[1], "/state") == "REQUEST_CHANGES");
  CHECK_FALSE(json_bool(reviews[1], "/dismissed"));
}

TEST_CASE("lists are cut into pages and tell their total") {
  Place place;
  for (const std::string branch : {"a", "b", "c"}) place.open_pull(branch);
  const auto page = place.send("GET", "/api/v1/repos/acme/infra/pulls?state=open&sort=oldest&limit=2&page=2");
  const auto pulls = must(parse_json(page.body));
  REQUIRE(pulls.size() == 1);
  CHECK(json_integer(pulls[0], "/number") == 3);
  CHECK(page.header("X-Total-Count") == "3");
}

TEST_CASE("the combined status is the worst of the latest of each context") {
  Place place;
  place.open_pull();
  const std::string head = place.head("change/pay").str();
  const auto set = [&](const std::string& context, const std::string& state) {
    place.send("POST", "/api/v1/repos/acme/infra/statuses/" + head,
               R"({"context":")" + context + R"(","state":")" + state + R"("})", "bot-token");
  };
  set("towline/merge", "failure");
  set("towline/policy", "success");
  set("towline/merge", "pending");
  const auto status = must(parse_json(place.send("GET", "/api/v1/repos/acme/infra/commits/" + head + "/status").body));
  CHECK(json_string(status, "/state") == "pending");
  CHECK(status["statuses"].size() == 2);
}

TEST_CASE("a pull request has the fields of Gitea's") {
  Place place;
  place.open_pull();
  const auto pull = must(parse_json(place.send("GET", kPull).body));
  CHECK(keys_of(pull) == std::vector<std::string>{"additions",
                                                  "allow_maintainer_edit",
                                                  "assignee",
                                                  "assignees",
                                                  "base",
                                                  "body",
                                                  "changed_files",
                                                  "closed_at",
                                                  "comments",
                                                  "content_version",
                                                  "created_at",
                                                  "deletions",
                                                  "diff_url",
                                                  "draft",
                                                  "due_date",
                                                  "head",
                                                  "html_url",
                                                  "id",
                                                  "is_locked",
                                                  "labels",
                                                  "merge_base",
                                                  "merge_commit_sha",
                                                  "mergeable",
                                                  "merged",
                                                  "merged_at",
                                                  "merged_by",
                                                  "milestone",
                                                  "number",
                                                  "patch_url",
                                                  "pin_order",
                                                  "requested_reviewers",
                                                  "requested_reviewers_teams",
                                                  "review_comments",
                                                  "state",
                                                  "title",
                                                  "updated_at",
                                                  "url",
                                                  "user"});
  CHECK(json_integer(pull, "/additions") == 1);
  CHECK(json_integer(pull, "/deletions") == 1);
  CHECK(json_bool(pull, "/mergeable"));
}

TEST_CASE("a fault is answered instead of the request") {
  Place place;
  std::vector<std::string> asked;
  place.forge().set_fault_hook([&](std::string_view request) -> std::optional<forge::Sandbox::Fault> {
    asked.emplace_back(request);
    return forge::Sandbox::Fault{405, R"({"message":"Please try again later"})", false, false};
  });
  place.open_pull();
  const auto answer = place.send("POST", std::string(kPull) + "/merge?x=1", R"({"Do":"merge"})", "bob-token");
  CHECK(answer.status == 405);
  CHECK(message_of(answer) == "Please try again later");
  CHECK(asked == std::vector<std::string>{"POST /api/v1/repos/acme/infra/pulls/1/merge"});

  place.forge().set_fault_hook({});
  CHECK(json_bool(must(parse_json(place.send("GET", kPull).body)), "/merged") == false);
}

TEST_CASE("a fault after the effect loses only the answer") {
  Place place;
  place.open_pull();
  place.forge().set_fault_hook([](std::string_view request) -> std::optional<forge::Sandbox::Fault> {
    if (!request.ends_with("/comments")) return std::nullopt;
    return forge::Sandbox::Fault{500, "{}", true, false};
  });
  CHECK(place.send("POST", "/api/v1/repos/acme/infra/issues/1/comments", R"({"body":"hi"})", "bob-token").status ==
        500);
  CHECK(json_integer(must(parse_json(place.send("GET", kPull).body)), "/comments") == 1);
}

TEST_CASE("a hanging fault closes the connection without an answer") {
  Place place;
  place.forge().set_fault_hook([](std::string_view) -> std::optional<forge::Sandbox::Fault> {
    return forge::Sandbox::Fault{500, "", false, true};
  });
  const auto client = must(make_http_client(place.url(), std::nullopt));
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/v1/repos/acme/infra/pulls";
  CHECK_FALSE(client->send(request));
}

TEST_CASE("a port that is in use is refused with what to do") {
  Place place;
  forge::Sandbox::Options options;
  const auto other = must(TemporaryDirectory::create("towline-sandbox"));
  options.directory = other.path();
  options.port = std::stoi(place.url().substr(place.url().rfind(':') + 1));
  const auto second = forge::Sandbox::start(std::move(options));
  REQUIRE_FALSE(second);
  CHECK(second.error().kind == ErrorKind::conflict);
  CHECK(second.error().message == "the sandbox cannot listen on " + place.url().substr(7) +
                                      ": another program uses that port; choose another one");
}

}  // namespace towline::test
