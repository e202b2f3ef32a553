#include "promote/ledger.h"

#include <catch2/catch.hpp>

#include "fixture.h"

namespace towline::promote {
namespace {

using forge::ReviewState;

std::vector<SeenWord> in_ledger(const PullSnapshot& snapshot) {
  const auto words = read_ledger(decide_pull(snapshot, at(kNow)).conclusion.ledger);
  REQUIRE(words);
  return *words;
}

}  // namespace

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

}  // namespace towline::promote
