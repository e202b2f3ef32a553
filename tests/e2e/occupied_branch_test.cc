// Somebody who may write uses a branch that the bot would write.
#include <catch2/catch.hpp>

#include "engine/keys.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

constexpr std::string_view kOccupied = "towline/prod/gateway";

void commit_there(Town& town) {
  REQUIRE(town.sandbox->commit(kInfra, kOccupied, {{"notes.md", "mine\n"}}, "alice", "Mine"));
}

/// New images of a service whose branch is occupied, and of one that comes after it.
void push_two_images(World& world) {
  world.push_image("ghcr.io/acme/gateway", "9.0.0", kDigest);
  world.push_image("ghcr.io/acme/pay", "9.0.0", kDigest);
  world.settle();
}

std::vector<std::string> refusals(World& world) {
  const auto report = world.engine().reconcile(engine::repo_key("sandbox", kInfra));
  REQUIRE(report);
  return report->refusals;
}

}  // namespace

TEST_CASE("a branch with somebody's commits in the bot's namespace stops the promotion of its own service alone") {
  World world;
  Town& town = world.town();
  commit_there(town);
  const CommitId theirs = town.as_bot()->branch(kInfra, kOccupied).value().head;

  push_two_images(world);

  CHECK(town.pull_on("towline/prod/pay").open);
  CHECK(town.as_bot()->branch(kInfra, kOccupied).value().head == theirs);
  CHECK(refusals(world) ==
        std::vector<std::string>{"prod/gateway: the branch towline/prod/gateway in acme/infra has commits by someone "
                                 "else; Towline does not touch it: delete or merge it"});
  const auto whole = world.engine().reconcile_all();
  REQUIRE(whole);
  CHECK(whole->refusals.size() == 1);

  SECTION("and the next look after the branch is gone makes it") {
    REQUIRE(town.as_bot()->delete_branch(kInfra, kOccupied));
    CHECK(refusals(world).empty());
    CHECK(town.pull_on(kOccupied).open);
  }
}

TEST_CASE("so does a pull request that somebody opened from a branch in the bot's namespace") {
  World world;
  Town& town = world.town();
  commit_there(town);
  REQUIRE(town.sandbox->open_pull(kInfra, "alice", kOccupied, "Mine", ""));

  push_two_images(world);

  CHECK(town.pull_on("towline/prod/pay").open);
  CHECK(town.pull_on(kOccupied).author == "alice");
  CHECK(refusals(world).size() == 1);
}
