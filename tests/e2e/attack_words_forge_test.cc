// The attacks of attack_words_test.cc, told on the sandbox and on a real Gitea, where any writer may edit and delete
// everybody's comments.
#include <algorithm>
#include <catch2/catch.hpp>

#include "arena.h"
#include "engine/own_comments.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

constexpr std::string_view kFile = "apps/prod/services/pay/deployment.yaml";

/// bob's pull request, which waits for alice's approval. bob edits and deletes what others wrote.
struct Stage {
  std::unique_ptr<Arena> arena;
  PullNumber number;

  explicit Stage(std::unique_ptr<Arena> opened) : arena(std::move(opened)) {
    arena->connect();
    std::string text = sample_files().at(std::string(kFile));
    const std::string_view image = "ghcr.io/acme/pay:1.4.2";
    text.replace(text.find(image), image.size(), "ghcr.io/acme/pay:1.4.3");
    arena->commit("hotfix", {{std::string(kFile), text}}, "bob");
    number = arena->open_pull("bob", "hotfix");
    REQUIRE(arena->reports(number, "Waiting for 1 approval"));
  }

  std::vector<forge::Comment> comments() const { return arena->bot().comments(arena->repo(), number).value(); }
  std::int64_t say(std::string_view author, std::string_view body) {
    arena->say(number, author, body);
    for (const forge::Comment& comment : comments()) {
      if (comment.author == author && comment.body == body) return comment.id;
    }
    FAIL("the comment is not there");
    return 0;
  }
  void edit(std::int64_t id, std::string_view body) {
    arena->later();
    REQUIRE(arena->as("bob")->edit_comment(arena->repo(), id, body));
  }
  void remove(std::int64_t id) {
    arena->later();
    REQUIRE(arena->as("bob")->delete_comment(arena->repo(), id));
  }
  std::int64_t report_id() const {
    for (const forge::Comment& comment : comments()) {
      if (comment.author == "towline" && comment.body.find("<!-- towline:report") != std::string::npos) {
        return comment.id;
      }
    }
    FAIL("there is no report");
    return 0;
  }
  bool reports(std::string_view text) { return arena->reports(number, text); }
  bool merged() {
    return arena->until([&] { return arena->pull(number).merged; });
  }
  bool open() const { return arena->pull(number).open; }
};

}  // namespace

TEST_CASE("on a forge: a hold outlives its comment, and the database") {
  auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  Stage stage(std::move(arena));
  const auto hold = stage.say("alice", "/hold until the databse is migrated");
  REQUIRE(stage.reports("Held by alice"));
  stage.arena->review(stage.number, "alice");
  stage.say("alice", "/merge");
  REQUIRE(stage.reports("Approved by alice"));

  REQUIRE(stage.arena->as("alice")->edit_comment(stage.arena->repo(), hold, "/hold until the database is migrated"));
  CHECK(stage.reports("Held by alice: until the database is migrated"));
  stage.edit(hold, "thanks");
  CHECK(stage.reports("bob edited the comment; the hold stays"));
  stage.remove(hold);
  CHECK(stage.reports("bob deleted the comment; the hold stays"));
  CHECK(stage.open());
  stage.arena->lose_store();
  CHECK(stage.reports("someone deleted the comment; the hold stays"));
  CHECK(stage.open());
  // Without a record of its delivery the old /merge does not count either.
  stage.say("alice", "/unhold");
  CHECK(stage.arena->until([&] { return stage.arena->report(stage.number).find("Held by") == std::string::npos; }));
  stage.say("alice", "/merge");
  CHECK(stage.merged());
}

TEST_CASE("on a forge: a comment that is edited into /approve while the bot is down does not count") {
  auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  Stage stage(std::move(arena));
  stage.arena->restart([&] {
    // The forge tells times to the second: both in one second leave no trace.
    for (int attempt = 0; attempt < 20; ++attempt) {
      const auto id = stage.say("alice", "looks fine " + std::to_string(attempt));
      REQUIRE(stage.arena->as("bob")->edit_comment(stage.arena->repo(), id, "/approve"));
      const auto all = stage.comments();
      if (std::any_of(all.begin(), all.end(), [&](const auto& one) { return one.id == id && !one.edited; })) return;
    }
    FAIL("the comment could not be edited within its second");
  });
  CHECK(stage.open());
  CHECK(stage.arena->report(stage.number).find("Waiting for 1 approval") != std::string::npos);
  stage.say("alice", "/approve");
  stage.say("alice", "/merge");
  CHECK(stage.merged());
}

TEST_CASE("on a forge: the report says again what it said when somebody edits or deletes it") {
  auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  Stage stage(std::move(arena));
  const auto id = stage.report_id();
  stage.edit(id, "Nothing changes.");
  CHECK(stage.reports("bob edited this comment at "));
  CHECK(stage.report_id() == id);
  CHECK(stage.arena->report(stage.number).find("1.4.3") != std::string::npos);
  stage.remove(id);
  CHECK(stage.reports("bob deleted a comment of Towline at "));
  CHECK(stage.arena->report(stage.number).find("1.4.3") != std::string::npos);
  // Edited while the bot is down and the database is lost, it proves nothing.
  stage.arena->lose_store([&] { stage.edit(stage.report_id(), "Nothing changes."); });
  CHECK(stage.reports("Towline lost its records of this pull request"));
}

TEST_CASE("on a forge: an older report that is put back with the database lost does not lift a hold") {
  auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  Stage stage(std::move(arena));
  // What bob saved ten minutes ago, sealed by the bot. Waiting for it would take that long on a real forge.
  const auto sealer = engine::sealer_for(engine::seal_key(Arena::key()), "forge", stage.arena->repo(), stage.number);
  const std::string saved = stage.arena->report(stage.number);
  const auto sequence = sealer.sequence_of(saved);
  REQUIRE(sequence);
  const std::int64_t ten_minutes = Duration(std::chrono::minutes(10)).count();
  const std::string older = sealer.sealed(decide::without_seal(saved), *sequence - ten_minutes);
  const auto hold = stage.say("alice", "/hold");
  REQUIRE(stage.reports("Held by alice"));

  stage.arena->lose_store([&] {
    stage.edit(stage.report_id(), older);
    stage.remove(hold);
  });
  CHECK(stage.reports("Towline lost its records of this pull request"));
  stage.say("bob", "/merge");
  CHECK(stage.reports("Towline lost its records of this pull request"));
  const auto status = stage.arena->status(stage.arena->pull(stage.number).head, "towline/merge");
  REQUIRE(status);
  CHECK(status->state != forge::StatusState::success);
  CHECK(stage.open());
  // It stays so with the records lost once more: the bot's new report says it.
  stage.arena->lose_store();
  CHECK(stage.reports("Towline lost its records of this pull request"));
  CHECK(stage.open());
  stage.arena->review(stage.number, "alice");
  stage.say("alice", "/merge");
  CHECK(stage.reports("an approval alone does not end this"));
  CHECK(stage.open());
  stage.say("alice", "/unhold");
  CHECK(stage.merged());
}
