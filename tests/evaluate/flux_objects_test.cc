// What Flux makes of its objects: duplicates, GitRepositories that are not the whole repository, values from elsewhere.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/files.h"
#include "config/repository.h"
#include "evaluate/evaluate.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate {
namespace {

std::string config_map(const std::string& name, const std::string& data = "") {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + ", namespace: shop}\n" + data;
}

std::string argocd(const std::string& name, const std::string& path) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         ", namespace: argocd}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: " + path +
         "}\n  destination: {namespace: a}\n";
}

std::string git_repository(const std::string& more = "") {
  return "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: infra, namespace: "
         "flux-system}\nspec: {url: https://git.example.com/acme/infra, ref: {branch: main}" +
         more + "}\n";
}

std::string flux(const std::string& name, const std::string& path) {
  return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: " + name +
         ", namespace: flux-system}\nspec: {path: ./" + path + ", sourceRef: {kind: GitRepository, name: infra}}\n";
}

std::string release(const std::string& references) {
  return "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\nspec:\n" +
         references +
         "  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: infra, namespace: flux-system}}}\n";
}

const std::string kOptional = "  valuesFrom: [{kind: ConfigMap, name: web-values, optional: true}]\n";

struct World {
  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent = {}) {
    return repository.write_commit({parent, std::move(edits), {"Alice", "alice@example.com", TimePoint{}}, "change"})
        .value();
  }
  evaluate::Evaluation pull(const CommitId& base, std::vector<git::PathEdit> edits) {
    const CommitId head = commit(std::move(edits), base);
    return evaluate({renderer, screen, Secret("masking")}, repository, base, head, config::RepoConfig{}).value();
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-flux-").value();
  git::Repository repository = git::Repository::init_bare(directory.path() / "repo.git", "main").value();
  render::Renderer renderer{render::Renderer::Options{}};
  DiscoveryScreen screen;
};

/// The findings that block and say so, with where they are.
std::vector<std::string> blocked(const evaluate::Evaluation& evaluation, const std::string& part) {
  std::vector<std::string> all;
  for (const auto& finding : evaluation.findings) {
    if (finding.level != policy::Level::fail && finding.level != policy::Level::error) continue;
    const std::string text = finding.path + ": " + finding.message;
    if (text.find(part) != std::string::npos) all.push_back(text);
  }
  return all;
}

using Texts = std::vector<std::string>;

TEST_CASE("a second object of the same kind, namespace and name is a finding that names both files") {
  World world;
  const std::string set =
      "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all, namespace: argocd}\nspec:\n"
      "  generators: [{list: {elements: [{name: pay}]}}]\n  template:\n    metadata: {name: '{{name}}'}\n"
      "    spec: {source: {repoURL: https://git.example.com/acme/infra, path: apps/web}}\n";
  const CommitId base = world.commit({{"argocd/pay.yaml", argocd("pay", "apps/pay")},
                                      {"flux/k.yaml", git_repository() + "---\n" + flux("shop", "deploy")},
                                      {"flux/web.yaml", release("")},
                                      {"apps/pay/map.yaml", config_map("a")},
                                      {"apps/web/map.yaml", config_map("b")}});
  CHECK(blocked(world.pull(base, {{"argocd/zzz.yaml", argocd("pay", "apps/web")}}), "twice") ==
        Texts{"argocd/zzz.yaml: the Application 'argocd/pay' is declared twice, in argocd/pay.yaml and in "
              "argocd/zzz.yaml: in the cluster the one that is applied last replaces the other; rename one"});
  CHECK(blocked(world.pull(base, {{"argocd/set.yaml", set}}), "twice").size() == 1);
  CHECK(blocked(world.pull(base, {{"flux/zzz.yaml", flux("shop", "other")}}), "'flux-system/shop'").size() == 1);
  CHECK(blocked(world.pull(base, {{"flux/zzz.yaml", git_repository()}}), "GitRepository").size() == 1);
  CHECK(blocked(world.pull(base, {{"zzz.yaml", release("  values: {a: 1}\n")}}), "HelmRelease 'shop/web'").size() == 1);
  // Another namespace, or another name.
  CHECK(blocked(world.pull(base, {{"flux/zzz.yaml", flux("shop2", "other")}}), "twice").empty());
}

TEST_CASE("duplicates that are old, patches and those of different clusters are no finding") {
  World world;
  const auto root = [](const std::string& cluster) {
    return git_repository() + "---\n" + flux("root", "clusters/" + cluster);
  };
  const CommitId base = world.commit({{"clusters/dev/sync.yaml", root("dev")},
                                      {"clusters/prod/sync.yaml", root("prod")},
                                      {"argocd/dev/pay.yaml", argocd("pay", "apps/pay")},
                                      {"argocd/prod/pay.yaml", argocd("pay", "apps/pay")},
                                      {"apps/base/web.yaml", release("")},
                                      {"apps/pay/map.yaml", config_map("a")},
                                      {"chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"}});
  CHECK(blocked(world.pull(base, {{"clusters/dev/apps.yaml", flux("apps", "apps/dev")},
                                  {"clusters/prod/apps.yaml", flux("apps", "apps/prod")}}),
                "twice")
            .empty());
  CHECK(blocked(world.pull(base, {{"argocd/prod/pay.yaml", argocd("pay", "apps/other")}}), "twice").empty());
  CHECK(blocked(world.pull(base, {{"argocd/dev/new.yaml", argocd("new", "apps/pay")},
                                  {"argocd/prod/new.yaml", argocd("new", "apps/pay")}}),
                "twice")
            .empty());
  CHECK(
      blocked(world.pull(base, {{"apps/dev/kustomization.yaml", "resources: [../base]\npatches: [{path: web.yaml}]\n"},
                                {"apps/dev/web.yaml", release("  values: {a: 1}\n")}}),
              "twice")
          .empty());
  CHECK(blocked(world.pull(base, {{"clusters/dev/apps.yaml", flux("apps", "apps/dev")},
                                  {"clusters/dev/zzz.yaml", flux("apps", "apps/prod")}}),
                "twice")
            .size() == 1);
}

TEST_CASE("a GitRepository of this repository that is not all of it is a finding when that is new, and is shown") {
  World world;
  const CommitId base = world.commit({{"flux/source.yaml", git_repository()},
                                      {"flux/web.yaml", release("")},
                                      {"chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"},
                                      {"chart/values.yaml", "a: 1\n"}});
  for (const std::string field : {"ignore: /chart/templates", "sparseCheckout: [docs]",
                                  "include: [{repository: {name: other}, toPath: chart}]"}) {
    INFO(field);
    const auto changed = world.pull(base, {{"flux/source.yaml", git_repository(", " + field)}});
    CHECK(blocked(changed, "the GitRepository 'infra' has spec." + field.substr(0, field.find(':'))).size() == 1);
    REQUIRE(changed.applications.size() == 1);
    CHECK(changed.applications[0].application.name == "web");
    REQUIRE(changed.applications[0].diff.changes.size() == 1);
    CHECK(changed.applications[0].diff.changes[0].key.str() ==
          "source.toolkit.fluxcd.io/GitRepository flux-system/infra");
  }
  const CommitId old = world.commit({{"flux/source.yaml", git_repository(", ignore: /docs")}}, base);
  CHECK(blocked(world.pull(old, {{"chart/values.yaml", "a: 2\n"}}), "GitRepository").empty());
  // Of another repository it says nothing about the files here.
  const std::string other =
      "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: other, namespace: flux-system}\n"
      "spec: {url: https://git.example.com/acme/charts, ignore: /docs}\n";
  CHECK(blocked(world.pull(base, {{"flux/other.yaml", other}}), "GitRepository").empty());
}

TEST_CASE("an optional reference to values that do not stand beside its object is a finding when it is new") {
  World world;
  const CommitId base = world.commit(
      {{"flux/web.yaml", release("")}, {"chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"}});
  CHECK(blocked(world.pull(base, {{"flux/web.yaml", release(kOptional)}}), "takes values from") ==
        Texts{"flux/web.yaml: 'web' takes values from the ConfigMap 'shop/web-values', which is optional and does not "
              "stand beside the object that names it; whether the cluster has it is not known, so what it changes is "
              "not shown"});
  const std::string values = config_map("web-values", "data: {values.yaml: 'a: 1'}\n");
  const CommitId beside = world.commit({{"flux/web.yaml", release(kOptional)}, {"flux/values.yaml", values}}, base);
  CHECK(blocked(world.pull(base, {{"flux/web.yaml", release(kOptional)}, {"flux/values.yaml", values}}),
                "takes values from")
            .empty());
  CHECK(blocked(world.pull(beside, {{"flux/values.yaml", std::nullopt}, {"apps/values.yaml", values}}),
                "takes values from")
            .size() == 1);
}

TEST_CASE("values that an application adds, changes or removes elsewhere are a finding of who takes them") {
  World world;
  const std::string values = config_map("web-values", "data: {values.yaml: 'image: evil'}\n");
  const CommitId base = world.commit({{"flux/web.yaml", release(kOptional)},
                                      {"argocd/dev.yaml", argocd("dev", "apps/dev")},
                                      {"apps/dev/map.yaml", config_map("a")},
                                      {"chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"}});
  // Old and untouched.
  CHECK(blocked(world.pull(base, {{"apps/dev/map.yaml", config_map("b")}}), "takes values from").empty());
  const std::string told =
      "flux/web.yaml: 'web' takes values from the ConfigMap 'shop/web-values', which an application adds, changes or "
      "removes here; what that changes is not shown, because it does not stand beside the object that names it";
  CHECK(blocked(world.pull(base, {{"apps/dev/values.yaml", values}}), "takes values from") == Texts{told});
  const CommitId there = world.commit({{"apps/dev/values.yaml", values}}, base);
  CHECK(blocked(world.pull(there, {{"apps/dev/values.yaml", std::nullopt}}), "takes values from") == Texts{told});
  CHECK(blocked(world.pull(there, {{"apps/dev/values.yaml", config_map("web-values", "data: {values.yaml: ''}\n")}}),
                "takes values from") == Texts{told});
  CHECK(blocked(world.pull(there, {{"apps/dev/map.yaml", config_map("b")}}), "takes values from").empty());
}

TEST_CASE("a ConfigMap beside the object that another application replaces is a finding") {
  World world;
  const CommitId base = world.commit({{"flux/web.yaml", release(kOptional)},
                                      {"flux/values.yaml", config_map("web-values", "data: {values.yaml: 'a: 1'}\n")},
                                      {"argocd/dev.yaml", argocd("dev", "apps/dev")},
                                      {"apps/dev/map.yaml", config_map("a")},
                                      {"chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"}});
  CHECK(blocked(world.pull(base, {{"apps/dev/v.yaml", config_map("web-values", "data: {values.yaml: 'a: 2'}\n")}}),
                "takes values from")
            .size() == 1);
}

TEST_CASE("a Flux object that moves into a file that Flux leaves out goes away") {
  World world;
  const CommitId base = world.commit(
      {{"flux/web.yaml", release("")}, {"chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"}});
  const auto moved = world.pull(base, {{"flux/web.yaml", std::nullopt}, {"flux/.flux.yaml", release("")}});
  REQUIRE(moved.applications.size() == 1);
  const CommitId commit = world.commit({{"flux/.flux.yaml", release("")}});
  CHECK(
      applications_at({world.renderer, world.screen, Secret("masking")}, world.repository, commit, config::RepoConfig{})
          .value()
          .applications.empty());
}

}  // namespace
}  // namespace towline::evaluate
