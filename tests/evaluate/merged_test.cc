// What is evaluated is what merging changes now, after the default branch has moved on.
#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "config/repository.h"
#include "evaluate/evaluate.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate {
namespace {

/// Lines far enough from each other to be merged.
std::string config_map(const std::string& first, const std::string& last) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pay\ndata:\n  first: \"" + first +
         "\"\n  a: a\n  b: b\n  c: c\n  d: d\n  e: e\n  last: \"" + last + "\"\n";
}

std::string declared(const std::string& name, const std::string& path) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: " + path + "}\n";
}

const std::string kMap = "apps/dev/services/pay/map.yaml";
const std::string kProdMap = "apps/prod/services/pay/map.yaml";

struct World {
  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent = {}) {
    return repository.write_commit({parent, std::move(edits), {"Alice", "alice@example.com", TimePoint{}}, "change"})
        .value();
  }

  evaluate::Evaluation evaluated(const CommitId& tip, const CommitId& head) {
    return evaluate({renderer, screen, Secret("masking")}, repository, tip, head, config).value();
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-merged-").value();
  git::Repository repository = git::Repository::init_bare(directory.path() / "repo.git", "main").value();
  render::Renderer renderer{render::Renderer::Options{}};
  DiscoveryScreen screen;
  config::RepoConfig config = config::parse_repo_config(".towline.yaml",
                                                        "version: 1\nenvironments:\n"
                                                        "  dev: {services: 'apps/dev/services/{service}'}\n"
                                                        "  prod:\n    services: 'apps/prod/services/{service}'\n"
                                                        "    from: dev\n    require: {approvals: 2}\n")
                                  .value();
  CommitId root = commit({{kMap, config_map("1", "1")}, {kProdMap, config_map("1", "1")}, {"README.md", "x\n"}});
};

std::vector<std::string> fields(const evaluate::Evaluation& evaluation) {
  std::vector<std::string> all;
  for (const auto& report : evaluation.applications) {
    for (const auto& change : report.diff.changes) {
      for (const auto& field : change.fields) {
        all.push_back(field.path + ": " + field.before.value_or("-") + " -> " + field.after.value_or("-"));
      }
    }
  }
  return all;
}

TEST_CASE("after the default branch changed the same file, what merging changes now is shown") {
  World world;
  const CommitId head = world.commit({{kMap, config_map("1", "2")}}, world.root);
  const CommitId tip = world.commit({{kMap, config_map("9", "1")}}, world.root);

  const auto evaluation = world.evaluated(tip, head);

  CHECK(evaluation.base == tip);
  CHECK(evaluation.head == head);
  CHECK(!evaluation.conflicts);
  CHECK(evaluation.changed_paths == std::vector<std::string>{kMap});
  REQUIRE(fields(evaluation).size() == 1);
  CHECK(fields(evaluation)[0].find("last") != std::string::npos);
  // It is rendered as it will be: with what the default branch gained.
  const auto merged = world.repository.merged_changes(tip, head).value().value();
  REQUIRE(merged.size() == 1);
  CHECK(world.repository.read_blob(*merged[0].after).value() == config_map("9", "2"));
}

TEST_CASE("an unrelated commit on the default branch leaves the hash of the diff as it is") {
  World world;
  const CommitId head = world.commit({{kMap, config_map("1", "2")}}, world.root);
  const CommitId tip = world.commit({{"README.md", "y\n"}, {kProdMap, config_map("3", "3")}}, world.root);

  const auto before = world.evaluated(world.root, head);
  const auto after = world.evaluated(tip, head);

  CHECK(before.base == world.root);
  CHECK(after.base == tip);
  CHECK(before.diff_hash == after.diff_hash);
  CHECK(before.changed_paths == after.changed_paths);
}

TEST_CASE("what does not merge cleanly is compared with the commit at which it left the branch") {
  World world;
  const CommitId head = world.commit({{kMap, config_map("1", "2")}}, world.root);
  const CommitId tip = world.commit({{kMap, config_map("1", "3")}}, world.root);

  const auto evaluation = world.evaluated(tip, head);

  CHECK(evaluation.conflicts);
  CHECK(evaluation.base == world.root);
  CHECK(fields(evaluation).size() == 1);
}

TEST_CASE("what the default branch already has changes nothing, and still counts for its environment") {
  World world;
  const CommitId head = world.commit({{kProdMap, config_map("1", "2")}}, world.root);
  const CommitId tip = world.commit({{kProdMap, config_map("1", "2")}, {"README.md", "y\n"}}, world.root);

  const auto evaluation = world.evaluated(tip, head);

  CHECK(fields(evaluation).empty());
  CHECK(evaluation.changed_paths == std::vector<std::string>{kProdMap});
  REQUIRE(evaluation.applications.size() == 1);
  CHECK(evaluation.applications[0].environment == "prod");
}

TEST_CASE("what the default branch deleted is not rendered because the head still has it") {
  World world;
  const CommitId parted = world.commit({{"apps/dev/services/pay/more.yaml", config_map("5", "5")}}, world.root);
  const CommitId head = world.commit({{kMap, config_map("1", "2")}}, parted);
  const CommitId tip = world.commit({{"apps/dev/services/pay/more.yaml", std::nullopt}}, parted);

  const auto evaluation = world.evaluated(tip, head);

  CHECK(evaluation.base == tip);
  CHECK(evaluation.changed_paths == std::vector<std::string>{kMap});
  CHECK(fields(evaluation).size() == 1);
}

TEST_CASE("an application counts for the strictest environment of its directory and of the file that declares it") {
  struct Case {
    std::string declared_in;
    std::string path;
    std::string environment;
  };
  for (const Case& one :
       {Case{"apps/dev/services/pay/app.yaml", "apps/prod/services/pay", "prod"},
        Case{"apps/prod/services/pay/app.yaml", "apps/dev/services/pay", "prod"},
        Case{"apps/prod/services/pay/app.yaml", "shared/pay", "prod"},
        Case{"apps/dev/services/pay/app.yaml", "apps/dev/services/pay", "dev"},
        Case{"root/app.yaml", "apps/dev/services/pay", "dev"}, Case{"root/app.yaml", "shared/pay", ""}}) {
    CAPTURE(one.declared_in, one.path);
    World world;
    const CommitId base = world.commit(
        {{one.declared_in, declared("pay", one.path)}, {one.path + "/extra.yaml", config_map("1", "1")}}, world.root);
    const CommitId head = world.commit({{one.path + "/extra.yaml", config_map("1", "2")}}, base);

    const auto evaluation = world.evaluated(base, head);

    std::vector<std::string> environments;
    for (const auto& report : evaluation.applications) {
      if (report.application.name == "pay") environments.push_back(report.environment);
    }
    CHECK(environments == std::vector<std::string>{one.environment});
  }
}

TEST_CASE("an application that moves out of prod still counts for prod") {
  World world;
  const CommitId base = world.commit({{"root/app.yaml", declared("pay", "apps/prod/services/pay")}}, world.root);
  const CommitId head = world.commit({{"root/app.yaml", declared("pay", "apps/dev/services/pay")}}, base);

  const auto evaluation = world.evaluated(base, head);

  std::vector<std::string> environments;
  for (const auto& report : evaluation.applications) {
    if (report.application.name == "pay") environments.push_back(report.environment);
  }
  CHECK(environments == std::vector<std::string>{"prod"});
}

}  // namespace
}  // namespace towline::evaluate
