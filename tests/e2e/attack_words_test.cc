// Whoever may edit comments (any writer, on Gitea) tries to take back what others said, to put words into their mouths
// and to make the bot's report say something else.
#include <algorithm>
#include <catch2/catch.hpp>

#include "decide/decide.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The pull request that promotes pay to prod and waits for an approval.
struct Promotion {
  World world;
  PullNumber number;

  explicit Promotion(const World::Configure& configure = {})
      : world(sample_files(), {}, std::chrono::hours(1), configure) {
    world.push_image("ghcr.io/acme/pay", "1.5.0", kDigest);
    world.settle();
    number = town().pull_on("towline/prod/pay").number;
  }
  Town& town() { return world.town(); }
  bool merged() { return town().pull_on("towline/prod/pay").merged; }
  std::int64_t say(std::string_view author, std::string_view body) {
    const auto id = town().say(number, author, body);
    world.settle();
    return id;
  }
  /// Somebody edits or deletes anybody's comment.
  void edit(const std::string& login, std::int64_t id, std::string_view body) {
    town().clock->advance(std::chrono::seconds(2));
    REQUIRE(town().as(login)->edit_comment(kInfra, id, body));
  }
  void remove(const std::string& login, std::int64_t id) {
    town().clock->advance(std::chrono::seconds(2));
    REQUIRE(town().as(login)->delete_comment(kInfra, id));
  }
  forge::Comment report() {
    for (const forge::Comment& comment : town().bot_comments(number)) {
      if (decide::find_report_mark(comment.body)) return comment;
    }
    FAIL("there is no report");
    return {};
  }
};

}  // namespace

TEST_CASE("a hold stays when its comment is deleted or edited, and ends by /unhold") {
  Promotion pull;
  const auto hold = pull.say("alice", "/hold until the databse is migrated");
  pull.say("bob", "/approve");
  REQUIRE_FALSE(pull.merged());
  SECTION("a writer deletes it") {
    pull.remove("bob", hold);
    pull.world.settle();
    CHECK(contains(pull.report().body, "bob deleted the comment; the hold stays"));
  }
  SECTION("a writer edits it into thanks") {
    pull.edit("bob", hold, "thanks");
    pull.world.settle();
    CHECK(contains(pull.report().body, "bob edited the comment; the hold stays"));
  }
  SECTION("its author corrects a typo") {
    pull.edit("alice", hold, "/hold until the database is migrated");
    pull.world.settle();
    CHECK(contains(pull.report().body, "Held by alice: until the database is migrated"));
  }
  SECTION("a writer deletes it while the bot is down") {
    pull.world.stop();
    pull.remove("bob", hold);
    pull.world.start();
    pull.world.settle();
    CHECK(contains(pull.report().body, "someone deleted the comment; the hold stays"));
  }
  CHECK_FALSE(pull.merged());
  pull.say("bob", "/unhold");
  CHECK(pull.merged());
}

TEST_CASE("an /unapprove stays when its comment is deleted") {
  Promotion pull;
  pull.say("bob", "/hold");
  pull.say("alice", "/approve");
  const auto unapprove = pull.say("alice", "/unapprove");
  pull.remove("bob", unapprove);
  pull.say("bob", "/unhold");
  CHECK_FALSE(pull.merged());
  CHECK(contains(pull.report().body, "bob deleted the comment in which alice said /unapprove"));
  pull.say("alice", "/approve");
  CHECK(pull.merged());
}

TEST_CASE("a comment that is edited into /approve within its second does not count when its webhook was lost") {
  Promotion pull;
  SECTION("only the edit is lost") {
    const auto harmless = pull.say("alice", "looks fine");
    pull.world.stop();
    REQUIRE(pull.town().as("bob")->edit_comment(kInfra, harmless, "/approve"));
  }
  SECTION("both are lost") {
    pull.world.stop();
    const auto harmless = pull.town().say(pull.number, "alice", "looks fine");
    REQUIRE(pull.town().as("bob")->edit_comment(kInfra, harmless, "/approve"));
  }
  REQUIRE_FALSE(pull.town().comments(pull.number).back().edited);
  pull.world.start();
  pull.world.settle();
  CHECK_FALSE(pull.merged());
  const auto comments = pull.town().bot_comments(pull.number);
  CHECK(contains(comments.back().body, "did not receive the webhook for this comment"));
  CHECK(contains(comments.back().body, "Please repeat"));
  pull.say("alice", "/approve");
  CHECK(pull.merged());
}

TEST_CASE("somebody else's edit of a comment of the bot is undone and reported") {
  Promotion pull;
  pull.say("alice", "/help");
  const auto before = pull.town().bot_comments(pull.number);
  REQUIRE(before.size() == 2);
  const forge::Comment& report = before[0];
  const std::string marker = report.body.substr(report.body.rfind("<!-- towline:report"));
  std::string text;
  SECTION("the whole report") { text = "Nothing changes."; }
  SECTION("all but its markers") { text = "Nothing changes.\n" + marker; }
  SECTION("one word") {
    text = report.body;
    text.replace(text.find("1.5.0"), 5, "1.4.3");
  }
  pull.edit("bob", report.id, text);
  const std::string when = format_time(pull.town().comments(pull.number).at(0).updated);
  pull.world.settle();
  auto after = pull.town().bot_comments(pull.number);
  REQUIRE(after.size() == 2);
  CHECK(after[0].id == report.id);
  CHECK_FALSE(contains(after[0].body, "Nothing changes"));
  CHECK(contains(after[0].body, "1.5.0"));
  CHECK(contains(after[0].body, "bob edited this comment at " + when + "; the edit was undone."));

  // The answer is restored too, and an old text of the report is a foreign one.
  pull.edit("bob", after[1].id, "Commands: none.");
  pull.world.settle();
  CHECK(contains(pull.town().bot_comments(pull.number)[1].body, "/unapprove"));
  pull.edit("bob", report.id, report.body);
  pull.world.settle();
  after = pull.town().bot_comments(pull.number);
  CHECK(contains(after[0].body, "bob edited a comment of Towline at "));
  CHECK(std::count(after[0].body.begin(), after[0].body.end(), '\n') > std::count(text.begin(), text.end(), '\n'));
  CHECK(after.size() == 2);
}

TEST_CASE("an edit of the report whose webhook was lost is undone at the next look, by someone") {
  Promotion pull;
  const auto report = pull.report();
  pull.world.stop();
  pull.edit("bob", report.id, "Nothing changes.");
  pull.world.start();
  pull.world.settle();
  CHECK(contains(pull.report().body, "Someone edited this comment at "));
  CHECK(contains(pull.report().body, "1.5.0"));
}

TEST_CASE("a report that somebody deletes is posted again and says so") {
  Promotion pull;
  pull.remove("bob", pull.report().id);
  pull.world.settle();
  REQUIRE(pull.town().bot_comments(pull.number).size() == 1);
  CHECK(contains(pull.report().body, "bob deleted a comment of Towline at "));
}

TEST_CASE("losing the database loses nobody's hold, objection or withdrawal") {
  Promotion pull;
  const auto hold = pull.say("alice", "/hold");
  pull.remove("bob", hold);
  pull.world.settle();
  const auto unapprove = pull.say("alice", "/unapprove");
  pull.remove("bob", unapprove);
  pull.world.settle();
  pull.world.stop();
  pull.world.start(World::Records::lost);
  pull.world.settle();
  CHECK(contains(pull.report().body, "Held by alice"));
  REQUIRE(pull.town().sandbox->review(kInfra, pull.number, "bob", true));
  pull.world.settle();
  CHECK_FALSE(pull.merged());
  // It is in the store again: a report that says nothing of it changes nothing.
  pull.edit("bob", pull.report().id, "Nothing changes.");
  pull.world.settle();
  CHECK(contains(pull.report().body, "Held by alice"));
  pull.say("alice", "/unhold");
  CHECK(pull.merged());
}

TEST_CASE("an approval in a comment does not outlive the database, and is asked for again") {
  Promotion pull;
  pull.say("alice", "/hold");
  pull.say("bob", "/approve");
  pull.world.stop();
  pull.world.start(World::Records::lost);
  pull.world.settle();
  CHECK(contains(pull.town().bot_comments(pull.number).back().body, "Please repeat `/approve`"));
  pull.say("alice", "/unhold");
  CHECK_FALSE(pull.merged());
  pull.say("bob", "/approve");
  CHECK(pull.merged());
}

TEST_CASE("when the database is lost and the report was tampered with, a writer must speak again") {
  Promotion pull;
  const auto hold = pull.say("alice", "/hold");
  pull.remove("bob", hold);
  pull.world.settle();
  const auto report = pull.report();
  pull.world.stop();
  SECTION("edited") { pull.edit("bob", report.id, "Nothing changes."); }
  SECTION("its ledger cut out") {
    const auto at = report.body.find("<!-- towline:ledger");
    REQUIRE(at != std::string::npos);
    pull.edit("bob", report.id, report.body.substr(0, at) + report.body.substr(report.body.find('\n', at) + 1));
  }
  SECTION("deleted") { pull.remove("bob", report.id); }
  pull.world.start(World::Records::lost);
  pull.world.settle();
  CHECK(contains(pull.report().body, "Towline lost its records of this pull request"));
  for (const forge::Comment& comment : pull.town().bot_comments(pull.number)) {
    CHECK_FALSE(contains(comment.body, "Nothing changes"));
  }
  pull.town().clock->advance(std::chrono::seconds(2));
  REQUIRE(pull.town().sandbox->review(kInfra, pull.number, "bob", true));
  pull.world.settle();
  CHECK_FALSE(pull.merged());
  CHECK(contains(pull.report().body, "must comment /unhold; an approval alone does not end this"));
  // bob is a writer and did not open it.
  pull.say("bob", "/unhold");
  CHECK(pull.merged());
}

TEST_CASE("with the installation's key in the configuration even the data directory may be lost") {
  Promotion pull([](config::ServerConfig& config) { config.key = Secret(std::string(32, 'k')); });
  const auto hold = pull.say("alice", "/hold");
  pull.remove("bob", hold);
  pull.world.settle();
  pull.world.stop();
  std::filesystem::remove_all(pull.town().bot_config().data);
  pull.world.start();
  pull.world.settle();
  CHECK(contains(pull.report().body, "Held by alice"));
  CHECK_FALSE(contains(pull.report().body, "lost its records"));
}

TEST_CASE("a data directory that is not kept: the report from before the hold, put back, does not lift it") {
  Promotion pull([](config::ServerConfig& config) { config.key = Secret(std::string(32, 'k')); });
  const forge::Comment saved = pull.report();
  pull.town().clock->advance(std::chrono::minutes(2));
  const auto hold = pull.say("alice", "/hold");
  REQUIRE(contains(pull.report().body, "Held by alice"));
  pull.world.stop();
  pull.edit("bob", saved.id, saved.body);
  pull.remove("bob", hold);
  std::filesystem::remove_all(pull.town().bot_config().data);
  pull.world.start();
  pull.world.settle();
  CHECK(contains(pull.report().body, "Towline lost its records of this pull request"));
  CHECK_FALSE(pull.merged());
  pull.town().clock->advance(std::chrono::seconds(2));
  REQUIRE(pull.town().sandbox->review(kInfra, pull.number, "bob", true));
  pull.world.settle();
  CHECK_FALSE(pull.merged());
  pull.say("bob", "/unhold");
  CHECK(pull.merged());
}
