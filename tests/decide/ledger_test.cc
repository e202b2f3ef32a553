#include "decide/ledger.h"

#include <catch2/catch.hpp>

#include "fixture.h"

namespace towline::decide {
namespace {

using forge::ReviewState;

std::vector<SeenWord> in_ledger(const PullSnapshot& snapshot) {
  const auto words = read_ledger(decide_pull(snapshot, at(kNow)).conclusion.ledger);
  REQUIRE(words);
  return *words;
}

SeenWord word(Sight sight, std::string author, std::string_view time, std::string_view text) {
  SeenWord made;
  made.sight = sight;
  made.id = 50;
  made.author = made.by = std::move(author);
  made.at = made.seen = at(time);
  made.commands = chatops::parse_commands(text);
  return made;
}

}  // namespace

TEST_CASE("a hold that was edited in stays when its comment is gone") {
  PullSnapshot snapshot = bots_pull();
  snapshot.words = {word(Sight::edited, "alice", "2026-11-24T11:00:00Z", "/hold for the database")};
  CHECK(gate(decide_pull(snapshot, at(kNow)), "hold").state == GateState::closed);
}

TEST_CASE("after a loss of the records only /unhold answers, and no command that says nothing about a hold") {
  PullSnapshot snapshot = bots_pull();
  snapshot.words = {word(Sight::lost, "", "2026-11-24T11:00:00Z", "")};
  const auto hold_after = [&](std::string_view text) {
    PullSnapshot said = snapshot;
    said.comments = {comment(1, "alice", "2026-11-24T11:30:00Z", std::string(text))};
    return gate(decide_heard(said, at(kNow)), "hold").state;
  };
  CHECK(hold_after("/merge") == GateState::closed);
  CHECK(hold_after("/approve") == GateState::closed);
  CHECK(hold_after("/unhold") == GateState::open);
}

TEST_CASE("an answer of the bot that somebody edited gets its text back") {
  PullSnapshot snapshot = bots_pull();
  snapshot.comments = {comment(9, "towline", "2026-11-24T11:00:00Z", "Nothing to see here")};
  snapshot.foreign = {9};
  snapshot.own[9] = {0, 5, "the answer"};
  auto restored = actions_of<RestoreComment>(decide_pull(snapshot, at(kNow)).plan);
  REQUIRE(restored.size() == 1);
  CHECK(restored[0].id == 9);
  CHECK(restored[0].comment.body == "the answer");
  CHECK(restored[0].comment.reply_to == 5);
  snapshot.own.clear();
  restored = actions_of<RestoreComment>(decide_pull(snapshot, at(kNow)).plan);
  REQUIRE(restored.size() == 1);
  CHECK(restored[0].comment.body == "*Somebody else edited this comment of Towline, so its text was removed.*\n");
}

TEST_CASE("the ledger carries writers' requests for changes, each person's last") {
  PullSnapshot snapshot = bots_pull();
  snapshot.reviews = {review(1, "alice", ReviewState::approved, 'b', "2026-11-24T11:00:00Z"),
                      review(2, "mallory", ReviewState::changes_requested, 'b', "2026-11-24T11:00:00Z")};
  CHECK(in_ledger(snapshot).empty());
  snapshot.reviews = {review(5, "bob", ReviewState::changes_requested, 'b', "2026-11-24T11:30:00Z"),
                      review(4, "Bob", ReviewState::changes_requested, 'b', "2026-11-24T11:30:00Z"),
                      review(3, "bob", ReviewState::changes_requested, 'a', "2026-11-24T11:00:00Z")};
  const auto words = in_ledger(snapshot);
  REQUIRE(words.size() == 1);
  CHECK(words[0].sight == Sight::review);
  CHECK(words[0].id == 5);
  CHECK(words[0].author == "bob");
  CHECK(words[0].head == commit('b'));
  CHECK(words[0].at == at("2026-11-24T11:30:00Z"));
}

}  // namespace towline::decide
