#include "decide/gates/merge_check.h"

#include <catch2/catch.hpp>

#include "fixture.h"

namespace towline::decide {
namespace {

constexpr std::string_view kDifference =
    "main moved from aaaaaaaa to eeeeeeee just before the merge, so 1 file differs (a@b.yaml)";

PullSnapshot merged(std::optional<MergeCheck> check) {
  PullSnapshot snapshot = bots_pull();
  snapshot.pull.open = false;
  snapshot.pull.merged = true;
  snapshot.pull.merged_by = "towline";
  snapshot.pull.merge_commit = commit('d');
  snapshot.merge_check = std::move(check);
  return snapshot;
}

PullDecision decided(const PullSnapshot& snapshot) { return decide_heard(snapshot, at(kNow)); }

}  // namespace

TEST_CASE("a merge of the evaluated tree is recorded, and that is all") {
  const PullSnapshot snapshot = merged(MergeCheck{true, "", false});
  CHECK(described(decided(snapshot).plan) == std::vector<std::string>{"record that merge dddddddd is as evaluated"});
  CHECK(decided(snapshot).conclusion.verdict == "Merged by towline as dddddddd.");
  CHECK(decided(after(snapshot, decided(snapshot).plan)).plan.actions.empty());
  CHECK(decided(merged(std::nullopt)).plan.actions.empty());
}

TEST_CASE("a merge of another tree fails the status, is told in a comment, and then recorded") {
  const PullSnapshot snapshot = merged(MergeCheck{false, std::string(kDifference), false});
  const PullDecision decision = decided(snapshot);
  CHECK(described(decision.plan) ==
        std::vector<std::string>{
            "set status towline/merge of dddddddd to failure: The merged tree is not the one that was evaluated and "
            "approved: main moved from aaaaaaaa to eeeeeeee just before the merge, so 1 file dif…",
            "set status towline/merge of bbbbbbbb to failure: The merged tree is not the one that was evaluated and "
            "approved: main moved from aaaaaaaa to eeeeeeee just before the merge, so 1 file dif…",
            "answer comment 0", "record that merge dddddddd differs from what was evaluated"});
  const auto replies = actions_of<Reply>(decision.plan);
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].body == "**The merged tree is not the one that was evaluated and approved:** `" +
                               std::string(kDifference) +
                               "`\n\nCompare the merge commit with what the report showed, and revert it if the "
                               "difference is not wanted.\n\n<!-- towline:reply to=0 -->\n");
  CHECK(decision.conclusion.verdict == "Merged by towline as dddddddd.");
  CHECK(decision.conclusion.notes ==
        std::vector<std::string>{
            "The merged tree is not the one that was evaluated and approved: " + std::string(kDifference) + "."});
  const PullSnapshot next = after(snapshot, decision.plan);
  CHECK(next.merge_check->recorded);
  CHECK(decided(next).plan.actions.empty());
}

TEST_CASE("a process that ended between the comment and the record does not comment twice") {
  PullSnapshot snapshot = merged(MergeCheck{false, std::string(kDifference), false});
  snapshot.comments.push_back(comment(1, "Towline", kNow.data(), "earlier\n\n" + reply_marker(0)));
  CHECK(actions_of<Reply>(decided(snapshot).plan).empty());
  CHECK(actions_of<RecordMergeCheck>(decided(snapshot).plan).size() == 1);
  // What somebody else writes is no comment of the bot's
  snapshot.comments[0].author = "mallory";
  CHECK(actions_of<Reply>(decided(snapshot).plan).size() == 1);
  // And an answer to a comment is another one
  snapshot.comments[0] = comment(1, "towline", kNow.data(), "earlier\n\n" + reply_marker(1));
  CHECK(actions_of<Reply>(decided(snapshot).plan).size() == 1);
}

TEST_CASE("a recorded difference stays in the report") {
  const PullDecision decision = decided(merged(MergeCheck{false, std::string(kDifference), true}));
  CHECK(decision.plan.actions.empty());
  REQUIRE(decision.conclusion.notes.size() == 1);
  CHECK_THAT(decision.conclusion.notes[0], Catch::Contains("is not the one that was evaluated"));
}

TEST_CASE("without a merge commit only the head's status fails") {
  PullSnapshot snapshot = merged(MergeCheck{false, "x", false});
  snapshot.pull.merge_commit = CommitId();
  const auto statuses = actions_of<SetStatus>(decided(snapshot).plan);
  REQUIRE(statuses.size() == 1);
  CHECK(statuses[0].commit == commit('b'));
}

}  // namespace towline::decide
