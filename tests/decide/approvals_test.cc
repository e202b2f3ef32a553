#include <catch2/catch.hpp>

#include "decide/shown.h"
#include "fixture.h"

namespace towline::decide {
namespace {

using forge::ReviewState;

constexpr std::string_view kMissing =
    "Waiting for 1 approval for 'prod' from anyone with write access except the authors of the change.";

/// The approvals gate of the snapshot.
Gate approvals(const PullSnapshot& snapshot) { return gate(decide_heard(snapshot, at(kNow)), "approvals"); }

PullSnapshot with_comment(PullSnapshot snapshot, std::string author, std::string time, std::string body) {
  snapshot.comments.push_back(comment(1, std::move(author), std::move(time), std::move(body)));
  return snapshot;
}

PullSnapshot with_review(PullSnapshot snapshot, std::string author, ReviewState state, char head) {
  snapshot.reviews.push_back(review(1, std::move(author), state, head, "2026-11-24T11:00:00Z"));
  return snapshot;
}

/// Head 'b' at 10:00, replaced by head 'c' at 11:00.
PullSnapshot pushed_again() {
  PullSnapshot snapshot = bots_pull();
  snapshot.heads = {{commit('b'), at("2026-11-24T10:00:00Z")}, {commit('c'), at("2026-11-24T11:00:00Z")}};
  snapshot.pull.head = commit('c');
  snapshot.evaluation->head = commit('c');
  snapshot.shown.push_back({commit('c'), commit('a'), snapshot.shown[0].digest, at("2026-11-24T11:00:00Z")});
  return snapshot;
}

}  // namespace

TEST_CASE("without an approval the gate waits and says who can give it") {
  const Gate gate = approvals(bots_pull());
  CHECK(gate.state == GateState::waiting);
  CHECK(gate.reason == kMissing);
}

TEST_CASE("a writer's /approve in a new comment counts") {
  const auto snapshot = with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "Fine.\n\n/approve");
  const PullDecision decision = decide_heard(snapshot, at(kNow));
  CHECK(gate(decision, "approvals").state == GateState::open);
  CHECK(gate(decision, "approvals").reason == "Approved by alice.");
  REQUIRE(decision.conclusion.approvals.size() == 1);
  CHECK(decision.conclusion.approvals[0].user == "alice");
  CHECK(decision.conclusion.approvals[0].head == commit('b'));
}

TEST_CASE("a review that approves the head counts") {
  CHECK(approvals(with_review(bots_pull(), "alice", ReviewState::approved, 'b')).reason == "Approved by alice.");
}

TEST_CASE("what does not count is told") {
  struct Case {
    std::string name;
    PullSnapshot snapshot;
    std::string reason;
  };
  PullSnapshot edited = with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "/approve");
  edited.comments[0].edited = true;
  PullSnapshot edited_by_webhook = with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "/approve");
  edited_by_webhook.edited_comments = {1};
  PullSnapshot blind = with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "/approve");
  blind.heads.clear();
  PullSnapshot committed = with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "/approve");
  committed.commit_authors.insert("Alice");
  const std::vector<Case> cases = {
      {"edited", edited, ""},
      {"edited, as a webhook told", edited_by_webhook, ""},
      {"the bot", with_comment(bots_pull(), "towline", "2026-11-24T11:00:00Z", "/approve"), ""},
      {"another bot", with_comment(bots_pull(), "renovate[bot]", "2026-11-24T11:00:00Z", "/approve"), ""},
      {"quoted", with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "> /approve"), ""},
      {"no access", with_comment(bots_pull(), "mallory", "2026-11-24T11:00:00Z", "/approve"),
       " The approval by mallory does not count: only people with write access to acme/infra approve."},
      {"made a commit, in other letters", committed,
       " The approval by alice does not count: nobody approves what they wrote."},
      {"heads unknown", blind,
       " The approval by alice does not count: the forge does not tell when commits were pushed; a review names its "
       "commit and counts."},
      {"before the pull request", with_comment(bots_pull(), "alice", "2026-11-24T09:59:59Z", "/approve"),
       " The approval by alice does not count: the command raced with a push; please repeat it."},
      {"something behind it", with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "/approve nice"),
       " The approval by alice does not count: what follows it must be the first 7 or more digits of a commit, or "
       "nothing."},
      {"another commit named", with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "/approve ccccccc"),
       " The approval by alice does not count: it names another commit than the head at that time, bbbbbbbb."},
      {"a review of an earlier head", with_review(bots_pull(), "alice", ReviewState::approved, 'a'),
       " The approval by alice does not count: it was given for aaaaaaaa, before the present head bbbbbbbb was there."},
      {"a mere comment", with_review(bots_pull(), "alice", ReviewState::commented, 'b'), ""},
      {"a dismissed review", with_review(bots_pull(), "alice", ReviewState::dismissed, 'b'), ""},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    const PullDecision decision = decide_heard(one.snapshot, at(kNow));
    CHECK(gate(decision, "approvals").state == GateState::waiting);
    CHECK_THAT(gate(decision, "approvals").reason, Catch::StartsWith("Waiting for 1 approval for 'prod' from "));
    CHECK_THAT(gate(decision, "approvals").reason, Catch::EndsWith(one.reason.empty() ? "the change." : one.reason));
    CHECK(decision.conclusion.approvals.empty());
    CHECK(actions_of<Merge>(decision.plan).empty());
  }
}

TEST_CASE("nobody approves their own pull request") {
  const auto snapshot = with_comment(peoples_pull(), "bob", "2026-11-24T11:00:00Z", "/approve");
  CHECK(approvals(snapshot).reason ==
        std::string(kMissing) + " The approval by bob does not count: nobody approves what they wrote.");
}

TEST_CASE("an approval that names the head counts for it") {
  CHECK(approvals(with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "/approve bbbbbbb")).state ==
        GateState::open);
}

TEST_CASE("an approval is for the head from before the second it was said in") {
  struct Case {
    std::string time;
    GateState state;
  };
  const std::vector<Case> cases = {
      {"2026-11-24T10:59:59Z", GateState::waiting},
      {"2026-11-24T11:00:00Z", GateState::waiting},
      {"2026-11-24T11:00:00.900Z", GateState::waiting},
      {"2026-11-24T11:00:01Z", GateState::open},
  };
  for (const Case& one : cases) {
    INFO(one.time);
    PullSnapshot snapshot = with_comment(pushed_again(), "alice", one.time, "/approve");
    snapshot.shown[0].digest = "0ther";
    CHECK(approvals(snapshot).state == one.state);
  }
}

TEST_CASE("what was said in the second of the first known head counts for nothing: it may be a later push") {
  CHECK(approvals(with_comment(bots_pull(), "alice", "2026-11-24T10:00:00.500Z", "/approve")).state ==
        GateState::waiting);
  CHECK(approvals(with_comment(bots_pull(), "alice", "2026-11-24T10:00:01Z", "/approve")).state == GateState::open);
}

TEST_CASE("an approval survives a push after which the same is shown") {
  PullSnapshot snapshot = with_review(pushed_again(), "alice", ReviewState::approved, 'b');
  CHECK(approvals(snapshot).reason == "Approved by alice (given for bbbbbbbb, whose rendered change is the same).");
  CHECK(decide_heard(snapshot, at(kNow)).conclusion.approvals[0].carried);
  // An approval of the very head says more
  snapshot.comments = {comment(1, "alice", "2026-11-24T11:30:00Z", "/approve")};
  CHECK(approvals(snapshot).reason == "Approved by alice.");
}

TEST_CASE("an approval does not survive a push when something else may have changed") {
  PullSnapshot same = with_review(pushed_again(), "alice", ReviewState::approved, 'b');
  same.reviews[0].submitted = at("2026-11-24T10:30:00Z");
  REQUIRE(approvals(same).state == GateState::open);
  evaluate::Evaluation& evaluation = *same.evaluation;
  const auto shown_as_it_is = [&] { same.shown[0].digest = shown_digest(evaluation); };
  SECTION("something else was shown") { same.shown[0].digest = "0ther"; }
  SECTION("nothing was shown") { same.shown[0].digest = ""; }
  SECTION("what was shown is not known") { same.shown.erase(same.shown.begin()); }
  SECTION("the configuration is touched") {
    evaluation.touches_config = true;
    shown_as_it_is();
  }
  SECTION("the configuration is broken") {
    evaluation.config_error = "line 1";
    shown_as_it_is();
  }
  SECTION("it conflicts") {
    evaluation.conflicts = true;
    shown_as_it_is();
  }
  SECTION("a file outside the applications is changed") {
    evaluation.changed_paths.push_back("ci/deploy.sh");
    shown_as_it_is();
  }
  SECTION("a file beside the application's directory is changed") {
    evaluation.changed_paths.push_back("apps/prod/services/payments.yaml");
    shown_as_it_is();
  }
  SECTION("an application could not be rendered") {
    evaluation.applications[0].problems = {"no kustomize"};
    shown_as_it_is();
  }
  SECTION("the evaluation is one of another head") { evaluation.head = commit('b'); }
  SECTION("there is no evaluation") { same.evaluation.reset(); }
  CHECK(approvals(same).state == GateState::waiting);
}

TEST_CASE("documentation and the file that declares an application carry an approval over a push") {
  PullSnapshot same = with_review(pushed_again(), "alice", ReviewState::approved, 'b');
  same.reviews[0].submitted = at("2026-11-24T10:30:00Z");
  same.evaluation->applications[0].application.declared_in = "apps/root/pay.yaml";
  for (const char* path :
       {"README.md", "docs/x.yaml", "a/LICENSE", "CODEOWNERS", "a.adoc", "b.rst", "apps/root/pay.yaml"}) {
    same.evaluation->changed_paths.push_back(path);
  }
  same.shown[0].digest = shown_digest(*same.evaluation);
  CHECK(approvals(same).state == GateState::open);
}

TEST_CASE("/unapprove takes one's own approval back, and only what came before it") {
  PullSnapshot snapshot = with_comment(bots_pull(), "alice", "2026-11-24T11:00:00Z", "/approve");
  snapshot.comments.push_back(comment(2, "alice", "2026-11-24T11:01:00Z", "/unapprove"));
  CHECK(approvals(snapshot).state == GateState::waiting);
  snapshot.comments.push_back(comment(3, "alice", "2026-11-24T11:02:00Z", "/approve"));
  CHECK(approvals(snapshot).state == GateState::open);
  snapshot.comments.push_back(comment(4, "bob", "2026-11-24T11:03:00Z", "/unapprove"));
  CHECK(approvals(snapshot).state == GateState::open);
}

TEST_CASE("/unapprove takes a review's approval back") {
  PullSnapshot snapshot = with_review(bots_pull(), "alice", ReviewState::approved, 'b');
  snapshot.comments.push_back(comment(2, "alice", "2026-11-24T11:00:00Z", "/unapprove"));
  CHECK(approvals(snapshot).state == GateState::waiting);
}

TEST_CASE("a program's review neither approves nor objects") {
  for (const char* login : {"towline", "Towline", "renovate[bot]"}) {
    INFO(login);
    PullSnapshot snapshot = bots_pull();
    snapshot.pull.author = "carol";
    snapshot.writers.insert(login);
    CHECK(approvals(with_review(snapshot, login, ReviewState::approved, 'b')).state == GateState::waiting);
    snapshot = with_review(snapshot, login, ReviewState::changes_requested, 'b');
    snapshot.reviews.push_back(review(2, "alice", ReviewState::approved, 'b', "2026-11-24T11:30:00Z"));
    CHECK(approvals(snapshot).reason == "Approved by alice.");
  }
}

TEST_CASE("of one person's reviews the last that takes a side counts") {
  PullSnapshot snapshot = with_review(bots_pull(), "alice", ReviewState::approved, 'b');
  snapshot.reviews.push_back(review(2, "alice", ReviewState::commented, 'b', "2026-11-24T11:10:00Z"));
  snapshot.reviews.push_back(review(3, "alice", ReviewState::pending, 'b', "2026-11-24T11:10:00Z"));
  CHECK(approvals(snapshot).reason == "Approved by alice.");
  PullSnapshot dismissed = snapshot;
  dismissed.reviews.push_back(review(4, "alice", ReviewState::dismissed, 'b', "2026-11-24T11:20:00Z"));
  CHECK(approvals(dismissed).state == GateState::waiting);
  PullSnapshot objected = snapshot;
  objected.reviews.push_back(review(4, "alice", ReviewState::changes_requested, 'b', "2026-11-24T11:20:00Z"));
  CHECK(approvals(objected).state == GateState::closed);
  // In one second the higher number is the later
  PullSnapshot at_once = bots_pull();
  at_once.reviews = {review(2, "alice", ReviewState::approved, 'b', "2026-11-24T11:00:00Z"),
                     review(1, "alice", ReviewState::changes_requested, 'b', "2026-11-24T11:00:00Z")};
  CHECK(approvals(at_once).reason == "Approved by alice.");
}

TEST_CASE("of one person's approvals of the head the first is told") {
  PullSnapshot snapshot = with_review(bots_pull(), "alice", ReviewState::approved, 'b');
  snapshot.comments = {comment(1, "alice", "2026-11-24T11:30:00Z", "/approve")};
  const auto counting = decide_heard(snapshot, at(kNow)).conclusion.approvals;
  REQUIRE(counting.size() == 1);
  CHECK(counting[0].at == at("2026-11-24T11:00:00Z"));
}

TEST_CASE("an approval in the second of the requested changes does not lift them") {
  PullSnapshot snapshot = with_review(bots_pull(), "bob", ReviewState::changes_requested, 'b');
  snapshot.comments.push_back(comment(2, "bob", "2026-11-24T11:00:00.900Z", "/approve"));
  CHECK(approvals(snapshot).state == GateState::closed);
  snapshot.comments[0].created = at("2026-11-24T11:00:01Z");
  CHECK(approvals(snapshot).reason == "Approved by bob.");
}

TEST_CASE("requested changes close the gate whoever else approves") {
  PullSnapshot snapshot = with_review(bots_pull(), "bob", ReviewState::changes_requested, 'b');
  snapshot.reviews.push_back(review(2, "alice", ReviewState::approved, 'b', "2026-11-24T11:30:00Z"));
  CHECK(approvals(snapshot).state == GateState::closed);
  CHECK(approvals(snapshot).reason == "Changes requested by bob. Approving, or dismissing the review, lifts this.");
}

TEST_CASE("requested changes are lifted by the same person's approval or by dismissing them") {
  PullSnapshot snapshot = with_review(bots_pull(), "bob", ReviewState::changes_requested, 'b');
  SECTION("a later review") {
    snapshot.reviews.push_back(review(2, "bob", ReviewState::approved, 'b', "2026-11-24T11:30:00Z"));
  }
  SECTION("a later comment") { snapshot.comments.push_back(comment(2, "bob", "2026-11-24T11:30:00Z", "/approve")); }
  CHECK(approvals(snapshot).reason == "Approved by bob.");
}

TEST_CASE("an approval from before the requested changes does not lift them") {
  PullSnapshot snapshot = with_review(bots_pull(), "bob", ReviewState::changes_requested, 'b');
  snapshot.comments.push_back(comment(2, "bob", "2026-11-24T10:30:00Z", "/approve"));
  CHECK(approvals(snapshot).state == GateState::closed);
}

TEST_CASE("people without write access cannot close the gate") {
  const auto snapshot = with_review(bots_pull(), "mallory", ReviewState::changes_requested, 'b');
  CHECK(approvals(snapshot).state == GateState::waiting);
}

TEST_CASE("only the named approvers and members of named teams count") {
  PullSnapshot snapshot = bots_pull();
  snapshot.config.environments[1].approvals = 2;
  snapshot.config.environments[1].approvers = {"Alice", "team:payments"};
  snapshot.teams = {{"payments", {"carol", "dave"}}};
  CHECK(approvals(snapshot).reason == "Waiting for 2 approvals for 'prod' from Alice or team payments.");
  snapshot.reviews.push_back(review(1, "bob", ReviewState::approved, 'b', "2026-11-24T11:00:00Z"));
  snapshot.reviews.push_back(review(2, "dave", ReviewState::approved, 'b', "2026-11-24T11:00:00Z"));
  snapshot.reviews.push_back(review(3, "alice", ReviewState::approved, 'b', "2026-11-24T11:00:00Z"));
  CHECK(approvals(snapshot).reason ==
        "Waiting for 1 more approval for 'prod' from Alice or team payments. The approval by dave does not count: "
        "only people with write access to acme/infra approve. The approval by bob does not count: bob is not among the "
        "approvers.");
  snapshot.reviews.push_back(review(4, "carol", ReviewState::approved, 'b', "2026-11-24T11:00:00Z"));
  CHECK(approvals(snapshot).reason == "Approved by alice and carol.");
}

TEST_CASE("when too few can approve the gate says so") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.config.environments[1].approvers = {"bob"};
  CHECK(approvals(snapshot).reason ==
        "Waiting for 1 approval for 'prod' from bob (only 0 of them can: it takes write access, and not having "
        "written it).");
}

TEST_CASE("what belongs to no environment, and the configuration, need what all environments need") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.evaluation->applications[0].environment = "";
  snapshot.evaluation->changed_paths = {"infra/dns/zone.yaml"};
  SECTION("an application of no environment") {}
  SECTION("the configuration") {
    snapshot.evaluation->applications.clear();
    snapshot.evaluation->touches_config = true;
  }
  CHECK(approvals(snapshot).reason == kMissing);
}

TEST_CASE("what affects nothing needs no approval") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.evaluation->applications.clear();
  snapshot.evaluation->findings.clear();
  snapshot.evaluation->changed_paths = {"README.md"};
  CHECK(approvals(snapshot).reason == "No approval is required.");
}

TEST_CASE("a file in a service's directory affects its environment even when no application shows it") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.evaluation->applications.clear();
  CHECK(approvals(snapshot).reason == kMissing);
}

TEST_CASE("nothing that was approved counts for a head that may have been pushed while the pull request was closed") {
  // Given a head that came between closing and opening again
  PullSnapshot snapshot = with_review(bots_pull(), "alice", ReviewState::approved, 'e');
  snapshot.pull.head = commit('e');
  snapshot.evaluation->head = commit('e');
  snapshot = shown(snapshot);
  snapshot.heads.push_back({CommitId(), at("2026-11-24T10:30:00Z"), true});
  CHECK(approvals(snapshot).state == GateState::waiting);
  CHECK(decide_heard(snapshot, at(kNow)).conclusion.approvals.empty());
  // And also when somebody known pushes on top of it
  snapshot.heads.push_back({commit('e'), at("2026-11-24T10:45:00Z")});
  CHECK(decide_heard(snapshot, at(kNow)).conclusion.approvals.empty());
  // But the head that was there before is told
  snapshot = with_review(bots_pull(), "alice", ReviewState::approved, 'b');
  snapshot.heads.push_back({CommitId(), at("2026-11-24T10:30:00Z"), true});
  CHECK(approvals(snapshot).state == GateState::open);
}

}  // namespace towline::decide
