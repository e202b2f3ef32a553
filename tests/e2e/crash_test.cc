#include <catch2/catch.hpp>
#include <cstdlib>

#include "base/json.h"
#include "program/process.h"
#include "support/paths.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

constexpr int kKilled = 128 + 9;

const std::vector<std::string> kImage = {"ghcr.io/acme/pay", "1.5.0", std::string(kDigest)};

/// Runs the bot once as a process of its own, first telling it something; it kills itself at that probe (0: never).
ProcessOutput run_bot(const Town& town, int crash_at, const std::vector<std::string>& told) {
  const auto config = town.bot_config();
  const auto file = town.directory.path() / "towline.yaml";
  const auto token = town.directory.path() / "token";
  const auto secret = town.directory.path() / "secret";
  REQUIRE(write_file(token, "bot-token\n"));
  REQUIRE(write_file(secret, "forge-secret\n"));
  REQUIRE(write_file(file, "data: " + config.data.string() + "\nsearch_path: \"" + config.search_path +
                               "\"\nforges:\n  - name: sandbox\n    kind: gitea\n    url: " + town.sandbox->url() +
                               "\n    token: {file: " + token.string() + "}\n    webhook_secrets: [{file: " +
                               secret.string() + "}]\n    repositories: [acme/infra]\n"));
  ProcessSpec spec;
  spec.argv = {towline::test::binary_dir() + "/crashing_bot", file.string(), std::to_string(crash_at),
               format_time(town.clock->now())};
  spec.argv.insert(spec.argv.end(), told.begin(), told.end());
  const auto done = run_process(spec);
  REQUIRE(done);
  CAPTURE(done->standard_error);
  REQUIRE((done->exit_code == 0 || (crash_at > 0 && done->exit_code == kKilled)));
  return *done;
}

/// alice approves; gives the file with the delivery that tells it.
std::vector<std::string> approve(const Town& town) {
  const PullNumber number = town.pull_on("towline/prod/pay").number;
  const std::int64_t id = town.say(number, "alice", "/approve");
  const std::string now = format_time(std::chrono::floor<std::chrono::seconds>(town.clock->now()));
  const auto file = town.directory.path() / "comment.json";
  REQUIRE(write_file(file, dump_json({{"action", "created"},
                                      {"is_pull", true},
                                      {"issue", {{"number", number.value}}},
                                      {"comment",
                                       {{"id", id},
                                        {"user", {{"login", "alice"}}},
                                        {"body", "/approve"},
                                        {"created_at", now},
                                        {"updated_at", now}}},
                                      {"sender", {{"login", "alice"}}},
                                      {"repository", {{"full_name", kInfra.str()}}}})));
  return {file.string()};
}

void check_end(const Town& town) {
  const auto pulls = town.pulls();
  REQUIRE(pulls.size() == 2);
  for (const auto& pull : pulls) {
    CAPTURE(pull.title);
    CHECK(pull.merged);
    CHECK(town.bot_comments(pull.number).size() == 1);
  }
  CHECK(town.file("apps/prod/services/pay/deployment.yaml").find("ghcr.io/acme/pay:1.5.0@sha256:") !=
        std::string::npos);
}

/// The story, with a crash at that probe of its first half or its second half; then the bot is started again.
void play(const Town& town, int crash_in_first, int crash_in_second) {
  run_bot(town, crash_in_first, kImage);
  if (crash_in_first > 0) run_bot(town, 0, {});
  run_bot(town, crash_in_second, approve(town));
  if (crash_in_second > 0) run_bot(town, 0, {});
  // The last look at what was merged: the report says so.
  run_bot(town, 0, {});
  check_end(town);
}

}  // namespace

TEST_CASE("the story ends right although the bot is killed at any point of it") {
  // Given how many points there are
  const Town undisturbed = Town::build();
  const int first = std::atoi(run_bot(undisturbed, 0, kImage).standard_output.c_str());
  const int second = std::atoi(run_bot(undisturbed, 0, approve(undisturbed)).standard_output.c_str());
  check_end(undisturbed);
  REQUIRE(first > 5);
  REQUIRE(second > 3);
  // When the bot is killed at each of them, then the story still ends right
  for (int point = 1; point <= first; ++point) {
    CAPTURE(point);
    play(Town::build(), point, 0);
  }
  for (int point = 1; point <= second; ++point) {
    CAPTURE(point);
    play(Town::build(), 0, point);
  }
}
