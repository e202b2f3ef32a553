#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "base/files.h"
#include "config/repository.h"
#include "evaluate/evaluate.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate {
namespace {

constexpr const char* kSet =
    "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n  generators:\n"
    "    - git: {repoURL: https://git.example.com/acme/infra, files: [{path: envs/*}]}\n"
    "  template:\n    metadata: {name: 'app-{{name}}'}\n"
    "    spec: {source: {repoURL: https://git.example.com/acme/infra, path: 'apps/{{name}}'}, destination: "
    "{namespace: '{{name}}'}}\n";

std::string config_map(const std::string& name) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\n";
}

/// A repository with an ApplicationSet of one Application, and a pull request that changes it.
struct World {
  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent = {}) {
    return repository.write_commit({parent, std::move(edits), {"Alice", "alice@example.com", TimePoint{}}, "change"})
        .value();
  }

  evaluate::Evaluation pull(std::vector<git::PathEdit> edits) {
    const CommitId base = commit({{"sets/all.yaml", kSet},
                                  {"envs/a.json", R"({"name": "a"})"},
                                  {"apps/a/map.yaml", config_map("a")},
                                  {"apps/b/map.yaml", config_map("b")}});
    const CommitId head = commit(std::move(edits), base);
    render::Renderer renderer{render::Renderer::Options{}};
    DiscoveryScreen screen;
    const Evaluator evaluator{renderer, screen, Secret("masking")};
    return evaluate(evaluator, repository, base, head, config::RepoConfig{}).value();
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-generated-").value();
  git::Repository repository = git::Repository::init_bare(directory.path() / "repo.git", "main").value();
};

std::vector<std::string> names(const evaluate::Evaluation& evaluation) {
  std::vector<std::string> all;
  for (const auto& report : evaluation.applications) all.push_back(report.application.name);
  return all;
}

TEST_CASE("a generator's new file shows the Application that comes of it") {
  World world;
  const auto evaluation = world.pull({{"envs/b.json", R"({"name": "b"})"}});
  CHECK(names(evaluation) == std::vector<std::string>{"app-b"});
}

TEST_CASE("a generator's changed file shows what goes and what comes") {
  World world;
  const auto evaluation = world.pull({{"envs/a.json", R"({"name": "b"})"}});
  CHECK(names(evaluation) == std::vector<std::string>{"app-a", "app-b"});
}

TEST_CASE("a file that breaks an ApplicationSet is a finding, though the set itself is untouched") {
  World world;
  const auto evaluation = world.pull({{"envs/a.json", "{"}});
  const auto tells = [](const policy::Finding& finding) {
    return finding.message.find("cannot read parameters from envs/a.json") != std::string::npos;
  };
  CHECK(std::any_of(evaluation.findings.begin(), evaluation.findings.end(), tells));
}

}  // namespace
}  // namespace towline::evaluate
