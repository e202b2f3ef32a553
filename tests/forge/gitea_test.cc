#include <catch2/catch.hpp>

#include "base/json.h"
#include "forge/forge.h"
#include "forge/gitea/gitea.h"
#include "forge/scripted_http.h"

namespace towline::forge {
namespace {

using test::answer;
using test::ScriptedHttp;

struct Script {
  std::shared_ptr<ScriptedHttp::Log> log = std::make_shared<ScriptedHttp::Log>();
  std::unique_ptr<Forge> gitea = make_gitea(std::make_unique<ScriptedHttp>(log));
  void will_answer(Result<HttpResponse> response) const { log->answers.push_back(std::move(response)); }
};

const RepoName kRepo{"acme", "infra"};
const CommitId kHead(std::string(40, 'a'));
const MergeRequest kMerge{PullNumber{12}, kHead, "title", "message", true};

TEST_CASE("every status but success is an error that says what to do") {
  struct Row {
    int status;
    const char* body;
    ErrorKind kind;
    const char* message;
  };
  const std::vector<Row> rows = {
      {401, R"({"message":"user does not exist [uid: 0, name: ]"})", ErrorKind::forbidden,
       "Gitea refused the token when asked to read the repository acme/infra (401: user does not exist [uid: 0, name: "
       "]): make a new token for the bot's account and configure it"},
      {403, R"~({"message":"token does not have at least one of required scope(s)"})~", ErrorKind::forbidden,
       "Gitea refused to read the repository acme/infra (403: token does not have at least one of required scope(s)): "
       "the bot's account and token need read access to acme/infra and the scope read:repository"},
      {404, R"({"message":"not found"})", ErrorKind::not_found,
       "Gitea cannot read the repository acme/infra: it does not exist, or the bot's account may not see it (404: not "
       "found); it needs read access to acme/infra and the scope read:repository"},
      {409, R"({"message":"there is another"})", ErrorKind::conflict,
       "Gitea cannot read the repository acme/infra (409: there is another)"},
      {422, R"({"message":"that is wrong"})", ErrorKind::invalid,
       "Gitea cannot read the repository acme/infra (422: that is wrong)"},
      {429, "", ErrorKind::unavailable, "Gitea cannot read the repository acme/infra (429)"},
      {500, R"({"message":""})", ErrorKind::unavailable, "Gitea cannot read the repository acme/infra (500)"},
      {502, "<html>Bad Gateway</html>", ErrorKind::unavailable, "Gitea cannot read the repository acme/infra (502)"},
      {200, "<html>Welcome</html>", ErrorKind::unavailable,
       "Gitea gave an answer that is not JSON when asked to read the repository acme/infra"},
  };
  for (const Row& row : rows) {
    INFO(row.status << " " << row.body);
    const Script script;
    script.will_answer(answer(row.status, row.body));

    const auto repo = script.gitea->repo(kRepo);

    REQUIRE_FALSE(repo);
    CHECK(repo.error().kind == row.kind);
    CHECK(repo.error().message == row.message);
    CHECK(script.log->requests.size() == 1);
  }
}

TEST_CASE("a redirect is not followed but told") {
  const Script script;
  script.will_answer(answer(301, "", {{"Location", "https://me:pw@forge.example.com/api/v1/user"}}));

  const auto login = script.gitea->whoami();

  REQUIRE_FALSE(login);
  CHECK(login.error().kind == ErrorKind::invalid);
  CHECK(login.error().message ==
        "Gitea answered with a redirect to https://***@forge.example.com/api/v1/user when asked to tell whose token "
        "this is: configure the address it is really at");
}

TEST_CASE("how long to wait is what the answer says, within reason") {
  struct Row {
    const char* header;
    std::chrono::seconds wait;
  };
  const std::vector<Row> rows = {
      {"7", std::chrono::seconds{7}},     {"0", std::chrono::seconds{1}},
      {"999999", std::chrono::hours{1}},  {"-5", std::chrono::seconds{1}},
      {"soon", std::chrono::seconds{10}}, {"99999999999999999999", std::chrono::seconds{10}},
      {"", std::chrono::seconds{10}},     {"Wed, 21 Oct 2026 07:28:00 GMT", std::chrono::seconds{10}},
  };
  for (const Row& row : rows) {
    INFO(row.header);
    const Script script;
    script.will_answer(answer(503, "", {{"Retry-After", row.header}}));

    const auto login = script.gitea->whoami();

    REQUIRE_FALSE(login);
    CHECK(login.error().retry_after == row.wait);
  }
}

TEST_CASE("a lost answer is passed on and nothing is sent twice") {
  const Script script;
  script.will_answer(fail(ErrorKind::timeout, "127.0.0.1 did not answer within 30 s"));

  const auto comment = script.gitea->add_comment(kRepo, PullNumber{12}, "text");

  REQUIRE_FALSE(comment);
  CHECK(comment.error().kind == ErrorKind::timeout);
  CHECK(comment.error().message == "asking Gitea to comment on acme/infra#12: 127.0.0.1 did not answer within 30 s");
  CHECK(script.log->requests.size() == 1);
}

TEST_CASE("what a refused merge means") {
  struct Row {
    int status;
    const char* body;
    ErrorKind kind;
    const char* message;
  };
  const std::vector<Row> rows = {
      {405, R"({"message":"Please try again later"})", ErrorKind::unavailable,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (405: Please try again later)"},
      {405, R"({"message":"The PR is already merged"})", ErrorKind::conflict,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (405: The PR is already merged)"},
      {405, R"({"message":"not ready to merge: Does not have enough approvals"})", ErrorKind::forbidden,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (405: not ready to merge: Does not have enough approvals)"},
      {409, R"({"message":"head out of date"})", ErrorKind::conflict,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (409: head out of date)"},
      {409, R"({"message":"merge push out of date"})", ErrorKind::conflict,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (409: merge push out of date)"},
      // As Gitea 1.22 answered when two merges into main met.
      {409,
       R"({"message":"PushRejected with remote message: cannot lock ref 'refs/heads/main': is at 53dd9578d1e837613398f08e85ea596d592607de but expected 1ec42e05e89649b35291d9d558fe68a4393ba0aa","url":"http://127.0.0.1:3000/api/swagger"})",
       ErrorKind::conflict,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (409: PushRejected with remote message: cannot lock ref "
       "'refs/heads/main': is at 53dd9578d1e837613398f08e85ea596d592607de but expected "
       "1ec42e05e89649b35291d9d558fe68a4393ba0aa)"},
      {500, R"~({"message":"git push: ! [rejected] HEAD -> main (fetch first)"})~", ErrorKind::conflict,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (500: git push: ! [rejected] HEAD -> main (fetch first))"},
      {405, R"({"message":"cannot lock ref 'refs/heads/main': is at 53dd9578 but expected 1ec42e05"})",
       ErrorKind::conflict,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (405: cannot lock ref 'refs/heads/main': is at 53dd9578 but "
       "expected 1ec42e05)"},
      // As Gitea 1.26 answered with a branch whose name is refs/heads/main.
      {500,
       R"({"message":"git push: error: dst refspec refs/heads/main matches more than one\nerror: failed to push some refs to '/gitea/acme/infra.git'\n"})",
       ErrorKind::forbidden,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (500: git push: error: dst refspec refs/heads/main matches more "
       "than one\nerror: failed to push some refs to '/gitea/acme/infra.git'\n): a branch or a tag has the whole name "
       "of the target branch (refs/heads/...) as its name; delete it"},
      // A branch named like a directory of another one does not pass by itself.
      {409,
       R"({"message":"PushRejected with remote message: cannot lock ref 'refs/heads/a': 'refs/heads/a/b' exists"})",
       ErrorKind::forbidden,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (409: PushRejected with remote message: cannot lock ref "
       "'refs/heads/a': 'refs/heads/a/b' exists)"},
      {409, R"({"message":"PushRejected with remote message: no"})", ErrorKind::forbidden,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (409: PushRejected with remote message: no)"},
      {409, R"~({"Style":"merge","StdOut":"CONFLICT (content)","StdErr":""})~", ErrorKind::invalid,
       "Gitea cannot merge acme/infra#12 at aaaaaaaa (409): the branches conflict; resolve that on the head branch"},
      {504, "", ErrorKind::timeout, "Gitea cannot merge acme/infra#12 at aaaaaaaa (504)"},
      {502, "<html>", ErrorKind::timeout, "Gitea cannot merge acme/infra#12 at aaaaaaaa (502)"},
      {500, "", ErrorKind::unavailable, "Gitea cannot merge acme/infra#12 at aaaaaaaa (500)"},
  };
  for (const Row& row : rows) {
    INFO(row.body);
    const Script script;
    script.will_answer(answer(row.status, row.body));

    const auto merged = script.gitea->merge(kRepo, kMerge);

    REQUIRE_FALSE(merged);
    CHECK(merged.error().kind == row.kind);
    CHECK(merged.error().message == row.message);
    CHECK((row.status == 405 || row.status > 409 || !merged.error().retry_after));
    CHECK(script.log->requests.size() == 1);
  }
}

TEST_CASE("a merge that waits for mergeability is worth asking again after two seconds") {
  const Script script;
  script.will_answer(answer(405, R"({"message":"Please try again later"})"));

  CHECK(script.gitea->merge(kRepo, kMerge).error().retry_after == std::chrono::seconds{2});
}

TEST_CASE("a merge names the head, the message and what to do with the branch") {
  const Script script;
  script.will_answer(answer(200, ""));
  script.will_answer(answer(200, R"({"number":12,"merged":true,"merge_commit_sha":")" + std::string(40, 'b') + "\"}"));

  const auto merged = script.gitea->merge(kRepo, kMerge);

  REQUIRE(merged);
  CHECK(merged->str() == std::string(40, 'b'));
  CHECK(script.log->requests[0].method == "POST");
  CHECK(script.log->requests[0].path == "/api/v1/repos/acme/infra/pulls/12/merge");
  CHECK(*parse_json(script.log->requests[0].body) == Json{{"Do", "merge"},
                                                          {"head_commit_id", kHead.str()},
                                                          {"MergeTitleField", "title"},
                                                          {"MergeMessageField", "message"},
                                                          {"delete_branch_after_merge", true}});
}

TEST_CASE("a list is read page by page until its total") {
  const Script script;
  script.will_answer(answer(200, R"([{"number":1},{"number":2}])", {{"X-Total-Count", "3"}}));
  script.will_answer(answer(200, R"([{"number":3}])", {{"X-Total-Count", "3"}}));

  const auto pulls = script.gitea->open_pulls(kRepo);

  REQUIRE(pulls);
  CHECK(pulls->size() == 3);
  REQUIRE(script.log->requests.size() == 2);
  CHECK(script.log->requests[1].path == "/api/v1/repos/acme/infra/pulls?state=open&sort=oldest&limit=50&page=2");
}

TEST_CASE("a list without a total is read until an empty page, and one that shifted is not doubled") {
  const Script script;
  script.will_answer(answer(200, R"([{"number":2},{"number":1}])"));
  script.will_answer(answer(200, R"([{"number":2},{"number":3}])"));
  script.will_answer(answer(200, "[]"));

  const auto pulls = script.gitea->open_pulls(kRepo);

  REQUIRE(pulls);
  REQUIRE(pulls->size() == 3);
  CHECK((*pulls)[0].number == PullNumber{1});
  CHECK((*pulls)[2].number == PullNumber{3});
}

TEST_CASE("a list without end is given up") {
  const Script script;
  std::string page = "[";
  for (int i = 0; i < 50; ++i) page += R"({"number":1},)";
  page.back() = ']';
  for (int i = 0; i < 41; ++i) script.will_answer(answer(200, page));

  const auto pulls = script.gitea->open_pulls(kRepo);

  REQUIRE_FALSE(pulls);
  CHECK(pulls.error().kind == ErrorKind::invalid);
  CHECK(pulls.error().message ==
        "Gitea has more than 2000 items when asked to list the open pull requests of acme/infra: Towline reads no more "
        "than that");
}

TEST_CASE("names are escaped in paths, slashes of branches are kept") {
  const Script script;
  script.will_answer(answer(404, ""));

  CHECK_FALSE(script.gitea->branch(kRepo, "towline/dev/a b?c#d"));

  CHECK(script.log->requests[0].path == "/api/v1/repos/acme/infra/branches/towline/dev/a%20b%3Fc%23d");
}

TEST_CASE("reviews: requests to review are left out, dismissed ones are told") {
  const Script script;
  script.will_answer(answer(200, R"([
    {"id":1,"user":{"login":"alice"},"state":"REQUEST_REVIEW"},
    {"id":2,"user":{"login":"alice"},"state":"APPROVED","dismissed":true,"commit_id":"bad"},
    {"id":3,"user":{"login":"bob"},"state":"COMMENT"}])",
                            {{"X-Total-Count", "3"}}));

  const auto reviews = script.gitea->reviews(kRepo, PullNumber{12});

  REQUIRE(reviews);
  REQUIRE(reviews->size() == 2);
  CHECK((*reviews)[0].state == ReviewState::dismissed);
  CHECK((*reviews)[0].commit.empty());
  CHECK((*reviews)[1].state == ReviewState::commented);
}

TEST_CASE("Gitea's own states of a status are read as it counts them") {
  const Script script;
  script.will_answer(answer(200, R"({"statuses":[
    {"context":"a","status":"warning"},{"context":"b","status":"skipped"},{"context":"c","status":"new"}]})",
                            {{"X-Total-Count", "3"}}));

  const auto statuses = script.gitea->statuses(kRepo, kHead);

  REQUIRE(statuses);
  REQUIRE(statuses->size() == 3);
  CHECK((*statuses)[0].state == StatusState::failure);
  CHECK((*statuses)[1].state == StatusState::success);
  CHECK((*statuses)[2].state == StatusState::error);
}

TEST_CASE("a pull request that was reopened keeps its head's history when the head is the same") {
  const std::string head(40, 'a');
  const std::string timeline = R"([
    {"type":"pull_push","created_at":"2026-11-24T00:00:00Z","body":"{\"commit_ids\":[\")" +
                               head + R"(\"]}"},
    {"type":"reopen","created_at":"2026-11-24T01:00:00Z"}])";
  const Script same;
  same.will_answer(answer(200, timeline));
  same.will_answer(answer(200, "null"));
  same.will_answer(answer(200, R"({"number":12,"head":{"sha":")" + head + "\"}}"));
  const Script moved;
  moved.will_answer(answer(200, timeline));
  moved.will_answer(answer(200, "null"));
  moved.will_answer(answer(200, R"({"number":12,"head":{"sha":")" + std::string(40, 'b') + "\"}}"));

  const auto kept = same.gitea->head_events(kRepo, PullNumber{12});
  const auto lost = moved.gitea->head_events(kRepo, PullNumber{12});

  REQUIRE(kept);
  REQUIRE(lost);
  REQUIRE(kept->size() == 1);
  CHECK(kept->back().commit == CommitId(head));
  REQUIRE(lost->size() == 2);
  CHECK(lost->back().commit.empty());
}

}  // namespace
}  // namespace towline::forge
