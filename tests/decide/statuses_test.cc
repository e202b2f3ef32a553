#include <catch2/catch.hpp>

#include "fixture.h"

namespace towline::decide {
namespace {

using forge::StatusState;

PullDecision decided(const PullSnapshot& snapshot) { return decide_heard(snapshot, at(kNow)); }

/// "state: description" of the status that is set, "" when it is not.
std::string set(const PullSnapshot& snapshot, std::string_view context) {
  for (const SetStatus& action : actions_of<SetStatus>(decided(snapshot).plan)) {
    if (action.status.context != context) continue;
    return std::string(forge::to_string(action.status.state)) + ": " + action.status.description;
  }
  return "";
}

}  // namespace

TEST_CASE("statuses are set on the head and link the full report") {
  const auto statuses = actions_of<SetStatus>(decided(bots_pull()).plan);
  REQUIRE(statuses.size() == 2);
  CHECK(statuses[0].commit == commit('b'));
  CHECK(statuses[0].status.target_url == "http://towline.example/pulls/gitea/acme/infra/12");
}

TEST_CASE("a status that is as it should be is not set again") {
  const PullSnapshot snapshot = bots_pull();
  const PullSnapshot done = after(snapshot, decided(snapshot).plan);
  CHECK(actions_of<SetStatus>(decided(done).plan).empty());
}

TEST_CASE("towline/policy tells what the checks found") {
  PullSnapshot snapshot = bots_pull();
  CHECK(set(snapshot, "towline/policy") == "success: 1 check passed.");
  snapshot.evaluation->findings.push_back({policy::Level::fail, "raw-secrets", "", "", "", "", ""});
  CHECK(set(snapshot, "towline/policy") == "failure: 1 policy violation. Push a fix.");
  snapshot.evaluation->applications[0].problems = {"kustomize is missing"};
  CHECK(set(snapshot, "towline/policy") == "error: 1 check could not run and 1 policy violation. Push a fix.");
  snapshot.evaluation.reset();
  snapshot.evaluation_error = "no such commit.";
  CHECK(set(snapshot, "towline/policy") == "error: The change could not be evaluated: no such commit.");
}

TEST_CASE("towline/merge waits for people and fails for what is wrong") {
  PullSnapshot snapshot = bots_pull();
  CHECK(set(snapshot, "towline/merge") ==
        "pending: Waiting for 1 approval for 'prod' from anyone with write access except the authors of the change.");
  snapshot.comments = {comment(1, "bob", "2026-11-24T11:00:00Z", "/hold")};
  CHECK(set(snapshot, "towline/merge") == "pending: Held by bob. Anyone with write access can comment /unhold.");
  snapshot.evaluation->conflicts = true;
  CHECK(set(snapshot, "towline/merge") == "failure: It conflicts with main. Its author must update the branch.");
}

TEST_CASE("a pull request that affects nothing gets success, and can still be held") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.evaluation->applications.clear();
  snapshot.evaluation->findings.clear();
  snapshot.evaluation->changed_paths = {"README.md"};
  CHECK(set(snapshot, "towline/policy") == "success: No application is affected.");
  CHECK(set(snapshot, "towline/merge") == "success: No application is affected.");
  snapshot.comments = {comment(1, "bob", "2026-11-24T11:00:00Z", "/hold")};
  CHECK(set(snapshot, "towline/merge") == "pending: Held by bob. Anyone with write access can comment /unhold.");
}

TEST_CASE("towline/config is set where there is something to say of the configuration") {
  PullSnapshot snapshot = bots_pull();
  CHECK(set(snapshot, "towline/config") == "");
  SECTION("the pull request changes it") {
    snapshot.evaluation->touches_config = true;
    CHECK(set(snapshot, "towline/config") == "success: .towline.yaml as changed here is valid.");
  }
  SECTION("the pull request breaks it") {
    snapshot.evaluation->touches_config = true;
    snapshot.evaluation->config_error = ".towline.yaml:1:1: unknown key 'x'";
    CHECK(set(snapshot, "towline/config") ==
          "failure: This pull request breaks .towline.yaml: .towline.yaml:1:1: unknown key 'x'");
  }
  SECTION("the base has a broken one") {
    snapshot.config_error = ".towline.yaml:1:1: unknown key 'x'";
    CHECK(set(snapshot, "towline/config") ==
          "error: .towline.yaml on main is broken, so the last good one is in force.");
  }
  SECTION("the base had a broken one when the status was set") {
    snapshot.statuses = {{"towline/config", StatusState::error, "broken", ""}};
    CHECK(set(snapshot, "towline/config") == "success: .towline.yaml on main is valid.");
  }
}

TEST_CASE("a description is one line of at most 140 bytes") {
  PullSnapshot snapshot = bots_pull();
  snapshot.evaluation.reset();
  snapshot.evaluation_error = std::string(50, 'x') + "\n" + std::string(100, 'x');
  for (const SetStatus& action : actions_of<SetStatus>(decided(snapshot).plan)) {
    CHECK(action.status.description.size() <= 140);
    CHECK(action.status.description.find('\n') == std::string::npos);
  }
}

TEST_CASE("the report is posted once and edited in place when it would say something else") {
  PullSnapshot snapshot = bots_pull();
  snapshot = after(snapshot, decided(snapshot).plan);
  CHECK(actions_of<PublishReport>(decided(snapshot).plan).empty());

  snapshot.pull.draft = true;
  const auto edits = actions_of<PublishReport>(decided(snapshot).plan);
  REQUIRE(edits.size() == 1);
  REQUIRE(edits[0].parts.size() == 1);
  CHECK(edits[0].parts[0].id == 9000);
}

TEST_CASE("of several report comments of the bot the oldest is kept, the others go, and other people's are none") {
  PullSnapshot snapshot = bots_pull();
  snapshot.comments = {comment(3, "mallory", "2026-11-24T10:01:00Z", report_marker({1, "abc", {}})),
                       comment(5, "towline", "2026-11-24T10:03:00Z", report_marker({1, "def", {}})),
                       comment(4, "towline", "2026-11-24T10:02:00Z", report_marker({1, "abc", {}}))};
  const auto edits = actions_of<PublishReport>(decided(snapshot).plan);
  REQUIRE(edits.size() == 1);
  REQUIRE(edits[0].parts.size() == 1);
  CHECK(edits[0].parts[0].id == 4);
  CHECK(edits[0].left_over == std::vector<std::int64_t>{5});
}

TEST_CASE("the report's digest changes with everything that the report shows") {
  const auto digest_of = [](const PullSnapshot& snapshot) {
    return actions_of<PublishReport>(decided(snapshot).plan).at(0).digest;
  };
  const std::string before = digest_of(bots_pull());
  PullSnapshot snapshot = bots_pull();
  SECTION("a finding") { snapshot.evaluation->findings[0].message = "other"; }
  SECTION("a changed field") {
    diff::Change change;
    change.fields = {{"spec.replicas", "1", "2"}};
    snapshot.evaluation->applications[0].diff.changes = {change};
  }
  SECTION("a problem") { snapshot.evaluation->applications[0].problems = {"x"}; }
  SECTION("an image") { snapshot.bump_images[0].to = version("1.6.0"); }
  SECTION("the page") { snapshot.page_url = "http://elsewhere.example/"; }
  CHECK(digest_of(snapshot) != before);
}

TEST_CASE("a report that says the same of another base is not posted again") {
  PullSnapshot snapshot = bots_pull();
  const std::string before = actions_of<PublishReport>(decided(snapshot).plan).at(0).digest;
  snapshot.evaluation->base = commit('c');
  CHECK(actions_of<PublishReport>(decided(snapshot).plan).at(0).digest == before);
}

}  // namespace towline::decide
