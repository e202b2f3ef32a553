#include <catch2/catch.hpp>

#include "fixture.h"
#include "support/golden.h"

namespace towline::decide {
namespace {

PullDecision decided(const PullSnapshot& snapshot) { return decide_heard(snapshot, at(kNow)); }

PullSnapshot said(PullSnapshot snapshot, std::string author, std::string body) {
  const auto id = static_cast<std::int64_t>(snapshot.comments.size()) + 1;
  snapshot.comments.push_back(comment(id, std::move(author), "2026-11-24T11:00:00Z", std::move(body)));
  return snapshot;
}

/// The bodies of the replies without their markers.
std::vector<std::string> replies(const PullSnapshot& snapshot) {
  std::vector<std::string> bodies;
  for (const Reply& reply : actions_of<Reply>(decided(snapshot).plan)) {
    bodies.push_back(reply.body.substr(0, reply.body.find("\n\n<!--")));
  }
  return bodies;
}

PullSnapshot merged_in_dev() {
  PullSnapshot snapshot = bots_pull();
  snapshot.pull.open = false;
  snapshot.pull.merged = true;
  snapshot.bump = BumpTarget{"dev", "pay"};
  snapshot.evaluation->applications[0].environment = "dev";
  snapshot.evaluation->changed_paths = {"apps/dev/services/pay/deployment.yaml"};
  WantedBump promotion;
  promotion.target = {"prod", "pay"};
  promotion.from = "dev";
  promotion.images = {change("ghcr.io/acme/pay", "1.4.2", "1.5.0")};
  snapshot.promotions = {promotion};
  return snapshot;
}

}  // namespace

TEST_CASE("/help lists the commands of the one table") {
  CHECK(test::golden_difference("decide/help.md", replies(said(bots_pull(), "mallory", "/help")).at(0)) == "");
}

TEST_CASE("a reply names the comment it answers and comes once") {
  const PullSnapshot asked = said(bots_pull(), "alice", "/help");
  const auto first = actions_of<Reply>(decided(asked).plan);
  REQUIRE(first.size() == 1);
  CHECK(first[0].to == 1);
  CHECK(find_reply_target(first[0].body) == 1);
  CHECK(actions_of<Reply>(decided(after(asked, decided(asked).plan)).plan).empty());
}

TEST_CASE("somebody else's copy of a reply answers nothing") {
  CHECK(replies(said(said(bots_pull(), "alice", "/help"), "mallory", reply_marker(1))).size() == 1);
}

TEST_CASE("commands that cannot be done are answered with why") {
  struct Case {
    std::string author;
    std::string body;
    std::string reply;
  };
  const std::vector<Case> cases = {
      {"alice", "/aprove", "`/aprove` is not a command. Did you mean /approve? `/help` lists them all."},
      {"alice", "/frobnicate", "`/frobnicate` is not a command. `/help` lists them all."},
      {"mallory", "/merge",
       "`/merge` takes write access to acme/infra, which `mallory` does not have. Someone who has it can say it."},
      {"mallory", "/promote",
       "`/promote` takes write access to acme/infra, which `mallory` does not have. Someone who has it can say it."},
      {"bob", "/approve",
       "Nobody approves what they wrote, and `bob` opened this pull request or made one of its commits. Someone else "
       "with write access can approve."},
      {"alice", "/approve please",
       "`/approve` takes no argument, or a commit SHA of at least 7 digits, so this one is ignored."},
      {"alice", "/promote", "Only a merged pull request can be promoted. Comment `/promote` again after the merge."},
  };
  for (const Case& one : cases) {
    INFO(one.body);
    CHECK(replies(said(peoples_pull(), one.author, one.body)) == std::vector<std::string>{one.reply});
  }
}

TEST_CASE("what the report shows needs no reply") {
  for (const char* body : {"/approve", "/hold because", "/unhold", "/unapprove", "/merge", "just words", "> /help"}) {
    INFO(body);
    CHECK(replies(said(bots_pull(), "alice", body)).empty());
  }
}

TEST_CASE("edited comments and bots get no reply") {
  PullSnapshot edited = said(bots_pull(), "alice", "/help");
  edited.comments[0].edited = true;
  CHECK(replies(edited).empty());
  CHECK(replies(said(bots_pull(), "towline", "/help")).empty());
  CHECK(replies(said(bots_pull(), "renovate[bot]", "/help")).empty());
}

TEST_CASE("several commands of one comment get one reply") {
  const auto bodies = replies(said(bots_pull(), "alice", "/aprove\n/foo\n/aprove"));
  REQUIRE(bodies.size() == 1);
  CHECK(bodies[0] ==
        "`/aprove` is not a command. Did you mean /approve? `/help` lists them all.\n\n"
        "`/foo` is not a command. `/help` lists them all.");
}

TEST_CASE("/promote on a merged pull request opens the next one and then says so") {
  const Plan plan = decided(said(merged_in_dev(), "alice", "/promote")).plan;
  CHECK(described(plan) ==
        std::vector<std::string>{"open a pull request for towline/prod/pay: prod: pay 1.4.2 -> 1.5.0",
                                 "answer comment 1"});
  CHECK(actions_of<UpsertBump>(plan)[0].wanted.target == BumpTarget{"prod", "pay"});
  CHECK(replies(said(merged_in_dev(), "alice", "/promote prod")) ==
        std::vector<std::string>{"Asked for, and brought up to date where it is open already:\n\n"
                                 "- `prod: pay 1.4.2 -> 1.5.0` on the branch `towline/prod/pay`"});
}

TEST_CASE("asking twice for a promotion opens it once") {
  const PullSnapshot twice = said(said(merged_in_dev(), "alice", "/promote"), "bob", "/promote prod");
  CHECK(actions_of<UpsertBump>(decided(twice).plan).size() == 1);
  CHECK(actions_of<Reply>(decided(twice).plan).size() == 2);
}

TEST_CASE("a promotion that cannot be is answered with why") {
  struct Case {
    std::string body;
    std::string reply;
  };
  const std::vector<Case> cases = {
      {"/promote prd", "There is no environment `prd`; did you mean `prod`?"},
      {"/promote mars", "There is no environment `mars`."},
      {"/promote dev", "`dev` is not promoted from any environment."},
      {"/promote",
       "There is nothing to promote to `prod`: it already runs these images or newer ones, or has no such service."},
      {"/promote prod",
       "There is nothing to promote to `prod`: it already runs these images or newer ones, or has no such service."},
  };
  for (const Case& one : cases) {
    INFO(one.body);
    PullSnapshot snapshot = said(merged_in_dev(), "alice", one.body);
    snapshot.promotions.clear();
    CHECK(replies(snapshot) == std::vector<std::string>{one.reply});
    CHECK(actions_of<UpsertBump>(decided(snapshot).plan).empty());
  }
}

TEST_CASE("from the last environment nothing is promoted") {
  PullSnapshot snapshot = said(bots_pull(), "alice", "/promote");
  snapshot.pull.open = false;
  snapshot.pull.merged = true;
  CHECK(replies(snapshot) ==
        std::vector<std::string>{"No environment is promoted from one that this pull request affects."});
}

TEST_CASE("a pull request that is over answers nothing but /promote, and that only when merged") {
  CHECK(replies(said(merged_in_dev(), "alice", "/help")).empty());
  PullSnapshot closed = said(merged_in_dev(), "alice", "/promote");
  closed.pull.merged = false;
  CHECK(decided(closed).plan.actions.empty());
}

TEST_CASE("a reply shows what was written as itself and mentions nobody") {
  const auto bodies = replies(said(merged_in_dev(), "alice", "/promote `<b>@team|x`"));
  REQUIRE(bodies.size() == 1);
  CHECK(bodies[0] == "There is no environment `\xE2\x80\xB2<b>@team\xC2\xA6x\xE2\x80\xB2`.");
}

}  // namespace towline::decide
