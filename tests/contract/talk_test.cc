#include <catch2/catch.hpp>

#include "contract/under_test.h"
#include "support/eventually.h"

namespace towline::test {
namespace {

using Catch::Matchers::Contains;
using forge::ReviewState;

TEMPLATE_TEST_CASE("comments are listed oldest first, with their authors", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  const auto first = expect(stage->bot->add_comment(stage->repo, pull.number, "What changes: **pay**"));
  const auto second = expect(stage->forge.comment(stage->repo, pull.number, "alice", "/approve"));
  const auto third = expect(stage->forge.comment(stage->repo, pull.number, "carol", "Nice: \u00e4\u2713"));

  const auto comments = expect(stage->bot->comments(stage->repo, pull.number));
  REQUIRE(comments.size() == 3);
  CHECK(comments[0].id == first.id);
  CHECK(comments[0].author == "towline");
  CHECK(comments[0].body == "What changes: **pay**");
  CHECK(comments[1].id == second);
  CHECK(comments[1].author == "alice");
  CHECK(comments[1].body == "/approve");
  CHECK(comments[2].id == third);
  CHECK(comments[2].author == "carol");
  CHECK(comments[2].body == "Nice: \u00e4\u2713");
  CHECK_FALSE(comments[1].edited);
  CHECK(comments[1].created >= pull.created);
  CHECK_THAT(comments[1].url, Contains("/pulls/" + std::to_string(pull.number.value) + "#issuecomment-"));
}

TEMPLATE_TEST_CASE("more comments than fit on a page are all listed, once", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  for (int i = 0; i < 55; ++i) expect(stage->forge.comment(stage->repo, pull.number, "bob", std::to_string(i)));

  const auto comments = expect(stage->bot->comments(stage->repo, pull.number));

  REQUIRE(comments.size() == 55);
  CHECK(comments.front().body == "0");
  CHECK(comments.back().body == "54");
}

TEMPLATE_TEST_CASE("an edited comment has its new body and is known to be edited", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  const auto id = expect(stage->forge.comment(stage->repo, pull.number, "alice", "first"));
  int version = 0;

  // Times are in whole seconds: an edit in the second of its creation does not show.
  CHECK(eventually([&] {
    expect(stage->forge.edit_comment(stage->repo, id, "/approve " + std::to_string(++version)));
    return expect(stage->bot->comments(stage->repo, pull.number)).front().edited;
  }));

  const auto comments = expect(stage->bot->comments(stage->repo, pull.number));
  REQUIRE(comments.size() == 1);
  CHECK(comments.front().body == "/approve " + std::to_string(version));
}

TEMPLATE_TEST_CASE("the bot edits its comment in place", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  const auto comment = expect(stage->bot->add_comment(stage->repo, pull.number, "before"));

  expect(stage->bot->edit_comment(stage->repo, comment.id, "after"));

  const auto comments = expect(stage->bot->comments(stage->repo, pull.number));
  REQUIRE(comments.size() == 1);
  CHECK(comments.front().id == comment.id);
  CHECK(comments.front().body == "after");
}

TEMPLATE_TEST_CASE("the bot deletes its comment, and one that is gone is not found", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  const auto first = expect(stage->bot->add_comment(stage->repo, pull.number, "first"));
  const auto second = expect(stage->bot->add_comment(stage->repo, pull.number, "second"));

  expect(stage->bot->delete_comment(stage->repo, first.id));

  const auto comments = expect(stage->bot->comments(stage->repo, pull.number));
  REQUIRE(comments.size() == 1);
  CHECK(comments.front().id == second.id);
  CHECK(expect_error(stage->bot->delete_comment(stage->repo, first.id)).kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("editing a comment that does not exist is not found", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;

  const Error error = expect_error(stage->bot->edit_comment(stage->repo, 999'999'999, "after"));

  CHECK(error.kind == ErrorKind::not_found);
}

TEMPLATE_TEST_CASE("a comment of the largest size is kept whole, a larger one is not sent", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();
  const std::string largest(stage->bot->max_comment_bytes(), 'x');

  expect(stage->bot->add_comment(stage->repo, pull.number, largest));
  const Error error = expect_error(stage->bot->add_comment(stage->repo, pull.number, largest + "x"));

  CHECK(error.kind == ErrorKind::invalid);
  CHECK(error.message == "a comment of 1000001 bytes is over the limit of 1000000 bytes that Towline keeps on Gitea");
  const auto comments = expect(stage->bot->comments(stage->repo, pull.number));
  REQUIRE(comments.size() == 1);
  CHECK((comments.front().body == largest));
}

TEMPLATE_TEST_CASE("reviews name the head they were given for, also after a push", "", SandboxUnderTest,
                   GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  const auto pull = stage->open_bump();

  expect(stage->forge.review(stage->repo, pull.number, "alice", true));
  const CommitId second = stage->bump("towline/dev/pay", "1.5.1");
  CHECK(eventually([&] { return expect(stage->bot->head_events(stage->repo, pull.number)).size() == 2; }));
  expect(stage->forge.review(stage->repo, pull.number, "bob", false));

  const auto reviews = expect(stage->bot->reviews(stage->repo, pull.number));
  REQUIRE(reviews.size() == 2);
  CHECK(reviews[0].author == "alice");
  CHECK(reviews[0].state == ReviewState::approved);
  CHECK(reviews[0].commit == pull.head);
  CHECK(reviews[1].author == "bob");
  CHECK(reviews[1].state == ReviewState::changes_requested);
  CHECK(reviews[1].commit == second);
  CHECK(reviews[1].submitted >= reviews[0].submitted);
}

TEMPLATE_TEST_CASE("nobody can approve their own pull request", "", SandboxUnderTest, GiteaUnderTest) {
  auto stage = stage_on<TestType>();
  if (!stage) return;
  stage->bump("change", "1.5.0", "alice");
  const auto pull = expect(stage->forge.open_pull(stage->repo, "alice", "change", "Change", ""));

  const Error error = expect_error(stage->forge.review(stage->repo, pull, "alice", true));

  CHECK(error.kind == ErrorKind::invalid);
  CHECK(expect(stage->bot->reviews(stage->repo, pull)).empty());
}

}  // namespace
}  // namespace towline::test
