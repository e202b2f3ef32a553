#include <catch2/catch.hpp>

#include "fixture.h"

namespace towline::decide {
namespace {

PullDecision decided(const PullSnapshot& snapshot) { return decide_heard(snapshot, at(kNow)); }

PullSnapshot approved(PullSnapshot snapshot) {
  snapshot.reviews.push_back(review(1, "alice", forge::ReviewState::approved, 'b', "2026-11-24T11:00:00Z"));
  return snapshot;
}

forge::CommitStatus status(std::string context, forge::StatusState state) {
  return {std::move(context), state, "", ""};
}

}  // namespace

TEST_CASE("every gate is there, in one order, each with a reason") {
  struct Case {
    std::string gate;
    std::string reason;
  };
  const std::vector<Case> expected = {
      {"config", ".towline.yaml on main is valid."},
      {"policies", "1 check passed."},
      {"approvals", "Approved by alice."},
      {"soak", "'prod' requires no soak time."},
      {"freeze", "No environment that this affects is frozen."},
      {"checks", "No other checks report on this head."},
      {"hold", "Nobody holds it."},
      {"draft", "Not a draft."},
      {"mergeable", "It merges into main without conflicts."},
  };
  const PullDecision decision = decided(approved(bots_pull()));
  REQUIRE(decision.conclusion.gates.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(decision.conclusion.gates[i].name == expected[i].gate);
    CHECK(decision.conclusion.gates[i].reason == expected[i].reason);
    CHECK(decision.conclusion.gates[i].state == GateState::open);
  }
  CHECK(decision.conclusion.may_merge);
}

TEST_CASE("one gate that is not open keeps it from merging and says why") {
  struct Case {
    std::string gate;
    GateState state;
    std::string reason;
    PullSnapshot snapshot;
  };
  std::vector<Case> cases;
  const auto add = [&](std::string gate, GateState state, std::string reason) -> PullSnapshot& {
    cases.push_back({std::move(gate), state, std::move(reason), approved(bots_pull())});
    return cases.back().snapshot;
  };
  add("config", GateState::closed, "This pull request breaks .towline.yaml: .towline.yaml:1:1: unknown key 'x'")
      .evaluation->config_error = ".towline.yaml:1:1: unknown key 'x'";
  add("policies", GateState::closed, "1 policy violation. Push a fix.")
      .evaluation->findings.push_back({policy::Level::fail, "pinned-images", "pay-prod", "", "", "", ""});
  add("policies", GateState::closed, "1 check could not run. Push a fix.")
      .evaluation->findings.push_back({policy::Level::error, "conftest", "pay-prod", "", "", "", ""});
  add("policies", GateState::closed, "1 check could not run. Push a fix.").evaluation->applications[0].problems = {
      "kustomize is not installed"};
  PullSnapshot& soaking = add("soak", GateState::waiting,
                              "Waiting until 2026-11-24T13:00:00Z: the images must have been 4h in 'dev', and are "
                              "there since 2026-11-24T09:00:00Z.");
  soaking.config.environments[1].soak = std::chrono::hours(4);
  PullSnapshot& unproven = add("soak", GateState::closed,
                               "These images must have been 4h in 'dev', and 'dev' does not run them now; merge them "
                               "there first.");
  unproven.config.environments[1].soak = std::chrono::hours(4);
  unproven.proven_since.reset();
  add("freeze", GateState::waiting, "Waiting until 2026-11-25T00:00:00Z: 'prod' is frozen (release day).")
      .config.environments[1]
      .freeze = {{{2}, std::nullopt, std::nullopt, "UTC", "release day"}};
  add("freeze", GateState::closed,
      "Cannot tell whether 'prod' is frozen: the time zone 'Mars/Olympus' is not known here: use an IANA name such "
      "as Europe/Berlin, and see that the system's tzdata is installed.")
      .config.environments[1]
      .freeze = {{{}, std::nullopt, std::nullopt, "Mars/Olympus", ""}};
  add("checks", GateState::waiting, "Waiting for ci/build and ci/test to finish.").statuses = {
      status("ci/test", forge::StatusState::pending), status("ci/build", forge::StatusState::pending)};
  add("checks", GateState::closed, "Failed on this head: ci/test; run them again or push a fix.").statuses = {
      status("ci/build", forge::StatusState::pending), status("ci/test", forge::StatusState::error)};
  add("hold", GateState::closed, "Held by bob: wait for the database. Anyone with write access can comment /unhold.")
      .comments = {comment(1, "bob", "2026-11-24T09:00:00Z", "/hold wait for the database")};
  add("draft", GateState::closed, "This is a draft. Its author must mark it as ready.").pull.draft = true;
  add("mergeable", GateState::closed, "It conflicts with main. Its author must update the branch.")
      .evaluation->conflicts = true;
  add("mergeable", GateState::waiting,
      "The forge refused the merge (2 reviews are required); it is tried again in a few minutes, or after a new "
      "comment.")
      .merge_refused = "2 reviews are required";

  for (const Case& one : cases) {
    INFO(one.gate << ": " << one.reason);
    const PullDecision decision = decided(shown(one.snapshot));
    CHECK(gate(decision, one.gate).state == one.state);
    CHECK(gate(decision, one.gate).reason == one.reason);
    CHECK(others_open(decision, one.gate));
    CHECK_FALSE(decision.conclusion.may_merge);
    CHECK(decision.conclusion.verdict == one.reason);
    CHECK(actions_of<Merge>(decision.plan).empty());
  }
}

TEST_CASE("what could not be evaluated is never passed over") {
  PullSnapshot snapshot = approved(bots_pull());
  SECTION("there is no evaluation") {
    snapshot.evaluation.reset();
    snapshot.evaluation_error = "the head could not be fetched.";
  }
  SECTION("the evaluation is one of another head") {
    snapshot.evaluation->head = commit('a');
    snapshot.evaluation_error = "the head could not be fetched.";
  }
  const PullDecision decision = decided(snapshot);
  CHECK(gate(decision, "policies").state == GateState::closed);
  CHECK(gate(decision, "policies").reason == "The change could not be evaluated: the head could not be fetched.");
  CHECK(gate(decision, "mergeable").state == GateState::waiting);
  CHECK(decision.plan.look_again == at("2026-11-24T12:05:00Z"));
  CHECK(actions_of<Merge>(decision.plan).empty());
}

TEST_CASE("warnings are counted and close nothing") {
  PullSnapshot snapshot = approved(bots_pull());
  snapshot.evaluation->findings.push_back({policy::Level::warn, "resources", "pay-prod", "", "", "", ""});
  snapshot.evaluation->findings.push_back({policy::Level::skipped, "resources", "pay-prod", "", "", "", ""});
  CHECK(gate(decided(snapshot), "policies").reason == "2 checks passed, 1 warning.");
  CHECK(decided(snapshot).conclusion.may_merge);
}

TEST_CASE("soaking ends by itself") {
  PullSnapshot snapshot = approved(bots_pull());
  snapshot.config.environments[1].soak = std::chrono::hours(4);
  CHECK(decided(snapshot).plan.look_again == at("2026-11-24T13:00:00Z"));
  CHECK(gate(decide_heard(snapshot, at("2026-11-24T12:59:59Z")), "soak").state == GateState::waiting);
  CHECK(gate(decide_heard(snapshot, at("2026-11-24T13:00:00Z")), "soak").reason ==
        "The images have been 4h in 'dev' since 2026-11-24T09:00:00Z.");
  CHECK_FALSE(decide_heard(snapshot, at("2026-11-24T13:00:00Z")).plan.look_again);
}

TEST_CASE("what the environment before does not run is not promoted, also when nothing must soak") {
  PullSnapshot snapshot = approved(bots_pull());
  snapshot.proven_since.reset();
  const Gate soak = gate(decided(snapshot), "soak");
  CHECK(soak.state == GateState::closed);
  CHECK(soak.reason ==
        "These images must have been in 'dev', and 'dev' does not run them now; merge them there first.");
}

TEST_CASE("the next look is at the first thing that time changes") {
  PullSnapshot snapshot = approved(bots_pull());
  snapshot.config.environments[1].soak = std::chrono::hours(4);
  snapshot.config.environments[1].freeze = {
      {{2}, std::nullopt, std::chrono::hours(12) + std::chrono::minutes(30), "UTC", ""}};
  CHECK(decided(snapshot).plan.look_again == at("2026-11-24T12:30:00Z"));
}

TEST_CASE("of two freezes with the same end the first is told") {
  PullSnapshot snapshot = approved(bots_pull());
  snapshot.config.environments[1].freeze = {{{2}, std::nullopt, std::nullopt, "UTC", "release day"},
                                            {{2}, std::nullopt, std::nullopt, "UTC", "audit"}};
  CHECK(gate(decided(snapshot), "freeze").reason ==
        "Waiting until 2026-11-25T00:00:00Z: 'prod' is frozen (release day).");
}

TEST_CASE("a freeze of an environment that is not affected does not matter") {
  PullSnapshot snapshot = approved(bots_pull());
  snapshot.config.environments[0].freeze = {config::FreezeWindow{}};
  CHECK(gate(decided(snapshot), "freeze").state == GateState::open);
}

TEST_CASE("the bot's own statuses are not checks") {
  decide::PullSnapshot snapshot = approved(bots_pull());
  snapshot.statuses = {status("towline/merge", towline::forge::StatusState::pending),
                       status("ci/test", towline::forge::StatusState::success)};
  CHECK(gate(decided(snapshot), "checks").reason == "1 other check passed.");
}

TEST_CASE("a hold survives a push and is lifted by anyone with write access") {
  decide::PullSnapshot snapshot = approved(bots_pull());
  snapshot.comments = {comment(1, "bob", "2026-11-24T09:00:00Z", "/hold")};
  CHECK(gate(decided(snapshot), "hold").reason == "Held by bob. Anyone with write access can comment /unhold.");
  snapshot.comments.push_back(comment(2, "mallory", "2026-11-24T11:10:00Z", "/unhold"));
  CHECK(gate(decided(snapshot), "hold").state == decide::GateState::closed);
  snapshot.comments.push_back(comment(3, "carol", "2026-11-24T11:20:00Z", "/unhold"));
  CHECK(gate(decided(snapshot), "hold").state == decide::GateState::open);
}

TEST_CASE("people without write access cannot hold") {
  decide::PullSnapshot snapshot = approved(bots_pull());
  snapshot.comments = {comment(1, "mallory", "2026-11-24T11:00:00Z", "/hold")};
  CHECK(gate(decided(snapshot), "hold").state == decide::GateState::open);
}

TEST_CASE("a broken configuration on the base is noted, and the last good one decides") {
  decide::PullSnapshot snapshot = approved(bots_pull());
  snapshot.config_error = ".towline.yaml:2:1: unknown key 'x'";
  const decide::PullDecision decision = decided(snapshot);
  CHECK(gate(decision, "config").reason == ".towline.yaml on main is broken, so the last good one is in force.");
  CHECK(decision.conclusion.may_merge);
  CHECK(
      decision.conclusion.notes ==
      std::vector<std::string>{".towline.yaml on main is broken, so the last good one is in force: .towline.yaml:2:1: "
                               "unknown key 'x'"});
}

TEST_CASE("a reason is one line however its cause was written") {
  decide::PullSnapshot snapshot = bots_pull();
  snapshot.merge_refused = "no\n\n# really\x1b[31m";
  CHECK(gate(decided(snapshot), "mergeable").reason.find('\n') == std::string::npos);
}

TEST_CASE("an edited comment with a command is noted") {
  decide::PullSnapshot snapshot = bots_pull();
  snapshot.comments = {comment(1, "alice", "2026-11-24T11:00:00Z", "/approve")};
  snapshot.comments[0].edited = true;
  CHECK(decided(snapshot).conclusion.notes ==
        std::vector<std::string>{
            "/approve by alice does not count because the comment was edited: say it in a new one."});
}

}  // namespace towline::decide
