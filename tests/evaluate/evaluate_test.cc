#include "evaluate/evaluate.h"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "config/repository.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate {
namespace {

std::string declared(const std::string& name, const std::string& path) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: " + path +
         "}\n  destination: {namespace: " + name + "}\n";
}

std::string config_map(const std::string& name, const std::string& value = "1") {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata: {value: \"" + value + "\"}\n";
}

/// A repository, and what all evaluations of it remember.
struct World {
  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent = {}) {
    return repository.write_commit({parent, std::move(edits), {"Alice", "alice@example.com", TimePoint{}}, "change"})
        .value();
  }

  /// Three hundred applications of a directory each.
  CommitId many() {
    std::vector<git::PathEdit> edits;
    for (int i = 0; i < 300; ++i) {
      const std::string name = "svc-" + std::to_string(1000 + i);
      edits.push_back({"root/" + name + ".yaml", declared(name, "apps/" + name)});
      edits.push_back({"apps/" + name + "/map.yaml", config_map(name)});
    }
    return commit(std::move(edits));
  }

  evaluate::Evaluation pull(const CommitId& base, std::vector<git::PathEdit> edits) {
    const CommitId head = commit(std::move(edits), base);
    return evaluate({renderer, screen, Secret("masking")}, repository, base, head, config::RepoConfig{}).value();
  }

  /// Everything that has been rendered since the last time.
  std::size_t rendered() {
    const std::size_t all = renderer.counters().misses;
    return all - std::exchange(seen, all);
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-evaluate-").value();
  git::Repository repository = git::Repository::init_bare(directory.path() / "repo.git", "main").value();
  render::Renderer renderer{render::Renderer::Options{}};
  DiscoveryScreen screen;
  std::size_t seen = 0;
};

std::vector<std::string> names(const evaluate::Evaluation& evaluation) {
  std::vector<std::string> all;
  for (const auto& report : evaluation.applications) all.push_back(report.application.name);
  return all;
}

TEST_CASE("a change of one service renders that one of three hundred, and the next on the same base only its head") {
  World world;
  const CommitId base = world.many();

  const auto first = world.pull(base, {{"apps/svc-1007/map.yaml", config_map("svc-1007", "2")}});
  CHECK(names(first) == std::vector<std::string>{"svc-1007"});
  CHECK(world.rendered() == 2);

  const auto second = world.pull(base, {{"apps/svc-1007/map.yaml", config_map("svc-1007", "3")}});
  CHECK(names(second) == std::vector<std::string>{"svc-1007"});
  CHECK(world.rendered() == 1);

  // The same contents at another commit are the same render.
  const auto again = world.pull(base, {{"apps/svc-1007/map.yaml", config_map("svc-1007", "3")}, {"README", "x"}});
  CHECK(names(again) == std::vector<std::string>{"svc-1007"});
  CHECK(world.rendered() == 0);
}

TEST_CASE("another layout finds other service directories in the commits that were looked at before") {
  World world;
  const auto rules = [](const std::string& services) {
    return config::parse_repo_config(".towline.yaml",
                                     "version: 1\nenvironments: {dev: {services: '" + services + "'}}\n")
        .value();
  };
  const CommitId first = world.commit({{"one/a/map.yaml", config_map("a")}, {"two/b/map.yaml", config_map("b")}});
  const CommitId second = world.commit({{"README", "x"}, {"one/c/map.yaml", config_map("c")}}, first);
  const Evaluator evaluator{world.renderer, world.screen, Secret("masking")};
  const auto paths = [&](const CommitId& commit, const std::string& services) {
    const auto found = applications_at(evaluator, world.repository, commit, rules(services)).value();
    std::vector<std::string> all;
    for (const auto& application : found.applications) all.push_back(application.path);
    return all;
  };

  CHECK(paths(first, "one/{service}") == std::vector<std::string>{"one/a"});
  CHECK(paths(second, "two/{service}") == std::vector<std::string>{"two/b"});
  CHECK(paths(second, "one/{service}") == std::vector<std::string>{"one/a", "one/c"});
  CHECK(paths(first, "two/{service}") == std::vector<std::string>{"two/b"});
}

TEST_CASE("an application whose directory moved is compared with itself") {
  World world;
  const CommitId base =
      world.commit({{"root/pay.yaml", declared("pay", "apps/old")}, {"apps/old/map.yaml", config_map("pay")}});

  const auto evaluation = world.pull(base, {{"root/pay.yaml", declared("pay", "apps/new")},
                                            {"apps/old/map.yaml", std::nullopt},
                                            {"apps/new/map.yaml", config_map("pay", "2")}});

  REQUIRE(names(evaluation) == std::vector<std::string>{"pay"});
  REQUIRE(evaluation.applications[0].diff.changes.size() == 1);
  CHECK(evaluation.applications[0].diff.changes[0].kind == diff::ChangeKind::changed);
}

TEST_CASE("of two applications of one name the one that moved is compared with itself") {
  World world;
  const CommitId base = world.commit({{"root/a.yaml", declared("one", "apps/a")},
                                      {"root/b.yaml", declared("one", "apps/b")},
                                      {"apps/a/map.yaml", config_map("a")},
                                      {"apps/b/map.yaml", config_map("b")}});

  const auto evaluation = world.pull(base, {{"root/b.yaml", declared("one", "apps/c")},
                                            {"apps/b/map.yaml", std::nullopt},
                                            {"apps/c/map.yaml", config_map("b", "2")}});

  REQUIRE(evaluation.applications.size() == 1);
  CHECK(evaluation.applications[0].diff.changes.size() == 1);
}

TEST_CASE("what was found at a commit answers only the same question") {
  DiscoveryScreen screen;
  const DiscoveryScreen::Question question{"/mirror", CommitId(std::string(40, 'a')), "dev", {}};
  Surveyed surveyed;
  surveyed.listing = std::make_shared<discovery::TreeListing>();
  const auto known = std::make_shared<const Surveyed>(std::move(surveyed));

  screen.remember(question, known);

  CHECK(screen.find(question) == known);
  CHECK(screen.find({"/mirror", CommitId(std::string(40, 'b')), "dev", {}}) == nullptr);
  CHECK(screen.find({"/another", question.commit, "dev", {}}) == nullptr);
  CHECK(screen.find({"/mirror", question.commit, "prod", {}}) == nullptr);
  CHECK(screen.find({"/mirror", question.commit, "dev", {{"prod", "https://prod.example.com", {}, {}}}}) == nullptr);

  CommitId other;
  CHECK(screen.find_other({"/another", CommitId(std::string(40, 'b')), "dev", {}}, other) == nullptr);
  CHECK(screen.find_other({"/mirror", CommitId(std::string(40, 'b')), "prod", {}}, other) == nullptr);
  CHECK(screen.find_other({"/mirror", CommitId(std::string(40, 'b')), "dev", {}}, other) == known);
  CHECK(other == question.commit);
}

std::string sent_to(const std::string& cluster, const std::string& path = "apps/a") {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a, namespace: argocd}\nspec:\n"
         "  source: {repoURL: https://git.example.com/acme/infra, path: " +
         path + "}\n  destination: {name: " + cluster + ", namespace: a}\n";
}

std::vector<std::string> changes(const evaluate::ApplicationReport& report) {
  std::vector<std::string> all;
  for (const diff::Change& change : report.diff.changes) all.push_back(change.key.str() + "\n" + to_text(change));
  return all;
}

TEST_CASE("an application that goes elsewhere is a change, although it renders the same") {
  World world;
  const CommitId base = world.commit({{"root/a.yaml", sent_to("eu")}, {"apps/a/map.yaml", config_map("a")}});

  const auto moved = world.pull(base, {{"root/a.yaml", sent_to("us")}});

  REQUIRE(names(moved) == std::vector<std::string>{"a"});
  CHECK(changes(moved.applications[0]) ==
        std::vector<std::string>{"argoproj.io/Application argocd/a\n@@ spec.destination.name @@\n- eu\n+ us\n"});
  REQUIRE(moved.applications[0].diff.dangers.size() == 1);
  CHECK_THAT(moved.applications[0].diff.dangers[0].message, Catch::StartsWith("goes to another cluster"));
  CHECK(moved.diff_hash != world.pull(base, {{"root/a.yaml", sent_to("asia")}}).diff_hash);
}

TEST_CASE("what an application's source changes is shown by what it renders alone") {
  World world;
  const CommitId base = world.commit({{"root/a.yaml", sent_to("eu")},
                                      {"apps/a/map.yaml", config_map("a")},
                                      {"apps/b/map.yaml", config_map("a", "2")}});

  const auto other = world.pull(base, {{"root/a.yaml", sent_to("eu", "apps/b")}});

  REQUIRE(names(other) == std::vector<std::string>{"a"});
  CHECK(changes(other.applications[0]) ==
        std::vector<std::string>{"ConfigMap a/a\n@@ data.value @@\n- \"1\"\n+ \"2\"\n"});
}

TEST_CASE("a Flux object that is suspended is a change") {
  World world;
  const auto kustomization = [](const std::string& suspended) {
    return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
           "metadata: {name: a, namespace: flux-system}\nspec:\n  path: ./apps/a\n  suspend: " +
           suspended + "\n  sourceRef: {kind: GitRepository, name: flux-system}\n";
  };
  const CommitId base = world.commit({{"root/a.yaml", kustomization("false")}, {"apps/a/map.yaml", config_map("a")}});

  const auto suspended = world.pull(base, {{"root/a.yaml", kustomization("true")}});

  REQUIRE(names(suspended) == std::vector<std::string>{"a"});
  CHECK(
      changes(suspended.applications[0]) ==
      std::vector<std::string>{"kustomize.toolkit.fluxcd.io/Kustomization flux-system/a\n@@ spec.suspend @@\n- false\n"
                               "+ true\n"});
}

}  // namespace
}  // namespace towline::evaluate
