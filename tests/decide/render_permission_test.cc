#include "decide/people/render_permission.h"

#include <catch2/catch.hpp>

#include "fixture.h"

namespace towline::decide {
namespace {

/// mallory's from a fork: head 'b' pushed at 10:00; nothing of it was rendered.
PullSnapshot fork_pull() {
  PullSnapshot snapshot = peoples_pull();
  snapshot.pull.author = "mallory";
  snapshot.pull.from_fork = true;
  snapshot.pull.fork_owner = "mallory";
  snapshot.commit_authors = {"mallory"};
  snapshot.heads = {{commit('b'), at("2026-11-24T10:00:00Z")}};
  snapshot.evaluation.reset();
  return snapshot;
}

PullSnapshot said(PullSnapshot snapshot, std::string author, std::string time, std::string body = "/ok-to-test") {
  const auto id = static_cast<std::int64_t>(snapshot.comments.size()) + 1;
  snapshot.comments.push_back(comment(id, std::move(author), std::move(time), std::move(body)));
  return snapshot;
}

PullDecision decided(const PullSnapshot& snapshot) { return decide_heard(snapshot, at(kNow)); }

}  // namespace

TEST_CASE("a pull request from a fork is not rendered, and is told why and who can have it rendered") {
  const PullDecision decision = decided(fork_pull());
  const std::string sentence =
      "Not rendered: it comes from a fork. Someone with write access other than mallory must comment /ok-to-test on "
      "bbbbbbbb.";
  CHECK(decision.conclusion.verdict == sentence);
  CHECK(gate(decision, "policies").state == GateState::closed);
  CHECK_FALSE(decision.conclusion.may_merge);
  const auto statuses = actions_of<SetStatus>(decision.plan);
  REQUIRE(statuses.size() == 2);
  for (const SetStatus& action : statuses) {
    CHECK(action.status.state == forge::StatusState::pending);
    CHECK(action.status.description == sentence);
  }
}

TEST_CASE("a writer's word for the very head lets it be rendered") {
  const RenderPermission leave = render_permission(heard(said(fork_pull(), "alice", "2026-11-24T10:00:01Z")));
  CHECK(leave.needed);
  CHECK(leave.given);
  CHECK(leave.by == "alice");
}

TEST_CASE("what does not let it be rendered") {
  struct Case {
    std::string name;
    PullSnapshot snapshot;
    std::vector<std::string> remarks;
  };
  PullSnapshot pushed = said(fork_pull(), "alice", "2026-11-24T10:00:01Z");
  pushed.heads.push_back({commit('c'), at("2026-11-24T11:00:00Z")});
  pushed.pull.head = commit('c');
  PullSnapshot writing_author = said(fork_pull(), "Bob", "2026-11-24T10:00:01Z");
  writing_author.pull.author = "bob";
  PullSnapshot edited = said(fork_pull(), "alice", "2026-11-24T10:00:01Z");
  edited.edited_comments = {1};
  PullSnapshot unknown_heads = said(fork_pull(), "alice", "2026-11-24T10:00:01Z");
  unknown_heads.heads.clear();
  PullSnapshot same_diff = pushed;
  same_diff.evaluation = peoples_pull().evaluation;
  same_diff.evaluation->head = commit('c');
  const std::string older =
      "/ok-to-test by alice does not count: it was said of bbbbbbbb, before the present head "
      "cccccccc was there.";
  const Case cases[] = {
      {"nobody said it", fork_pull(), {}},
      {"someone without write access", said(fork_pull(), "mallory", "2026-11-24T10:00:01Z"), {}},
      {"the author, who can write, whatever the case of the name",
       writing_author,
       {"/ok-to-test by Bob does not count: nobody says it of their own pull request."}},
      {"the bot", said(fork_pull(), "towline", "2026-11-24T10:00:01Z"), {}},
      {"a comment that was edited", edited, {}},
      {"in the second of the push",
       said(fork_pull(), "alice", "2026-11-24T10:00:00.900Z"),
       {"/ok-to-test by alice does not count: the command raced with a push; please repeat it."}},
      {"of an earlier head", pushed, {older}},
      {"of an earlier head with the same rendered change",
       same_diff,
       {"/ok-to-test by alice does not count: it was said of an earlier head."}},
      {"of another commit by name",
       said(fork_pull(), "alice", "2026-11-24T10:00:01Z", "/ok-to-test ccccccc"),
       {"/ok-to-test by alice does not count: it names another commit than the head at that time, bbbbbbbb."}},
      {"where the forge does not tell the heads",
       unknown_heads,
       {"/ok-to-test by alice does not count: the forge does not tell when commits were pushed; a review names its "
        "commit and counts."}},
  };
  for (const Case& test : cases) {
    DYNAMIC_SECTION(test.name) {
      const RenderPermission leave = render_permission(heard(test.snapshot));
      CHECK_FALSE(leave.given);
      CHECK(leave.remarks == test.remarks);
      CHECK_FALSE(decided(test.snapshot).conclusion.may_merge);
      CHECK(gate(decided(test.snapshot), "policies").state == GateState::closed);
    }
  }
}

TEST_CASE("who needs nobody's word") {
  PullSnapshot snapshot = peoples_pull();
  CHECK_FALSE(render_permission(heard(snapshot)).needed);
  CHECK_FALSE(render_permission(bots_pull()).needed);
  snapshot.pull.author = "mallory";
  CHECK(render_permission(heard(snapshot)).needed);
  CHECK(render_permission(heard(snapshot)).why_not ==
        "Not rendered: it is by mallory, who has no write access. Someone with write access other than mallory must "
        "comment "
        "/ok-to-test on bbbbbbbb.");
  snapshot.pull.merged = true;
  CHECK_FALSE(render_permission(heard(snapshot)).needed);
}

TEST_CASE("a fork that is merged or closed needs it still: its branch may have been pushed to since") {
  PullSnapshot snapshot = fork_pull();
  snapshot.pull.open = false;
  CHECK_FALSE(render_permission(heard(snapshot)).given);
  snapshot.pull.merged = true;
  CHECK_FALSE(render_permission(heard(snapshot)).given);
}

TEST_CASE("while it is being rendered nothing is green, nothing is answered, and the rest of the report stays") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.evaluation.reset();
  snapshot.rendering = Rendering{3};
  snapshot.statuses = {{"ci", forge::StatusState::failure, "", ""}};
  snapshot.comments = {comment(1, "alice", "2026-11-24T11:00:00Z", "/help"),
                       comment(2, "towline", "2026-11-24T10:01:00Z", report_marker({1, "abc", {"def"}})),
                       comment(3, "towline", "2026-11-24T10:01:00Z", report_marker({2, "def", {}}))};
  const PullDecision decision = decided(snapshot);
  CHECK(decision.conclusion.verdict == "Rendering 3 applications: what changes is not known yet.");
  CHECK_FALSE(decision.conclusion.may_merge);
  CHECK(actions_of<Reply>(decision.plan).empty());
  const auto statuses = actions_of<SetStatus>(decision.plan);
  REQUIRE(statuses.size() == 2);
  for (const SetStatus& action : statuses) {
    CHECK(action.status.state == forge::StatusState::pending);
    CHECK(action.status.description == decision.conclusion.verdict);
  }
  const auto reports = actions_of<PublishReport>(decision.plan);
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].interim);
  CHECK(reports[0].left_over.empty());
}

}  // namespace towline::decide
