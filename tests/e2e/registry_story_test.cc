#include <catch2/catch.hpp>

#include "git/repository.h"
#include "support/eventually.h"
#include "support/real_registry.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

// The bot beside Debian's docker-registry, to which skopeo pushes; the registry stands for ghcr.io.
namespace {

constexpr std::string_view kName = "ghcr.io/acme/pay";
constexpr std::string_view kDevFile = "apps/dev/services/pay/deployment.yaml";
constexpr std::string_view kProdFile = "apps/prod/services/pay/deployment.yaml";
const std::string kOldRevision(40, 'a');
const std::string kNewRevision(40, 'b');
const std::string kCompare = "https://git.acme.example/acme/pay/compare/" + kOldRevision + "..." + kNewRevision;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::map<std::string, std::string> labels(const std::string& revision) {
  return {{"org.opencontainers.image.source", "https://git.acme.example/acme/pay"},
          {"org.opencontainers.image.revision", revision}};
}

/// A world whose bot asks a registry at that port.
World::Configure asking(int port, std::optional<Duration> poll = std::nullopt) {
  return [port, poll](config::ServerConfig& config) {
    config.registries.push_back({"hub", "distribution", Secret("registry-hush"), "ghcr.io", {}, {}});
    config.oci.push_back({"hub-api", "ghcr.io", "http://127.0.0.1:" + std::to_string(port), {}, {}, poll});
  };
}

std::unique_ptr<RealRegistry> start_registry(int port, const World* told = nullptr) {
  RealRegistry::Options options;
  options.port = port;
  if (told != nullptr) {
    options.notify = told->bot_url() + "/hooks/registry/hub";
    options.authorization = "Bearer registry-hush";
  }
  return RealRegistry::start(options).value();
}

/// Until the registry has told the bot of a tag.
void wait_for_notification(World& world, std::string_view tag) {
  REQUIRE(eventually([&] {
    const auto rows = world.store().announced_images().value();
    return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.tag == tag; });
  }));
}

std::vector<std::string> recorded(World& world, std::string_view action) {
  std::vector<std::string> all;
  const auto records = world.store().audit(std::nullopt, std::nullopt).value();
  for (const auto& record : records) {
    if (record.action == action) all.push_back(record.why);
  }
  return all;
}

/// The sample with `pin: digest` in dev, where a pull request waits for people.
std::map<std::string, std::string> pinning_files() {
  auto files = sample_files();
  std::string& config = files.at(".towline.yaml");
  constexpr std::string_view kMerges = "    bump: merge";
  config.replace(config.find(kMerges), kMerges.size(), "    pin: digest\n    bump: pull-request");
  return files;
}

}  // namespace

TEST_CASE("real registry: an image travels from a push to prod, by its digest") {
  if (!RealRegistry::available()) return;
  const int port = free_port().value();
  World world(sample_files(), {}, std::chrono::hours(1), asking(port));
  Town& town = world.town();
  const auto registry = start_registry(port, &world);

  REQUIRE(registry->push("acme/pay", "1.4.2", labels(kOldRevision)));
  wait_for_notification(world, "1.4.2");
  world.settle();
  CHECK(town.pulls().empty());

  const std::string digest = registry->push("acme/pay", "1.5.0", labels(kNewRevision)).value();
  wait_for_notification(world, "1.5.0");
  world.settle();

  const auto dev = town.pull_on("towline/dev/pay");
  CHECK(dev.title == "dev: pay 1.4.2 -> 1.5.0");
  CHECK(dev.merged);
  CHECK(contains(dev.body, "What is new in `ghcr.io/acme/pay`: " + kCompare));
  CHECK(contains(town.file(kDevFile), "ghcr.io/acme/pay:1.5.0"));

  const auto prod = town.pull_on("towline/prod/pay");
  REQUIRE(prod.open);
  CHECK(contains(prod.body, digest));
  CHECK(contains(prod.body, kCompare));
  CHECK(contains(town.bot_comments(prod.number).at(0).body, "](" + kCompare + ")"));

  town.say(prod.number, "alice", "/approve");
  world.settle();
  CHECK(town.pull_on("towline/prod/pay").merged);
  CHECK(contains(town.file(kProdFile), "ghcr.io/acme/pay:1.5.0@" + digest));
  CHECK(recorded(world, "disbelieve-digest").empty());

  const auto rows = world.store().seen_images().value();
  const auto row = std::find_if(rows.begin(), rows.end(), [](const auto& seen) { return seen.tag == "1.5.0"; });
  REQUIRE(row != rows.end());
  CHECK(row->created == parse_time("2026-11-17T12:00:00Z").value());
}

TEST_CASE("real registry: a digest that an event tells wrong is not believed, and that is recorded") {
  if (!RealRegistry::available()) return;
  const int port = free_port().value();
  World world(sample_files(), {}, std::chrono::hours(1), asking(port));
  const auto registry = start_registry(port);
  const std::string digest = registry->push("acme/pay", "1.5.0", {}).value();

  world.push_image(kName, "1.5.0", kDigest);
  world.settle();

  const auto prod = world.town().pull_on("towline/prod/pay");
  CHECK(contains(prod.body, digest));
  CHECK_FALSE(contains(prod.body, kDigest));
  CHECK(recorded(world, "disbelieve-digest") ==
        std::vector<std::string>{"an event said that ghcr.io/acme/pay:1.5.0 is " + std::string(kDigest) +
                                 ", its registry says " + digest + ", which counts"});
}

TEST_CASE("real registry: 'pin: digest' writes the registry's digest, whatever the event said, with what is new") {
  if (!RealRegistry::available()) return;
  const int port = free_port().value();
  World world(pinning_files(), {}, std::chrono::hours(1), asking(port));
  Town& town = world.town();
  const auto registry = start_registry(port, &world);
  REQUIRE(registry->push("acme/pay", "1.4.2", labels(kOldRevision)));
  wait_for_notification(world, "1.4.2");
  world.settle();

  const std::string digest = registry->push("acme/pay", "1.5.0", labels(kNewRevision)).value();
  wait_for_notification(world, "1.5.0");
  // Somebody who can announce images has the last word, before anybody looks.
  world.push_image(kName, "1.5.0", kDigest);
  world.settle();

  const auto dev = town.pull_on("towline/dev/pay");
  REQUIRE(dev.open);
  const auto repository = git::Repository::open(town.sandbox->repository_path(kInfra)).value();
  const std::string file =
      repository.read_file(repository.resolve("refs/heads/towline/dev/pay").value(), kDevFile).value();
  CHECK(contains(file, "image: ghcr.io/acme/pay:1.5.0@" + digest + "\n"));
  CHECK(contains(dev.body, digest));
  CHECK_FALSE(contains(dev.body, kDigest));
  CHECK(contains(town.bot_comments(dev.number).at(0).body, "](" + kCompare + ")"));
  CHECK(recorded(world, "disbelieve-digest") ==
        std::vector<std::string>{"an event said that ghcr.io/acme/pay:1.5.0 is " + std::string(kDigest) +
                                 ", its registry says " + digest + ", which counts"});
}

TEST_CASE("real registry: a tag that the registry does not have is not bumped to, and that is recorded") {
  if (!RealRegistry::available()) return;
  const int port = free_port().value();
  World world(sample_files(), {}, std::chrono::hours(1), asking(port));
  const auto registry = start_registry(port);
  REQUIRE(registry->push("acme/pay", "1.4.2", {}));

  world.push_image(kName, "1.5.0", kDigest);
  world.settle();

  CHECK(world.town().pulls().empty());
  CHECK(world.store().announced_images()->empty());
  REQUIRE(recorded(world, "disbelieve-image").size() == 1);
  CHECK(
      contains(recorded(world, "disbelieve-image")[0], "an event told of ghcr.io/acme/pay:1.5.0, and nothing is done"));
}

TEST_CASE("a registry that is down keeps nothing back: what the event said counts, and the pull request says so") {
  const int port = free_port().value();  // nobody listens there
  World world(sample_files(), {}, std::chrono::hours(1), asking(port));

  world.push_image(kName, "1.5.0", kDigest);
  for (int i = 0; i < 3; ++i) REQUIRE(world.engine().drain());

  const auto dev = world.town().pull_on("towline/dev/pay");
  CHECK(contains(dev.body,
                 "What is known of `ghcr.io/acme/pay:1.5.0` is what an event said; its registry could not be "
                 "asked: `asking the registry ghcr.io: HEAD http://127.0.0.1:" +
                     std::to_string(port)));
}

TEST_CASE("real registry: one that tells nobody is polled") {
  if (!RealRegistry::available()) return;
  const int port = free_port().value();
  World world(sample_files(), {}, std::chrono::hours(1), asking(port, Duration(std::chrono::hours(2))));
  Town& town = world.town();
  const auto registry = start_registry(port);
  REQUIRE(registry->push("acme/pay", "1.4.2", labels(kOldRevision)));
  REQUIRE(world.store().make_due({"repo:sandbox/acme/infra"}, town.clock->now()));
  world.settle();
  CHECK(town.pulls().empty());

  const std::string digest = registry->push("acme/pay", "1.5.0", labels(kNewRevision)).value();
  town.clock->advance(std::chrono::minutes(30));
  world.settle();
  CHECK(town.pulls().empty());
  town.clock->advance(std::chrono::minutes(102));
  world.settle();
  CHECK(contains(town.pull_on("towline/prod/pay").body, digest));
}
