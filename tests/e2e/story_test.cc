#include <catch2/catch.hpp>

#include "base/text.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {
constexpr std::string_view kDevFile = "apps/dev/services/pay/deployment.yaml";
constexpr std::string_view kProdFile = "apps/prod/services/pay/deployment.yaml";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }
}  // namespace

TEST_CASE("an image travels from the registry to prod") {
  World world;
  Town& town = world.town();
  const std::string dev_before = town.file(kDevFile);
  const std::string prod_before = town.file(kProdFile);

  world.push_image("ghcr.io/acme/pay", "1.5.0", kDigest);
  world.settle();

  const auto dev = town.pull_on("towline/dev/pay");
  CHECK(dev.title == "dev: pay 1.4.2 -> 1.5.0");
  CHECK(dev.merged);
  CHECK(contains(town.file(kDevFile), "ghcr.io/acme/pay:1.5.0"));

  const auto prod = town.pull_on("towline/prod/pay");
  CHECK(prod.title == "prod: pay 1.4.2 -> 1.5.0");
  REQUIRE(prod.open);
  CHECK(contains(prod.body, dev.url));
  const auto waiting = town.status(prod.head, "towline/merge");
  REQUIRE(waiting);
  CHECK(waiting->state == forge::StatusState::pending);
  CHECK(town.file(kProdFile) == prod_before);

  town.say(prod.number, "alice", "/approve");
  world.settle();

  CHECK(town.pull_on("towline/prod/pay").merged);
  const std::string prod_after = town.file(kProdFile);
  CHECK(contains(prod_after, "ghcr.io/acme/pay:1.5.0@" + std::string(kDigest)));
  CHECK(town.pulls().size() == 2);
  CHECK(town.bot_comments(dev.number).size() == 1);
  CHECK(town.bot_comments(prod.number).size() == 1);
}

TEST_CASE("the same image again, and an older one, do nothing") {
  World world;
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.settle();
  const auto before = world.town().pulls().size();
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.push_image("ghcr.io/acme/pay", "1.4.9");
  world.push_image("ghcr.io/acme/pay", "1.4.2");
  world.settle();
  CHECK(world.town().pulls().size() == before);
}

TEST_CASE("a newer image updates the pull request that waits") {
  World world;
  Town& town = world.town();
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.settle();
  const auto first = town.pull_on("towline/prod/pay");
  world.push_image("ghcr.io/acme/pay", "1.6.0");
  world.settle();
  const auto second = town.pull_on("towline/prod/pay");
  CHECK(second.number == first.number);
  CHECK(second.title == "prod: pay 1.4.2 -> 1.6.0");
  CHECK(second.head != first.head);
}

TEST_CASE("an approval for an older head does not merge a newer one") {
  World world;
  Town& town = world.town();
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.settle();
  const auto first = town.pull_on("towline/prod/pay");
  town.say(first.number, "alice", "/hold until the release notes are out");
  town.say(first.number, "alice", "/approve");
  world.settle();
  REQUIRE(town.pull_on("towline/prod/pay").open);
  world.push_image("ghcr.io/acme/pay", "1.6.0");
  world.settle();
  town.say(first.number, "alice", "/unhold");
  world.settle();
  CHECK(town.pull_on("towline/prod/pay").open);
  town.say(first.number, "alice", "/approve");
  world.settle();
  CHECK(town.pull_on("towline/prod/pay").merged);
}

TEST_CASE("nobody without write access, nobody by editing, and nobody by quoting approves") {
  World world;
  Town& town = world.town();
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.settle();
  const auto prod = town.pull_on("towline/prod/pay");
  town.say(prod.number, "carol", "/approve");
  const auto harmless = town.say(prod.number, "bob", "looks fine");
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->edit_comment(kInfra, harmless, "/approve"));
  town.say(prod.number, "alice", "> /approve\nis what carol said");
  world.settle();
  CHECK(town.pull_on("towline/prod/pay").open);
}

TEST_CASE("a person's pull request gets a report and merges when approved and asked to") {
  World world;
  Town& town = world.town();
  std::string text = town.file(kProdFile);
  const auto at = text.find("ghcr.io/acme/pay:1.4.2");
  REQUIRE(at != std::string::npos);
  text.replace(at, 22, "ghcr.io/acme/pay:1.4.3");
  REQUIRE(town.sandbox->commit(kInfra, "hotfix", {{std::string(kProdFile), text}}, "bob", "Hotfix pay"));
  town.clock->advance(std::chrono::seconds(2));
  const auto number = town.sandbox->open_pull(kInfra, "bob", "hotfix", "Hotfix pay", "");
  REQUIRE(number);
  world.settle();
  const auto comments = town.bot_comments(*number);
  REQUIRE(comments.size() == 1);
  CHECK(contains(comments.front().body, "1.4.3"));

  town.say(*number, "bob", "/approve");
  town.say(*number, "bob", "/merge");
  world.settle();
  CHECK(town.pull_on("hotfix").open);

  town.say(*number, "alice", "/approve");
  world.settle();
  CHECK(town.pull_on("hotfix").merged);
}

TEST_CASE("a pull request that affects nothing is told so, with success") {
  World world;
  Town& town = world.town();
  REQUIRE(town.sandbox->commit(kInfra, "docs", {{"docs/notes.txt", "hello\n"}}, "bob", "Notes"));
  const auto number = town.sandbox->open_pull(kInfra, "bob", "docs", "Notes", "");
  REQUIRE(number);
  world.settle();
  const auto pull = town.pull_on("docs");
  const auto policy = town.status(pull.head, "towline/policy");
  REQUIRE(policy);
  CHECK(policy->state == forge::StatusState::success);
  CHECK(contains(to_lower(policy->description), "no application is affected"));
}

TEST_CASE("a bump that a person closed is not opened again until there is a newer image") {
  World world;
  Town& town = world.town();
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.settle();
  const auto prod = town.pull_on("towline/prod/pay");
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->close_pull(kInfra, prod.number, "alice"));
  world.settle();
  CHECK(town.pulls().size() == 2);
  world.push_image("ghcr.io/acme/pay", "1.6.0");
  world.settle();
  const auto next = town.pull_on("towline/prod/pay");
  CHECK(next.number != prod.number);
  CHECK(next.open);
}

TEST_CASE("a broken configuration leaves the last good one in force and says so") {
  World world;
  Town& town = world.town();
  REQUIRE(town.sandbox->commit(kInfra, "main", {{".towline.yaml", "version: 1\nenviroments: {}\n"}}, "bob", "Oops"));
  world.settle();
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.settle();
  const auto dev = town.pull_on("towline/dev/pay");
  CHECK(dev.merged);
  const auto comments = town.bot_comments(town.pull_on("towline/prod/pay").number);
  REQUIRE_FALSE(comments.empty());
  CHECK(contains(comments.front().body, "the last good one is in force"));
}

TEST_CASE("a person's commit on the bot's branch is never overwritten") {
  World world;
  Town& town = world.town();
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.settle();
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit(kInfra, "towline/prod/pay", {{"apps/prod/services/pay/notes.txt", "mine\n"}}, "bob",
                               "Mine"));
  world.settle();
  const auto mine = town.pull_on("towline/prod/pay").head;
  world.push_image("ghcr.io/acme/pay", "1.6.0");
  world.settle();
  CHECK(town.pull_on("towline/prod/pay").head == mine);
}
