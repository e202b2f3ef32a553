#include "decide/people/people.h"

#include <catch2/catch.hpp>

#include "fixture.h"

namespace towline::decide {
namespace {

std::string unknown(const PullSnapshot& snapshot) { return People(snapshot).unknown_pushers(); }

config::Environment needing(std::vector<std::string> approvers) {
  config::Environment environment;
  environment.name = "prod";
  environment.approvals = 1;
  environment.approvers = std::move(approvers);
  return environment;
}

constexpr std::string_view kRemedy = "; whoever pushed it opens a new pull request from its branch";

}  // namespace

TEST_CASE("a team that is not known has no approvers") {
  const PullSnapshot snapshot = peoples_pull();
  const People people(snapshot);
  CHECK_FALSE(people.is_approver(needing({"team:payments"}), "alice"));
  CHECK(people.possible_approvers(needing({"team:payments"})) == 0);
  PullSnapshot known = snapshot;
  known.teams = {{"payments", {"Alice"}}, {"others", {"carol"}}};
  const People with_team(known);
  CHECK(with_team.is_approver(needing({"team:payments"}), "alice"));
  CHECK_FALSE(with_team.is_approver(needing({"team:payments"}), "carol"));
  CHECK(with_team.possible_approvers(needing({"team:payments"})) == 1);
}

TEST_CASE("with approvers named nobody else is one, and without anybody is") {
  const PullSnapshot snapshot = peoples_pull();
  const People people(snapshot);
  CHECK(people.is_approver(needing({"Alice"}), "alice"));
  CHECK_FALSE(people.is_approver(needing({"alice"}), "carol"));
  CHECK_FALSE(people.is_approver(needing({"alice"}), "team:alice"));
  CHECK(people.is_approver(needing({}), "carol"));
  // Writers, no bots, not who wrote it
  CHECK(people.possible_approvers(needing({})) == 2);
}

TEST_CASE("the bot and other programs are bots, in whatever letters") {
  const PullSnapshot snapshot = peoples_pull();
  const People people(snapshot);
  CHECK(people.is_bot("Towline"));
  CHECK(people.is_bot("renovate[bot]"));
  CHECK_FALSE(people.is_bot("towline2"));
}

TEST_CASE("who opened it, made one of its commits or pushed to it wrote it") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.commit_authors = {"Carol"};
  snapshot.pushers = {"Dave"};
  const People people(snapshot);
  CHECK(people.wrote_it("BOB"));
  CHECK(people.wrote_it("carol"));
  CHECK(people.wrote_it("dave"));
  CHECK_FALSE(people.wrote_it("alice"));
}

TEST_CASE("somebody else committed when an author or a pusher is not the bot") {
  PullSnapshot snapshot = bots_pull();
  CHECK_FALSE(People(snapshot).others_committed());
  snapshot.pushers = {"Towline"};
  CHECK_FALSE(People(snapshot).others_committed());
  SECTION("a commit") { snapshot.commit_authors.insert("bob"); }
  SECTION("a push") { snapshot.pushers.insert("bob"); }
  SECTION("nobody knows") { snapshot.pushes_recorded = false; }
  CHECK(People(snapshot).others_committed());
}

TEST_CASE("pushers are known where a writer opened it and pushed while it was open") {
  CHECK(unknown(peoples_pull()) == "");
  CHECK(unknown(bots_pull()) == "");
  PullSnapshot untold = peoples_pull();
  untold.heads.clear();
  CHECK(unknown(untold) == "");
}

TEST_CASE("who pushed a branch that somebody opened who cannot push is unknown") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.pull.author = "mallory";
  snapshot.pushes_recorded = false;
  const std::string reason =
      "the forge does not tell who pushed bbbbbbbb, because mallory, who opened it, cannot "
      "push there" +
      std::string(kRemedy);
  CHECK(unknown(snapshot) == reason);
  snapshot.heads.clear();
  CHECK(unknown(snapshot) == reason);
  // A name like a program's gives no rights
  snapshot.pull.author = "mallory[bot]";
  CHECK(unknown(snapshot) != "");
  // Unless signed deliveries told each push
  snapshot.pushes_recorded = true;
  CHECK(unknown(snapshot) == "");
}

TEST_CASE("whoever opened a pull request is not taken for the pusher of what was on the branch before") {
  // Given a branch that alice may have pushed under bob's name, and bob, a writer, opened a pull request from
  PullSnapshot snapshot = peoples_pull();
  snapshot.pushes_recorded = false;
  snapshot.heads.push_back({commit('c'), at("2026-11-24T10:30:00Z")});
  snapshot.pull.head = commit('c');
  const std::string reason =
      "Towline was not told who pushed bbbbbbbb before the pull request was opened; push it to a branch of a new name "
      "while Towline receives push webhooks, and open a new pull request from there";
  CHECK(unknown(snapshot) == reason);
  snapshot.heads.clear();
  snapshot.pull.head = commit('b');
  CHECK(unknown(snapshot) == reason);
  snapshot.heads = peoples_pull().heads;
  // When alice approves, it does not count
  snapshot.reviews = {review(1, "alice", forge::ReviewState::approved, 'b', "2026-11-24T11:00:00Z")};
  const PullDecision decision = decide_heard(snapshot, at(kNow));
  CHECK(decision.conclusion.approvals.empty());
  CHECK_THAT(gate(decision, "approvals").reason,
             Catch::EndsWith("The approval by alice does not count: " + reason + "."));
}

TEST_CASE("the bot can push although it is not listed among the writers") {
  PullSnapshot snapshot = bots_pull();
  snapshot.writers.erase("towline");
  CHECK(unknown(snapshot) == "");
}

TEST_CASE("who pushed to a fork is known where its owner opened the pull request") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.pull.author = "mallory";
  snapshot.pushes_recorded = false;
  snapshot.pull.from_fork = true;
  snapshot.pull.fork_owner = "Mallory";
  CHECK(unknown(snapshot) == "");
  snapshot.pull.fork_owner = "alice";
  CHECK(unknown(snapshot) != "");
  snapshot.pull.fork_owner = "";
  CHECK(unknown(snapshot) != "");
  // A writer cannot push to another's fork
  snapshot.pull.author = "bob";
  CHECK(unknown(snapshot) != "");
}

TEST_CASE("a second account without rights does not let somebody approve their own push") {
  // Given a branch that alice pushed, and mallory, her second account, opened a pull request from
  PullSnapshot snapshot = peoples_pull();
  snapshot.pull.author = "mallory";
  snapshot.pushes_recorded = false;
  snapshot.commit_authors = {"mallory"};
  snapshot.reviews = {review(1, "alice", forge::ReviewState::approved, 'b', "2026-11-24T11:00:00Z")};
  PullDecision decision = decide_heard(snapshot, at(kNow));
  CHECK(decision.conclusion.approvals.empty());
  CHECK(gate(decision, "approvals").state == GateState::waiting);
  CHECK_THAT(gate(decision, "approvals").reason,
             Catch::EndsWith("The approval by alice does not count: " + unknown(snapshot) + "."));
  // When deliveries told that it was alice, nobody but alice is kept from approving
  snapshot.pushes_recorded = true;
  snapshot.pushers = {"alice"};
  snapshot.reviews.push_back(review(2, "carol", forge::ReviewState::approved, 'b', "2026-11-24T11:00:00Z"));
  // A pull request by someone who cannot write is rendered once a writer has allowed that
  snapshot.comments = {comment(1, "carol", "2026-11-24T10:30:00Z", "/ok-to-test")};
  decision = decide_heard(snapshot, at(kNow));
  REQUIRE(decision.conclusion.approvals.size() == 1);
  CHECK(decision.conclusion.approvals[0].user == "carol");
}

TEST_CASE("who pushed before the target branch was changed is unknown unless it was recorded") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.heads.push_back({commit('b'), at("2026-11-24T10:30:00Z"), false, true});
  snapshot.pushes_recorded = false;
  CHECK(unknown(snapshot) ==
        "the forge does not tell who pushed bbbbbbbb, because its target branch was changed" + std::string(kRemedy));
  snapshot.pushes_recorded = true;
  CHECK(unknown(snapshot) == "");
}

TEST_CASE("a head that the forge's history has not reached yet has unknown pushers") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.pull.head = commit('c');
  CHECK(unknown(snapshot) == "the forge does not tell yet who pushed cccccccc");
  snapshot.pushes_recorded = true;
  CHECK(unknown(snapshot) == "the forge does not tell yet who pushed cccccccc");
}

TEST_CASE("a head that may have come while the pull request was closed has unknown pushers") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.heads.insert(snapshot.heads.begin(), {CommitId(), at("2026-11-24T09:00:00Z"), true});
  CHECK(unknown(snapshot) ==
        "the forge does not tell who pushed bbbbbbbb, because the pull request was closed and "
        "opened again; open a new one from its branch");
}

}  // namespace towline::decide
