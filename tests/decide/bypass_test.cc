#include <catch2/catch.hpp>

#include "fixture.h"

namespace towline::decide {
namespace {

/// bob's pull request with a successful towline/merge that somebody wrote, merged by hand.
PullSnapshot merged_by(const std::string& login) {
  PullSnapshot snapshot = peoples_pull();
  snapshot.pull.open = false;
  snapshot.pull.merged = true;
  snapshot.pull.merged_by = login;
  snapshot.pull.merge_commit = commit('d');
  snapshot.statuses = {{"towline/merge", forge::StatusState::success, "forged", ""}};
  return snapshot;
}

}  // namespace

TEST_CASE("a merge by hand past the gates is called that, and fails the status") {
  const PullSnapshot snapshot = merged_by("mallory");
  const PullDecision decision = decide_heard(snapshot, at(kNow));
  CHECK(decision.conclusion.verdict == "Merged by mallory as dddddddd although Towline blocked it.");
  REQUIRE(decision.conclusion.notes.size() == 1);
  CHECK_THAT(decision.conclusion.notes[0], Catch::StartsWith("Bypassed gate approvals: Waiting for 1 approval"));
  const auto statuses = actions_of<SetStatus>(decision.plan);
  REQUIRE(statuses.size() == 1);
  CHECK(statuses[0].commit == snapshot.pull.head);
  CHECK(statuses[0].status.state == forge::StatusState::failure);
  CHECK(decide_heard(after(snapshot, decision.plan), at(kNow)).plan.actions.empty());
}

TEST_CASE("a merge by hand of what was approved is just a merge") {
  PullSnapshot snapshot = merged_by("carol");
  snapshot.comments.push_back(comment(1, "alice", "2026-11-24T11:00:00Z", "/approve"));
  const PullDecision decision = decide_heard(snapshot, at(kNow));
  CHECK(decision.conclusion.verdict == "Merged by carol as dddddddd.");
  CHECK(actions_of<SetStatus>(decision.plan).empty());
}

TEST_CASE("a hold that was merged past is named with who holds") {
  PullSnapshot snapshot = merged_by("mallory");
  snapshot.comments = {comment(1, "alice", "2026-11-24T11:00:00Z", "/approve"),
                       comment(2, "carol", "2026-11-24T11:01:00Z", "/hold incident")};
  const PullDecision decision = decide_heard(snapshot, at(kNow));
  REQUIRE(decision.conclusion.notes.size() == 1);
  CHECK_THAT(decision.conclusion.notes[0], Catch::StartsWith("Bypassed gate hold: Held by carol: incident"));
}

TEST_CASE("merges by the bot, and from before it was installed, bypass nothing") {
  CHECK(decide_heard(merged_by("Towline"), at(kNow)).conclusion.notes.empty());
  PullSnapshot before = merged_by("mallory");
  before.statuses.clear();
  CHECK(decide_heard(before, at(kNow)).conclusion.verdict == "Merged by mallory as dddddddd.");
}

}  // namespace towline::decide
