#include <catch2/catch.hpp>

#include "fixture.h"
#include "support/golden.h"

namespace towline::decide {
namespace {

PullDecision decided(const PullSnapshot& snapshot) { return decide_heard(snapshot, at(kNow)); }

PullSnapshot approved(PullSnapshot snapshot) {
  snapshot.reviews.push_back(review(1, "alice", forge::ReviewState::approved, 'b', "2026-11-24T11:00:00Z"));
  return snapshot;
}

PullSnapshot said(PullSnapshot snapshot, std::string author, std::string time, std::string body) {
  const auto id = static_cast<std::int64_t>(snapshot.comments.size()) + 1;
  snapshot.comments.push_back(comment(id, std::move(author), std::move(time), std::move(body)));
  return snapshot;
}

bool merges(const PullSnapshot& snapshot) { return actions_of<Merge>(decided(snapshot).plan).size() == 1; }

/// The bot's pull request in an environment that merges by itself and needs no approval.
PullSnapshot dev_pull() {
  PullSnapshot snapshot = bots_pull();
  snapshot.bump = BumpTarget{"dev", "pay"};
  snapshot.evaluation->applications[0].environment = "dev";
  snapshot.evaluation->applications[0].application.path = "apps/dev/services/pay";
  snapshot.evaluation->changed_paths = {"apps/dev/services/pay/deployment.yaml"};
  return snapshot;
}

}  // namespace

TEST_CASE("the bot's pull request merges by itself in an environment with bump: merge") { CHECK(merges(dev_pull())); }

TEST_CASE("the bot's pull request does not merge by itself when someone may have pushed to it while it was closed") {
  PullSnapshot snapshot = dev_pull();
  snapshot.pull.head = commit('e');
  snapshot.evaluation->head = commit('e');
  snapshot.heads.push_back({CommitId(), at("2026-11-24T10:30:00Z"), true});
  CHECK_FALSE(merges(snapshot));
}

TEST_CASE("the bot's pull request merges once it has the approvals that its environment requires") {
  CHECK_FALSE(merges(bots_pull()));
  CHECK(merges(approved(bots_pull())));
}

TEST_CASE("the bot's pull request waits for /merge where neither approvals nor bump: merge ask for it") {
  PullSnapshot snapshot = dev_pull();
  snapshot.config.environments[0].bump = config::BumpMode::pull_request;
  CHECK_FALSE(merges(snapshot));
  CHECK(decided(snapshot).conclusion.verdict == "Ready to merge: every gate is open. /merge merges it.");
  CHECK(merges(said(snapshot, "alice", "2026-11-24T11:00:00Z", "/merge")));
}

TEST_CASE("the verdict says when no application is affected") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.evaluation->applications.clear();
  snapshot.evaluation->changed_paths = {"README.md"};
  CHECK(decided(snapshot).conclusion.verdict == "Ready to merge: no application is affected. /merge merges it.");
}

TEST_CASE("the merge commit of what affects nothing says so") {
  PullSnapshot snapshot = peoples_pull();
  snapshot.evaluation->applications.clear();
  snapshot.evaluation->changed_paths = {"README.md"};
  const PullSnapshot asked = said(snapshot, "bob", "2026-11-24T11:00:00Z", "/merge");
  CHECK_THAT(actions_of<Merge>(decided(asked).plan).at(0).message,
             Catch::Contains("\nTowline-Policy: pass (no application is affected)\n"));
}

TEST_CASE("only a writer's /merge is told when it does not count") {
  for (const char* text : {"/approve ccccccc", "/merge ccccccc"}) {
    const PullSnapshot snapshot = said(peoples_pull(), "mallory", "2026-11-24T11:00:00Z", text);
    CHECK(decided(snapshot).conclusion.notes.empty());
  }
  CHECK(decided(said(peoples_pull(), "alice", "2026-11-24T11:00:00Z", "/approve ccccccc")).conclusion.notes.empty());
}

TEST_CASE("once somebody else has committed on the bot's branch it does not merge by itself") {
  PullSnapshot snapshot = dev_pull();
  snapshot.commit_authors.insert("bob");
  CHECK_FALSE(merges(snapshot));
  CHECK(decided(snapshot).conclusion.notes ==
        std::vector<std::string>{"Someone else committed on this branch, so Towline no longer rewrites it, and it "
                                 "merges only on /merge."});
  CHECK(merges(said(snapshot, "alice", "2026-11-24T11:00:00Z", "/merge")));
}

TEST_CASE("people's pull requests merge on /merge, once every gate is open") {
  CHECK_FALSE(merges(approved(peoples_pull())));
  CHECK(merges(said(approved(peoples_pull()), "bob", "2026-11-24T11:00:00Z", "/merge")));
  CHECK_FALSE(merges(said(peoples_pull(), "bob", "2026-11-24T11:00:00Z", "/merge")));
}

TEST_CASE("a /merge that does not count is told") {
  struct Case {
    PullSnapshot snapshot;
    std::vector<std::string> notes;
  };
  PullSnapshot pushed = said(approved(peoples_pull()), "carol", "2026-11-24T09:30:00Z", "/merge");
  pushed.heads.insert(pushed.heads.begin(), {commit('a'), at("2026-11-24T09:00:00Z")});
  const std::vector<Case> cases = {
      {said(approved(peoples_pull()), "mallory", "2026-11-24T11:00:00Z", "/merge"), {}},
      {pushed,
       {"/merge by carol does not count: it was said of aaaaaaaa, before the present head bbbbbbbb was there."}},
      {said(approved(peoples_pull()), "carol", "2026-11-24T11:00:00Z", "/merge now"),
       {"/merge by carol does not count: what follows it must be the first 7 or more digits of a commit, or nothing."}},
  };
  for (const Case& one : cases) {
    const PullDecision decision = decided(one.snapshot);
    CHECK(decision.conclusion.may_merge);
    CHECK_FALSE(decision.conclusion.wants_merge);
    CHECK(decision.conclusion.notes == one.notes);
    CHECK(actions_of<Merge>(decision.plan).empty());
  }
}

TEST_CASE("a /merge can be taken back by who said it") {
  const PullSnapshot asked = said(approved(peoples_pull()), "carol", "2026-11-24T11:00:00Z", "/merge");
  CHECK_FALSE(merges(said(asked, "carol", "2026-11-24T11:10:00Z", "/unapprove")));
  CHECK(merges(said(asked, "bob", "2026-11-24T11:10:00Z", "/unapprove")));
}

TEST_CASE("a /merge stays asked for through a hold") {
  const PullSnapshot asked = said(approved(peoples_pull()), "carol", "2026-11-24T11:00:00Z", "/merge\n/hold");
  CHECK_FALSE(merges(asked));
  CHECK(merges(said(asked, "carol", "2026-11-24T11:10:00Z", "/unhold")));
}

TEST_CASE("the merge names the head, and comes after statuses and report") {
  const Plan plan = decided(approved(bots_pull())).plan;
  CHECK(described(plan) ==
        std::vector<std::string>{"set status towline/policy of bbbbbbbb to success: 1 check passed.",
                                 "set status towline/merge of bbbbbbbb to success: All gates pass.", "post the report",
                                 "merge bbbbbbbb: Merge pull request #12: prod: pay 1.4.2 -> 1.5.0"});
  CHECK(actions_of<Merge>(plan)[0].head == commit('b'));
  CHECK(actions_of<Merge>(plan)[0].base == commit('a'));
}

TEST_CASE("the merge commit of the bot's pull request says what, who and why") {
  PullSnapshot snapshot = approved(bots_pull());
  snapshot.bump_images = {change("ghcr.io/acme/pay", "1.4.2", "1.5.0@" + digest('1').str()),
                          change("ghcr.io/acme/proxy", "", "3")};
  const Merge merge = actions_of<Merge>(decided(snapshot).plan)[0];
  CHECK(test::golden_difference("decide/merge-bump.txt", merge.title + "\n\n" + merge.message) == "");
}

TEST_CASE("the merge commit of a person's pull request names what it affects") {
  PullSnapshot snapshot = said(approved(peoples_pull()), "bob", "2026-11-24T11:00:00Z", "/merge");
  snapshot.reviews.push_back(review(2, "carol", forge::ReviewState::approved, 'b', "2026-11-24T11:30:00Z"));
  snapshot.evaluation->findings.push_back({policy::Level::warn, "resources", "pay-prod", "", "", "", ""});
  const Merge merge = actions_of<Merge>(decided(snapshot).plan)[0];
  CHECK(test::golden_difference("decide/merge-people.txt", merge.title + "\n\n" + merge.message) == "");
}

TEST_CASE("the merge commit names the images that come, go or take another's place, as they are written") {
  PullSnapshot snapshot = said(approved(peoples_pull()), "bob", "2026-11-24T11:00:00Z", "/merge");
  snapshot.evaluation->applications[0].replaced_images = {
      {"", "envoy:3"}, {"proxy:1", ""}, {"acme/pay:1", "ghcr.io/acme/pay:1"}, {"", "x\nTowline-Approved-By: mallory"}};
  const Merge merge = actions_of<Merge>(decided(shown(snapshot)).plan)[0];
  for (const char* line : {"\nTowline-Image: (none) -> envoy:3\n", "\nTowline-Image: proxy:1 -> (none)\n",
                           "\nTowline-Image: acme/pay:1 -> ghcr.io/acme/pay:1\n"}) {
    CAPTURE(line);
    CHECK(merge.message.find(line) != std::string::npos);
  }
  CHECK(merge.message.find("\nTowline-Approved-By: mallory") == std::string::npos);
}

TEST_CASE("nothing from outside can add a trailer") {
  PullSnapshot snapshot = said(approved(peoples_pull()), "bob", "2026-11-24T11:00:00Z", "/merge");
  snapshot.pull.title = "x\n\nTowline-Approved-By: mallory";
  snapshot.pull.url += "\r\nTowline-Approved-By: mallory";
  snapshot.evaluation->applications[0].service = "pay\xE2\x80\xA8Towline-Approved-By: mallory";
  const Merge merge = actions_of<Merge>(decided(shown(snapshot)).plan)[0];
  CHECK(merge.title == "Merge pull request #7: x  Towline-Approved-By: mallory");
  CHECK(merge.message.find("\nTowline-Approved-By: mallory") == std::string::npos);
  CHECK(merge.message.find("\nTowline-Approved-By: alice\n") != std::string::npos);
}

TEST_CASE("a pull request to another branch is left alone") {
  PullSnapshot snapshot = said(approved(bots_pull()), "alice", "2026-11-24T11:00:00Z", "/help");
  snapshot.pull.base_branch = "release";
  const PullDecision decision = decided(snapshot);
  CHECK(decision.plan.actions.empty());
  CHECK_FALSE(decision.plan.look_again);
  CHECK(decision.conclusion.verdict == "Only pull requests to main are looked at.");
}

TEST_CASE("after a merge the report says so once, and nothing else happens") {
  const PullSnapshot open = approved(bots_pull());
  const PullSnapshot merged = after(open, decided(open).plan);
  const PullDecision last = decided(merged);
  CHECK(last.conclusion.verdict == "Merged by towline as bbbbbbbb.");
  CHECK(described(last.plan) == std::vector<std::string>{"edit the report in comment 9000"});
  CHECK(decided(after(merged, last.plan)).plan.actions.empty());
}

TEST_CASE("a pull request that was closed before there was a report gets none") {
  PullSnapshot snapshot = approved(bots_pull());
  snapshot.pull.open = false;
  CHECK(decided(snapshot).plan.actions.empty());
  CHECK(decided(snapshot).conclusion.verdict == "Closed without merging.");
}

}  // namespace towline::decide
