#include <catch2/catch.hpp>

#include "program/process.h"
#include "support/paths.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

TEST_CASE("a data directory relative to the current directory serves the program and its evaluators") {
  const Town town = Town::build();
  const auto place = TemporaryDirectory::create("towline-place").value();
  REQUIRE(write_file(place.path() / "token", "bot-token\n"));
  REQUIRE(write_file(place.path() / "secret", "forge-secret\n"));
  REQUIRE(write_file(place.path() / "towline.yaml",
                     "data: ./data\nsearch_path: \"" + town.bot_config().search_path +
                         "\"\nrender: {charts: ./charts, sandbox: limits-only}\nforges:\n  - name: sandbox\n"
                         "    kind: gitea\n    url: " +
                         town.sandbox->url() +
                         "\n    token: {file: token}\n    webhook_secrets: [{file: secret}]\n"
                         "    repositories: [acme/infra]\n"));
  ProcessSpec spec;
  spec.argv = {towline::test::binary_dir() + "/towline",
               "reconcile",
               "--config",
               "towline.yaml",
               "--image",
               "ghcr.io/acme/pay:1.5.0"};
  spec.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}};
  spec.directory = place.path();
  spec.deadline = std::chrono::minutes(2);

  const auto done = run_process(spec);

  REQUIRE(done);
  CAPTURE(done->standard_output, done->standard_error);
  CHECK(done->exit_code == 0);
  CHECK(town.pull_on("towline/dev/pay").title == "dev: pay 1.4.2 -> 1.5.0");
  CHECK(town.bot_comments(town.pull_on("towline/dev/pay").number).size() == 1);
  CHECK(std::filesystem::exists(place.path() / "data/mirrors/sandbox/acme/infra.git"));
}
