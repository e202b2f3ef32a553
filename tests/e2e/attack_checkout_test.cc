#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "world.h"

// Pull requests by which what Argo CD or Flux checks out differs from the blobs that the report is made of.

using namespace towline;
using namespace towline::test;

namespace {

using Files = std::map<std::string, std::optional<std::string>>;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

const std::string kDirectory = "apps/prod/services/plain/";
/// Two keys once the fullwidth quotes are written as ASCII.
const std::string kWide =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain}\n"
    "data: {k: \"v1\xEF\xBC\x82, evil: \xEF\xBC\x82x\"}\n";
const std::string kEncoding = "* working-tree-encoding=ASCII//TRANSLIT\n";

void check_blocked(World& world, const Files& files, const std::string& path, const std::string& message) {
  Town& town = world.town();
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit(kInfra, "trick", files, "bob", "Settings"));
  REQUIRE(town.sandbox->open_pull(kInfra, "bob", "trick", "Settings", ""));
  world.settle();
  const auto pull = town.pull_on("trick");
  std::string report;
  for (const auto& comment : town.bot_comments(pull.number)) report += comment.body + "\n";
  INFO(report);
  CHECK_FALSE(contains(report, "No application is affected"));
  CHECK(contains(report, path));
  CHECK(contains(report, message));
  town.say(pull.number, "alice", "/approve");
  town.say(pull.number, "alice", "/merge");
  world.settle();
  CHECK_FALSE(town.pull_on("trick").merged);
  const auto status = town.status(pull.head, "towline/policy");
  REQUIRE(status);
  CHECK(status->state == forge::StatusState::failure);
}

}  // namespace

TEST_CASE("attributes by which Git checks out other bytes are blocked by file, line and attribute") {
  SECTION("in the application's directory") {
    World world;
    check_blocked(world, {{kDirectory + ".gitattributes", kEncoding}, {kDirectory + "cm.yaml", kWide}},
                  kDirectory + ".gitattributes", "line 1: the attribute");
  }
  SECTION("in the root alone, when the file is there already") {
    auto files = sample_files();
    files[kDirectory + "cm.yaml"] = kWide;
    World world(std::move(files));
    check_blocked(world, {{".gitattributes", "# encoding\n" + kEncoding}}, ".gitattributes", "line 2: the attribute");
  }
  SECTION("by a macro") {
    World world;
    check_blocked(world, {{".gitattributes", "[attr]lint eol=crlf\n*.yaml lint\n"}}, ".gitattributes",
                  "line 2: the attribute");
  }
}

TEST_CASE("a file by which Flux leaves out what the report shows is blocked by name") {
  auto files = sample_files();
  files["clusters/prod/flux.yaml"] =
      "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
      "metadata: {name: fluxed, namespace: flux-system}\n"
      "spec: {path: ./deploy/fluxed, sourceRef: {kind: GitRepository, name: infra}}\n";
  files["deploy/fluxed/cm.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fluxed, namespace: fluxed}\n";
  World world(std::move(files));
  check_blocked(world, {{".sourceignore", "deploy/\n"}}, ".sourceignore", "Flux leaves out what");
}
