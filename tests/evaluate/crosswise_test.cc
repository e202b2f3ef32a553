// Branches that were merged into each other crosswise have several merge bases.
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/evaluate.h"
#include "git/fixture.h"

namespace towline::evaluate {
namespace {

using Texts = std::vector<std::string>;

/// Lines far enough from each other to be merged.
std::string config_map(const std::string& first, const std::string& last) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pay\ndata:\n  first: \"" + first +
         "\"\n  a: a\n  b: b\n  c: c\n  d: d\n  e: e\n  last: \"" + last + "\"\n";
}

const std::string kDev = "apps/dev/services/pay/map.yaml";
const std::string kProd = "apps/prod/services/pay/map.yaml";

/// The default branch changed prod and the other one dev; then each merged the other.
struct World {
  CommitId merge(const CommitId& first, const CommitId& second, std::vector<git::PathEdit> edits) const {
    git::Repository repository = git::Repository::open(fixture.path()).value();
    const CommitId tree = repository.write_commit({first, std::move(edits), git::alice(), "tree"}).value();
    const std::string raw = "tree " + repository.commit(tree)->tree.str() + "\nparent " + first.str() + "\nparent " +
                            second.str() +
                            "\nauthor A <a@x> 1700000000 +0000\ncommitter A <a@x> 1700000000 +0000\n\nmerge\n";
    return CommitId(fixture.git({"hash-object", "-t", "commit", "-w", "--stdin"}, raw).substr(0, 40));
  }

  evaluate::Evaluation evaluated(const CommitId& tip, const CommitId& head) {
    return evaluate({renderer, screen, Secret("masking")}, fixture.repository, tip, head, config).value();
  }

  git::Fixture fixture;
  render::Renderer renderer{render::Renderer::Options{}};
  DiscoveryScreen screen;
  config::RepoConfig config = config::parse_repo_config(".towline.yaml",
                                                        "version: 1\nenvironments:\n"
                                                        "  dev: {services: 'apps/dev/services/{service}'}\n"
                                                        "  prod: {services: 'apps/prod/services/{service}'}\n")
                                  .value();
  CommitId root = fixture.commit({}, {{kDev, config_map("1", "1")}, {kProd, config_map("1", "1")}});
  CommitId ours = fixture.commit(root, {{kProd, config_map("9", "1")}});
  CommitId theirs = fixture.commit(root, {{kDev, config_map("1", "2")}});
  CommitId main = merge(ours, theirs, {{kDev, config_map("1", "2")}});
  CommitId branch = merge(theirs, ours, {{kProd, config_map("9", "1")}});
};

Texts environments(const evaluate::Evaluation& evaluation) {
  Texts all;
  for (const auto& report : evaluation.applications) all.push_back(report.environment);
  return all;
}

}  // namespace

TEST_CASE("crosswise merges leave what the branch changes since, and only that") {
  World world;
  REQUIRE(world.fixture.repository.merge_bases(world.main, world.branch)->size() == 2);
  const CommitId tip = world.fixture.commit(world.main, {{"README", "x"}});
  const CommitId head = world.fixture.commit(world.branch, {{kDev, config_map("5", "2")}});

  const auto evaluation = world.evaluated(tip, head);

  CHECK(!evaluation.conflicts);
  CHECK(evaluation.base == tip);
  CHECK(evaluation.changed_paths == Texts{kDev});
  CHECK(environments(evaluation) == Texts{"dev"});
  REQUIRE(evaluation.applications[0].diff.changes.size() == 1);
  CHECK(evaluation.applications[0].diff.changes[0].fields.size() == 1);
}

TEST_CASE("what the branch takes back of the default branch's work is a change, though one base has it too") {
  World world;
  const CommitId tip = world.fixture.commit(world.main, {{"README", "x"}});
  const CommitId head = world.fixture.commit(world.branch, {{kProd, config_map("1", "1")}});

  const auto evaluation = world.evaluated(tip, head);

  CHECK(!evaluation.conflicts);
  CHECK(evaluation.changed_paths == Texts{kProd});
  CHECK(environments(evaluation) == Texts{"prod"});
}

TEST_CASE("crosswise merges of which the rest conflicts say so, and show the branch's change") {
  World world;
  const CommitId tip = world.fixture.commit(world.main, {{kDev, config_map("7", "2")}});
  const CommitId head = world.fixture.commit(world.branch, {{kDev, config_map("5", "2")}});

  const auto evaluation = world.evaluated(tip, head);

  CHECK(evaluation.conflicts);
  const auto& paths = evaluation.changed_paths;
  CHECK(std::find(paths.begin(), paths.end(), kDev) != paths.end());
}

TEST_CASE("a merge of merges that go crosswise many times comes to an end") {
  World world;
  CommitId main = world.main;
  CommitId branch = world.branch;
  for (int i = 0; i < 20; ++i) {
    const std::string text = std::to_string(i);
    const CommitId one = world.fixture.commit(main, {{"docs/main" + text, text}});
    const CommitId other = world.fixture.commit(branch, {{"docs/branch" + text, text}});
    main = world.merge(one, other, {{"docs/branch" + text, text}});
    branch = world.merge(other, one, {{"docs/main" + text, text}});
  }
  const CommitId head = world.fixture.commit(branch, {{kDev, config_map("5", "2")}});

  const auto evaluation = world.evaluated(main, head);

  CHECK(!evaluation.conflicts);
  CHECK(evaluation.changed_paths == Texts{kDev});
}

}  // namespace towline::evaluate
