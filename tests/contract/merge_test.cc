#include <catch2/catch.hpp>

#include "contract/under_test.h"
#include "git/repository.h"
#include "support/eventually.h"

namespace towline::test {
namespace {

using Catch::Matchers::Contains;

TEMPLATE_TEST_CASE("merging makes a merge commit with title, message and trailers", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  const CommitId merged = expect(stage->merge({.number = pull.number,
                                               .head = pull.head,
                                               .title = "dev: pay 1.4.2 -> 1.5.0 (#1)",
                                               .message = "Bumps pay.\n\nTowline-Environment: dev\n"
                                                          "Towline-Approved-By: alice"}));

  const auto read = expect(stage->bot->pull(stage->repo, pull.number));
  CHECK(read.merged);
  CHECK_FALSE(read.open);
  CHECK(read.merge_commit == merged);
  CHECK(read.merged_by == "towline");
  REQUIRE(read.merged_at);
  CHECK(*read.merged_at >= read.created);
  CHECK(expect(stage->bot->branch(stage->repo, "main")).head == merged);

  const git::Commit commit = stage->read_commit(merged);
  CHECK(commit.parents == std::vector{stage->start, pull.head});
  CHECK(commit.message ==
        "dev: pay 1.4.2 -> 1.5.0 (#1)\n\nBumps pay.\n\nTowline-Environment: dev\nTowline-Approved-By: alice\n");
  CHECK(git::parse_trailers(commit.message) == std::vector<std::pair<std::string, std::string>>{
                                                   {"Towline-Environment", "dev"}, {"Towline-Approved-By", "alice"}});
}

TEMPLATE_TEST_CASE("merging deletes the head branch when asked to, and the pull request still names it", "",
                   SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  expect(stage->merge({.number = pull.number, .head = pull.head, .title = "t", .message = "", .delete_branch = true}));

  CHECK(expect_error(stage->bot->branch(stage->repo, "towline/dev/pay")).kind == ErrorKind::not_found);
  const auto read = expect(stage->bot->pull(stage->repo, pull.number));
  CHECK(read.head_branch == "towline/dev/pay");
  CHECK(read.head == pull.head);
}

TEMPLATE_TEST_CASE("merging keeps the head branch when not asked to delete it", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  expect(stage->merge({.number = pull.number, .head = pull.head, .title = "t", .message = "", .delete_branch = false}));

  CHECK(expect(stage->bot->branch(stage->repo, "towline/dev/pay")).head == pull.head);
}

TEMPLATE_TEST_CASE("merging a head that is no longer the head is a conflict and merges nothing", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  stage->bump("towline/dev/pay", "1.5.1");

  const Error error =
      expect_error(stage->merge({.number = pull.number, .head = pull.head, .title = "t", .message = ""}));

  CHECK(error.kind == ErrorKind::conflict);
  CHECK_THAT(error.message, Contains("head out of date"));
  CHECK_FALSE(expect(stage->bot->pull(stage->repo, pull.number)).merged);
}

TEMPLATE_TEST_CASE("merging what is merged already is a conflict: look again", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  const forge::MergeRequest request{.number = pull.number, .head = pull.head, .title = "t", .message = ""};
  expect(stage->merge(request));

  const Error error = expect_error(stage->bot->merge(stage->repo, request));

  CHECK(error.kind == ErrorKind::conflict);
  CHECK_THAT(error.message, Contains("already merged"));
}

TEMPLATE_TEST_CASE("a draft is not merged", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  expect(stage->bot->edit_pull(stage->repo, pull.number, "WIP: pay", ""));

  const Error error =
      expect_error(stage->merge({.number = pull.number, .head = pull.head, .title = "t", .message = ""}));

  CHECK(error.kind == ErrorKind::forbidden);
  CHECK_THAT(error.message, Contains("Work in progress PRs cannot be merged"));
}

TEMPLATE_TEST_CASE("branches that conflict are not merged now", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  stage->bump("main", "2.0.0", "alice");

  // Gitea says "Please try again later" for these too; whether they conflict, the bot finds out by itself.
  CHECK(eventually([&] {
    const auto merged =
        stage->bot->merge(stage->repo, {.number = pull.number, .head = pull.head, .title = "t", .message = ""});
    return !merged && merged.error().kind == ErrorKind::unavailable &&
           merged.error().retry_after == std::chrono::seconds{2} &&
           merged.error().message.find("Please try again later") != std::string::npos;
  }));
}

TEMPLATE_TEST_CASE("someone without write access cannot merge", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  const Error error = expect_error(stage->forge.client("carol")->merge(
      stage->repo, {.number = pull.number, .head = pull.head, .title = "t", .message = ""}));

  CHECK(error.kind == ErrorKind::forbidden);
  CHECK_THAT(error.message, Contains("User not allowed to merge PR"));
}

TEMPLATE_TEST_CASE("a closed pull request cannot be merged", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  expect(stage->forge.close_pull(stage->repo, pull.number, "alice"));

  const Error error = expect_error(
      stage->bot->merge(stage->repo, {.number = pull.number, .head = pull.head, .title = "t", .message = ""}));

  CHECK(error.kind == ErrorKind::not_found);
}

}  // namespace
}  // namespace towline::test
