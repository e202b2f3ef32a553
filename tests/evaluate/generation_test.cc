// Applications that stand in no file, but in what another application renders; with the real helm and kustomize.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "evaluate/generated_applications.h"
#include "evaluate/remembered_survey.h"
#include "generated_world.h"
#include "support/real_tools.h"

namespace towline::evaluate::test {
namespace {

using Texts = std::vector<std::string>;

std::vector<git::PathEdit> joined(std::vector<git::PathEdit> some, const std::vector<git::PathEdit>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

const std::string kTwo = "apps:\n  - {name: pay, path: apps/pay}\n  - {name: web, path: apps/web}\n";

/// A root application of a chart at charts/root with these values, and two directories.
std::vector<git::PathEdit> rooted(const std::string& values) {
  return joined(chart_of_applications("charts/root", values), {{"root.yaml", argo("root", "charts/root")},
                                                               {"apps/pay/map.yaml", config_map("pay")},
                                                               {"apps/web/map.yaml", config_map("web")}});
}

/// What a pull request against a repository with a root of two applications does.
struct Pull {
  const char* what;
  std::vector<git::PathEdit> edits;
  Texts expected;
};

const std::vector<Pull> kPulls = {
    {"a child's directory alone", {{"apps/pay/map.yaml", config_map("pay", "2")}}, {"pay of root: ~ConfigMap/pay"}},
    {"a child goes",
     {{"charts/root/values.yaml", "apps:\n  - {name: web, path: apps/web}\n"}},
     {"pay of root: -ConfigMap/pay", "root: -Application/pay"}},
    {"a child is called otherwise",
     {{"charts/root/values.yaml", "apps:\n  - {name: paid, path: apps/pay}\n  - {name: web, path: apps/web}\n"}},
     {"paid of root: +ConfigMap/pay", "pay of root: -ConfigMap/pay", "root: ~Application/paid"}},
    {"a child comes",
     {{"charts/root/values.yaml", kTwo + "  - {name: new, path: apps/new}\n"},
      {"apps/new/map.yaml", config_map("new")}},
     {"new of root: +ConfigMap/new", "root: +Application/new"}},
    {"a child goes to another directory",
     {{"charts/root/values.yaml", "apps:\n  - {name: pay, path: apps/two}\n  - {name: web, path: apps/web}\n"},
      {"apps/two/map.yaml", config_map("pay", "2")}},
     {"pay of root: ~ConfigMap/pay", "root: ~Application/pay"}},
    {"what belongs to none", {{"README", "x"}}, {}},
};

TEST_CASE("what a pull request does to applications that a chart generates is shown") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  const CommitId base = world.commit(rooted(kTwo));
  REQUIRE(world.found(base) == Texts{"pay of root", "root", "web of root"});
  for (const Pull& pull : kPulls) {
    CAPTURE(pull.what);
    const auto evaluation = world.pull(base, pull.edits);
    CHECK(told(evaluation) == pull.expected);
    CHECK(evaluation.unseen.empty());
  }
}

TEST_CASE("a change of a generated child renders only the child once its parent is known") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  const CommitId base = world.commit(rooted(kTwo));
  world.pull(base, {{"apps/pay/map.yaml", config_map("pay", "2")}});
  const std::size_t before = world.renderer.counters().misses;
  world.pull(base, {{"apps/pay/map.yaml", config_map("pay", "3")}});
  CHECK(world.renderer.counters().misses - before == 1);
}

TEST_CASE("Applications that a kustomization patches are looked at as it makes them") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  const CommitId base =
      world.commit({{"root.yaml", argo("root", "roots/prod")},
                    {"roots/base/pay.yaml", argo("pay", "apps/dev", "  syncPolicy: {automated: {prune: true}}\n")},
                    {"roots/base/web.yaml", argo("web", "apps/web")},
                    {"roots/base/kustomization.yaml", "resources: [pay.yaml, web.yaml]\n"},
                    {"roots/prod/kustomization.yaml",
                     "resources: [../base]\npatches:\n  - target: {kind: Application, name: pay}\n    patch: |\n"
                     "      - {op: replace, path: /spec/source/path, value: apps/prod}\n"},
                    {"apps/dev/map.yaml", config_map("pay")},
                    {"apps/prod/map.yaml", config_map("pay")},
                    {"apps/web/map.yaml", config_map("web")}});
  CHECK(world.found(base) == Texts{"pay", "pay of root", "root", "web"});
  CHECK(told(world.pull(base, {{"apps/prod/map.yaml", config_map("pay", "2")}})) ==
        Texts{"pay of root: ~ConfigMap/pay"});
}

TEST_CASE("an ApplicationSet in a chart makes its applications, and a chart in a chart is followed") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  auto edits = joined(rooted("apps:\n  - {name: inner, path: charts/inner}\n"),
                      chart_of_applications("charts/inner", "apps:\n  - {name: pay, path: apps/pay}\n"));
  edits.push_back({"charts/inner/templates/set.yaml",
                   "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n"
                   "  generators: [{list: {elements: [{name: web}]}}]\n  template:\n"
                   "    metadata: {name: '{{`{{name}}`}}'}\n    spec:\n"
                   "      source: {repoURL: 'https://git.example.com/acme/infra', path: 'apps/{{`{{name}}`}}'}\n"
                   "      destination: {namespace: x}\n"});
  const CommitId base = world.commit(edits);
  CHECK(world.found(base) == Texts{"inner of root", "pay of inner", "root", "web of inner"});
  CHECK(told(world.pull(base, {{"apps/web/map.yaml", config_map("web", "2")}})) ==
        Texts{"web of inner: ~ConfigMap/web"});
}

TEST_CASE("a parent that cannot be rendered is told, whatever the pull request touches") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  const CommitId good = world.commit(rooted(kTwo));

  const auto broken = world.pull(good, {{"charts/root/templates/more.yaml", "{{ fail \"no more\" }}\n"}});
  REQUIRE(broken.unseen.size() == 1);
  CHECK(broken.diff_hash != world.pull(good, {{"README", "x"}}).diff_hash);
  CHECK_THAT(broken.unseen[0], Catch::StartsWith("'root' may generate applications and cannot be rendered completely, "
                                                 "so not all that come of it are known: ") &&
                                   Catch::Contains("no more"));

  const CommitId base = world.commit({{"charts/root/templates/more.yaml", "{{ fail \"no more\" }}\n"}}, good);
  const auto blind = world.pull(base, {{"apps/pay/map.yaml", config_map("pay", "2")}});
  CHECK(told(blind).empty());
  CHECK(blind.unseen.size() == 1);
}

TEST_CASE("a circle of applications is followed once and told; one that holds itself is not") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  const std::string self = "apps:\n  - {name: root, path: charts/root}\n  - {name: a, path: charts/a}\n";
  auto edits = joined(rooted(self), chart_of_applications("charts/a", "apps:\n  - {name: b, path: charts/b}\n"));
  edits = joined(edits, chart_of_applications("charts/b", "apps:\n  - {name: a, path: charts/a}\n"));
  const CommitId base = world.commit(edits);
  CHECK(world.found(base) == Texts{"a of root", "b of a", "root"});
  const auto evaluation = world.pull(base, {{"charts/b/Chart.yaml", "apiVersion: v2\nname: b\nversion: 1.0.1\n"}});
  REQUIRE(told(evaluation) == Texts{"b of a:"});
  CHECK(evaluation.applications[0].diff.remarks ==
        Texts{"it generates 'a', of which it comes itself: a circle, which is followed once"});
}

TEST_CASE("what is generated too deep or too much is told") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  // Each makes one of a longer name of itself.
  std::vector<git::PathEdit> endless = {
      {"root.yaml", argo("root", "charts/endless")},
      {"charts/endless/Chart.yaml", "apiVersion: v2\nname: endless\nversion: 1.0.0\n"},
      {"charts/endless/templates/next.yaml",
       "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {{ .Release.Name }}x\nspec:\n"
       "  source: {repoURL: 'https://git.example.com/acme/infra', path: charts/endless}\n  destination: {namespace: "
       "x}\n"}};
  const CommitId deep = world.commit(endless);
  const auto evaluation = world.pull(deep, {{"README", "x"}});
  REQUIRE(evaluation.unseen.size() == 1);
  CHECK(evaluation.unseen[0] ==
        "applications that generate applications are followed 5 levels deep, and 'rootxxxxx' is deeper");

  std::string many = "apps:\n";
  for (int i = 0; i < 1000; ++i) many += "  - {name: a" + std::to_string(i) + ", path: apps/pay}\n";
  const CommitId wide = world.commit(rooted(many));
  CHECK(world.found(wide).size() == 1001);

  State state{wide, nullptr};
  state.known = survey_at(world.screen, world.repository, wide, world.config).value();
  const GenerationQuestion question{world.renderer, world.repository, world.screen, {}, {5, 10}};
  const auto few = follow_generated(question, state).value();
  CHECK(few.all.size() == 10);
  CHECK(few.gaps ==
        Texts{"more than 10 applications are generated, and the others, the first of 'root', are not looked at"});
}

TEST_CASE("a generated application counts for the environment of what generates it too") {
  const auto tools = towline::test::real_tools();
  if (!tools) return;
  GeneratedWorld world(*tools);
  world.config = config::parse_repo_config(".towline.yaml",
                                           "version: 1\nenvironments:\n  dev: {services: 'apps/dev/{service}'}\n"
                                           "  prod: {services: 'apps/prod/{service}', from: dev}\n")
                     .value();
  auto edits = chart_of_applications("shared/root", "apps:\n  - {name: pay, path: apps/dev/pay}\n");
  edits.push_back({"apps/prod/root/root.yaml", argo("root", "shared/root")});
  edits.push_back({"apps/dev/pay/map.yaml", config_map("pay")});
  const CommitId base = world.commit(edits);
  const auto evaluation = world.pull(base, {{"apps/dev/pay/map.yaml", config_map("pay", "2")}});
  REQUIRE(told(evaluation) == Texts{"pay of root: ~ConfigMap/pay"});
  CHECK(evaluation.applications[0].environment == "prod");
  REQUIRE(evaluation.applications[0].environment_cause);
  CHECK(*evaluation.applications[0].environment_cause ==
        evaluate::EnvironmentCause{"generated by what is declared in", "apps/prod/root/root.yaml"});
}

}  // namespace

TEST_CASE("a repository in which nothing generates applications renders nothing to find that out") {
  GeneratedWorld world("/nonexistent");
  const CommitId base =
      world.commit({{"a.yaml", argo("a", "apps/a")},
                    {"apps/a/kustomization.yaml", "resources: [map.yaml]\n"},
                    {"apps/a/map.yaml", config_map("a")},
                    {"b.yaml", argo("b", "apps/b")},
                    {"apps/b/rollout.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: b}\n"},
                    {"apps/b/kustomization.yaml", "resources: [rollout.yaml]\n"}});
  const auto evaluation = world.pull(base, {{"README", "x"}});
  CHECK(evaluation.unseen.empty());
  CHECK(world.renderer.counters().misses == 0);
}

}  // namespace towline::evaluate::test
