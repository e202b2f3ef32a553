#include <catch2/catch.hpp>

#include "contract/under_test.h"
#include "forge/gitea/gitea.h"

namespace towline::test {
namespace {

using Catch::Matchers::Contains;
using forge::CommitStatus;
using forge::StatusState;

TEMPLATE_TEST_CASE("a token's owner is known", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  CHECK(expect(stage->bot->whoami()) == "towline");
  CHECK(expect(stage->forge.client("alice")->whoami()) == "alice");
}

TEMPLATE_TEST_CASE("a wrong token is refused with what to do", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto stranger = forge::make_gitea(expect(make_http_client(stage->forge.url(), Secret("token 0123456789"))));

  const Error error = expect_error(stranger->whoami());

  CHECK(error.kind == ErrorKind::forbidden);
  CHECK_THAT(error.message, Contains("Gitea refused the token when asked to tell whose token this is (401"));
  CHECK_THAT(error.message, Contains("make a new token for the bot's account and configure it"));
  CHECK_THAT(error.message + error.detail, !Contains("0123456789"));
}

TEMPLATE_TEST_CASE("a repository is read with the bot's rights on it", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const auto repo = expect(stage->bot->repo(stage->repo));

  CHECK(repo.name == stage->repo);
  CHECK(repo.default_branch == "main");
  CHECK(repo.clone_url == stage->forge.url() + "/" + stage->repo.str() + ".git");
  CHECK(repo.web_url == stage->forge.url() + "/" + stage->repo.str());
  CHECK(repo.can_push);
  CHECK_FALSE(expect(stage->forge.client("carol")->repo(stage->repo)).can_push);
}

TEMPLATE_TEST_CASE("a repository that does not exist is not found", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const Error error = expect_error(stage->bot->repo(RepoName{"acme", "nothing"}));

  CHECK(error.kind == ErrorKind::not_found);
  CHECK_THAT(error.message, Contains("Gitea cannot read the repository acme/nothing: it does not exist, or the bot's "
                                     "account may not see it"));
}

TEMPLATE_TEST_CASE("branches have heads, can have slashes in their names, and can be deleted", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const CommitId head = stage->bump("towline/dev/pay", "1.5.0");

  CHECK(expect(stage->bot->branch(stage->repo, "main")).head == stage->start);
  CHECK(expect(stage->bot->branch(stage->repo, "towline/dev/pay")).head == head);
  CHECK(expect(stage->bot->branch(stage->repo, "towline/dev/pay")).name == "towline/dev/pay");

  expect(stage->bot->delete_branch(stage->repo, "towline/dev/pay"));

  CHECK(expect_error(stage->bot->branch(stage->repo, "towline/dev/pay")).kind == ErrorKind::not_found);
  CHECK(expect_error(stage->bot->delete_branch(stage->repo, "towline/dev/pay")).kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("the default branch cannot be deleted", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const Error error = expect_error(stage->bot->delete_branch(stage->repo, "main"));

  CHECK(error.kind == ErrorKind::forbidden);
  CHECK(expect(stage->bot->branch(stage->repo, "main")).head == stage->start);
}

TEMPLATE_TEST_CASE("the latest status of each context counts", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const CommitStatus merge{"towline/merge", StatusState::failure, "waits for an approval", "http://127.0.0.1/pulls/1"};
  const CommitStatus first{"towline/policy", StatusState::pending, "checking", ""};
  const CommitStatus second{"towline/policy", StatusState::success, "4 rules hold", ""};
  CHECK(expect(stage->bot->statuses(stage->repo, stage->start)).empty());

  expect(stage->bot->set_status(stage->repo, stage->start, first));
  expect(stage->bot->set_status(stage->repo, stage->start, merge));
  expect(stage->bot->set_status(stage->repo, stage->start, second));

  CHECK(expect(stage->bot->statuses(stage->repo, stage->start)) == std::vector{merge, second});
}

TEMPLATE_TEST_CASE("a long status description is cut, not refused", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  expect(stage->bot->set_status(stage->repo, stage->start,
                                {"towline/merge", StatusState::error, std::string(500, 'x'), ""}));

  const auto statuses = expect(stage->bot->statuses(stage->repo, stage->start));
  REQUIRE(statuses.size() == 1);
  CHECK(statuses.front().state == StatusState::error);
  CHECK(statuses.front().description == std::string(137, 'x') + "\u2026");
}

TEMPLATE_TEST_CASE("someone without write access cannot set a status", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const Error error = expect_error(stage->forge.client("carol")->set_status(
      stage->repo, stage->start, {"towline/merge", StatusState::success, "", ""}));

  CHECK(error.kind == ErrorKind::forbidden);
  CHECK_THAT(error.message, Contains("the bot's account and token need write access to " + stage->repo.str()));
}

TEMPLATE_TEST_CASE("a writer is one who may push, not one who may only be assigned", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const auto writers = expect(stage->bot->writers(stage->repo));

  CHECK(writers.contains("alice"));
  CHECK(writers.contains("bob"));
  CHECK(writers.contains("towline"));
  // On Gitea carol is in a team that may read, and so is among those who can be assigned.
  CHECK_FALSE(writers.contains("carol"));
}

TEMPLATE_TEST_CASE("the members of a team of the owner are known", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  CHECK(expect(stage->bot->team_members(stage->repo, "payments")) == std::set<std::string>{"alice", "towline"});
}

TEMPLATE_TEST_CASE("a team that does not exist is not found", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const Error error = expect_error(stage->bot->team_members(stage->repo, "pay"));

  CHECK(error.kind == ErrorKind::not_found);
  CHECK(error.message ==
        "there is no team pay in acme that the bot's account can see: make the account a member of it");
}

}  // namespace
}  // namespace towline::test
