#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "net/http_client.h"
#include "support/paths.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kService = "apps/prod/services/pay/settings.yaml";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::vector<std::string> trapped() { return {towline::test::binary_dir() + "/test_evaluator", "trap"}; }
std::vector<std::string> real() { return {towline::test::binary_dir() + "/towline", "evaluator"}; }

std::string settings(std::string_view name) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + std::string(name) + ", namespace: pay}\n";
}

/// bob's pull request with a harmless change, and what else is given.
PullNumber open_pull(World& world, const std::string& branch, std::map<std::string, std::optional<std::string>> files) {
  Town& town = world.town();
  town.clock->advance(std::chrono::seconds(2));
  files[std::string(kService)] = settings(branch);
  REQUIRE(town.sandbox->commit(kInfra, branch, files, "bob", branch));
  const auto number = town.sandbox->open_pull(kInfra, "bob", branch, branch, "");
  REQUIRE(number);
  return *number;
}

std::string report_on(const Town& town, PullNumber number) {
  const auto comments = town.bot_comments(number);
  REQUIRE_FALSE(comments.empty());
  std::string text = comments.front().body;
  std::erase(text, '\\');  // of Markdown
  return text;
}

void check_is_reported_and_merges(World& world, PullNumber number, const std::string& branch) {
  Town& town = world.town();
  CHECK(contains(report_on(town, number), "ConfigMap pay/" + branch));
  town.say(number, "alice", "/approve");
  town.say(number, "alice", "/merge");
  world.work();
  CHECK(town.pull_on(branch).merged);
}

void check_is_refused(const Town& town, PullNumber number, const std::string& branch, const std::string& why) {
  CHECK(contains(report_on(town, number), why));
  const auto head = town.pull_on(branch).head;
  const auto policy = town.status(head, "towline/policy");
  REQUIRE(policy);
  CHECK(policy->state == forge::StatusState::error);
  const auto merge = town.status(head, "towline/merge");
  REQUIRE(merge);
  CHECK(merge->state == forge::StatusState::failure);
}

/// Every process below this one that runs `towline evaluator`.
std::vector<std::string> evaluator_processes() {
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string id = entry.path().filename().string();
    if (id.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    std::stringstream command;
    command << file.rdbuf();
    const std::string wanted = towline::test::binary_dir() + "/towline" + '\0' + "evaluator" + '\0';
    if (command.str() == wanted) found.push_back(id);
  }
  return found;
}

}  // namespace

TEST_CASE("attack: a pull request that crashes the evaluator harms nothing but itself, also after a restart") {
  World world(sample_files(), {}, std::chrono::hours(1), {}, trapped());
  Town& town = world.town();
  const PullNumber bad = open_pull(world, "bad", {{"crash.me", "x"}});
  const PullNumber good = open_pull(world, "good", {});
  world.push_image("ghcr.io/acme/pay", "1.5.0", kDigest);
  world.work();
  const std::string why = "the evaluator was lost: it was killed by signal 11 (Segmentation fault)";
  check_is_refused(town, bad, "bad", why);
  CHECK(town.pull_on("towline/dev/pay").merged);
  check_is_reported_and_merges(world, good, "good");

  town.say(bad, "alice", "/approve");
  town.say(bad, "alice", "/merge");
  world.work();
  CHECK(town.pull_on("bad").open);

  world.stop();
  world.start();
  town.say(bad, "bob", "is anybody there?");
  world.work();
  check_is_refused(town, bad, "bad", why);
  CHECK(town.pull_on("bad").open);
}

TEST_CASE("attack: a pull request that computes for ever, or hangs, is stopped, while the bot answers") {
  const auto limits = [](config::ServerConfig& config) { config.evaluator.wall_time = std::chrono::seconds(4); };
  World world(sample_files(), {}, std::chrono::hours(1), limits, trapped());
  Town& town = world.town();
  const PullNumber hanging = open_pull(world, "hanging", {{"hang.me", "x"}});
  const PullNumber computing = open_pull(world, "computing", {{"compute.me", "x"}});
  const PullNumber good = open_pull(world, "good", {});
  std::thread worker([&] { world.work(); });
  const auto answer = make_http_client(world.bot_url(), std::nullopt).value()->send({"GET", "/healthz", {}, {}});
  worker.join();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  check_is_refused(town, hanging, "hanging",
                   "the evaluator was lost: it took longer than limits.evaluator.wall_time allows (4s)");
  check_is_refused(town, computing, "computing",
                   "the evaluator was lost: it computed for longer than limits.evaluator.processor_time allows");
  check_is_reported_and_merges(world, good, "good");
}

TEST_CASE("attack: ApplicationSets that would never end are findings of their files, and delay nobody") {
  World world(sample_files(), {}, std::chrono::hours(1), {}, real());
  Town& town = world.town();
  std::map<std::string, std::optional<std::string>> sets;
  for (const char* name : {"1", "2", "3", "4"}) {
    sets["apps/root/set" + std::string(name) + ".yaml"] =
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s" + std::string(name) +
        "}\nspec:\n  goTemplate: true\n  generators: [{list: {elements: [{name: x}]}}]\n  template:\n    metadata:\n"
        "      name: '{{ range (until 100000) }}{{ len (regexFindAll \"a\" (repeat 1000000 \"a\") -1) }}{{ end }}'\n";
  }
  const PullNumber bad = open_pull(world, "bad", sets);
  const PullNumber good = open_pull(world, "good", {});
  world.work();
  const std::string report = report_on(town, bad);
  for (const char* name : {"1", "2", "3", "4"}) {
    CHECK(contains(report, "apps/root/set" + std::string(name) + ".yaml"));
  }
  CHECK(contains(report, "the template takes more than 200000 steps"));
  CHECK(town.status(town.pull_on("bad").head, "towline/policy")->state == forge::StatusState::failure);
  check_is_reported_and_merges(world, good, "good");
}

TEST_CASE("attack: an evaluator has no token, in its environment, its open files or its view of the machine") {
  ::setenv("TOWLINE_TEST_FORGE_TOKEN", "bot-token", 1);
  World world(sample_files(), {}, std::chrono::hours(1), {}, real());
  ::unsetenv("TOWLINE_TEST_FORGE_TOKEN");
  const fs::path data = world.town().bot_config().data;
  open_pull(world, "good", {});
  world.work();
  const auto ids = evaluator_processes();
  REQUIRE_FALSE(ids.empty());
  for (const std::string& id : ids) {
    const fs::path process = fs::path("/proc") / id;
    std::ifstream file(process / "environ", std::ios::binary);
    std::stringstream environment;
    environment << file.rdbuf();
    // Nobody but root may read it at all.
    CHECK_FALSE(contains(environment.str(), "bot-token"));
    CHECK_FALSE(contains(environment.str(), "TOWLINE"));
    std::error_code error;
    for (const auto& open : fs::directory_iterator(process / "fd", error)) {
      const std::string target = fs::read_symlink(open.path(), error).string();
      INFO(target);
      CHECK_FALSE(contains(target, "towline.db"));
      CHECK_FALSE(contains(target, "masking.key"));
    }
    std::ifstream status(process / "root" / "proc" / "1" / "cmdline");
    if (status) {
      std::string command;
      std::getline(status, command, '\0');
      // In its sandbox the first process is the sandbox's.
      if (contains(command, "bwrap")) CHECK_FALSE(fs::exists(process / "root" / data.relative_path() / "towline.db"));
    }
  }
}
