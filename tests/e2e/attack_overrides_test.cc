#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "program/process.h"
#include "world.h"

// Pull requests that change what Argo CD makes of a directory by files that it finds by name: as links, in another
// letter case, or unreadable.

using namespace towline;
using namespace towline::test;

namespace {

using Edits = std::map<std::string, std::optional<std::string>>;
using Links = std::map<std::string, std::string>;

constexpr std::string_view kDirectory = "apps/prod/services/pay/";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string at(std::string_view name) { return std::string(kDirectory) + std::string(name); }

std::string git(const Town& town, std::vector<std::string> arguments, const std::string& input = {}) {
  ProcessSpec spec;
  spec.argv = {"git",
               "-c",
               "user.name=bob",
               "-c",
               "user.email=bob@example.com",
               "--git-dir=" + town.sandbox->repository_path(kInfra).string()};
  spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
  spec.environment = {{"PATH", spec.search_path},
                      {"HOME", "/nonexistent"},
                      {"GIT_INDEX_FILE", (town.directory.path() / "attack-index").string()}};
  spec.standard_input = input;
  const auto output = run_process(spec);
  REQUIRE(output);
  REQUIRE(output->exit_code == 0);
  return std::string(trim(output->standard_output));
}

forge::PullRequest open(World& world, const Edits& edits, const Links& links) {
  Town& town = world.town();
  town.clock->advance(std::chrono::seconds(2));
  const auto made = town.sandbox->commit(kInfra, "trick", edits, "bob", "Settings");
  REQUIRE(made);
  git(town, {"read-tree", made->str()});
  for (const auto& [path, target] : links) {
    const std::string blob = git(town, {"hash-object", "-w", "--stdin"}, target);
    git(town, {"update-index", "--add", "--cacheinfo", "120000," + blob + "," + path});
  }
  const std::string tree = git(town, {"write-tree"});
  const std::string commit = git(town, {"commit-tree", "-p", made->str(), "-m", "Links", tree});
  const std::string url = replace_all(town.sandbox->url(), "http://", "http://bob:bob-token@");
  git(town, {"push", "--quiet", url + "/" + kInfra.str() + ".git", commit + ":refs/heads/trick"});
  REQUIRE(town.sandbox->open_pull(kInfra, "bob", "trick", "Settings", ""));
  world.settle();
  return town.pull_on("trick");
}

struct Trick {
  std::string name;
  Edits edits;
  Links links;
  std::string named;  ///< the file that the report names
};

std::vector<Trick> tricks() {
  return {
      {"a linked kustomization.yaml",
       {{at("o.txt"), "namePrefix: ev-\nresources: [deployment.yaml]\n"}},
       {{at("kustomization.yaml"), "o.txt"}},
       at("kustomization.yaml")},
      {"a linked Chart.yaml",
       {{at("o.txt"), "apiVersion: v2\nname: c\nversion: 1.0.0\n"},
        {at("templates/a.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: evil}\n"}},
       {{at("Chart.yaml"), "o.txt"}},
       at("Chart.yaml")},
      {"a dangling kustomization.yaml", {}, {{at("kustomization.yaml"), "nothing"}}, at("kustomization.yaml")},
      {"a leaving Chart.yaml", {}, {{at("Chart.yaml"), "../../../../../out"}}, at("Chart.yaml")},
      {"a dangling override", {}, {{at(".argocd-source.yaml"), "nothing"}}, at(".argocd-source.yaml")},
      {"a capital in an override",
       {{at(".argocd-source.yaml"), "Helm: {parameters: [{name: v, value: evil}]}\n"}},
       {},
       at(".argocd-source.yaml")},
      {"a capital deep in an override",
       {{at(".argocd-source-prod-pay.yaml"), "directory: {Recurse: true}\n"}},
       {},
       at(".argocd-source-prod-pay.yaml")},
      {"an unreadable override", {{at(".argocd-source.yaml"), "helm: [\n"}}, {}, at(".argocd-source.yaml")},
  };
}

std::string report_of(const Town& town, const forge::PullRequest& pull) {
  std::string all;
  for (const auto& comment : town.bot_comments(pull.number)) all += comment.body + "\n";
  REQUIRE_FALSE(all.empty());
  return all;
}

}  // namespace

TEST_CASE("attack: what Argo CD finds by name is something else than a file that can be read", "[attack]") {
  for (const Trick& trick : tricks()) {
    DYNAMIC_SECTION(trick.name) {
      World world;
      Town& town = world.town();
      const auto pull = open(world, trick.edits, trick.links);
      const std::string report = report_of(town, pull);
      INFO(report);
      CHECK_FALSE(contains(report, "No application is affected"));
      CHECK_FALSE(contains(report, "Nothing changes"));
      CHECK(contains(report, trick.named));
      town.say(pull.number, "alice", "/approve");
      town.say(pull.number, "alice", "/merge");
      world.settle();
      CHECK_FALSE(town.pull_on("trick").merged);
      const auto status = town.status(pull.head, "towline/policy");
      REQUIRE(status);
      CHECK((status->state == forge::StatusState::failure || status->state == forge::StatusState::error));
    }
  }
}

TEST_CASE("attack: an override is a link to a file elsewhere in the repository", "[attack]") {
  World world;
  const auto pull = open(world,
                         {{"far/o.txt", "directory: {recurse: true}\n"},
                          {at("deep/a.yaml"), "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: hidden}\n"}},
                         {{at(".argocd-source.yaml"), "../../../../far/o.txt"}});
  const std::string report = report_of(world.town(), pull);
  INFO(report);
  CHECK(contains(report, "ServiceAccount pay/hidden"));
}
