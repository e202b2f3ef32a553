// Where an application goes says which environment it counts for, beside the files that it is made of.
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

const std::string kDev = "https://dev.example.com";
const std::string kProd = "https://prod.example.com";
constexpr const char* kHere = "https://kubernetes.default.svc";

std::string application(const std::string& name, const std::string& path, const std::string& server,
                        const std::string& ns) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: " + path +
         "}\n  destination: {server: '" + server + "', namespace: '" + ns + "'}\n";
}

std::string config_map(const std::string& name, const std::string& value) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata: {a: '" + value + "'}\n";
}

/// dev and prod with an application each, in clusters of their own or in the one of Argo CD.
struct World {
  explicit World(const std::string& dev = kDev, const std::string& prod = kProd) {
    base = commit({{"apps/dev/services/pay/map.yaml", config_map("pay", "1")},
                   {"apps/dev/services/web/map.yaml", config_map("web", "1")},
                   {"apps/prod/services/pay/map.yaml", config_map("pay", "1")},
                   {"argocd/dev-pay.yaml", application("dev-pay", "apps/dev/services/pay", dev, "pay")},
                   {"argocd/prod-pay.yaml", application("prod-pay", "apps/prod/services/pay", prod, "pay")}});
  }

  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent = {}) {
    return repository.write_commit({parent, std::move(edits), {"Alice", "alice@example.com", TimePoint{}}, "change"})
        .value();
  }

  /// "prod" or "prod, goes to …" of the application once the edits are merged; "?" when it is unknown.
  std::string environment_of(const std::string& name, std::vector<git::PathEdit> edits) {
    const CommitId head = commit(std::move(edits), base);
    const auto evaluation = evaluate({renderer, screen, Secret("masking")}, repository, base, head, config).value();
    for (const auto& report : evaluation.applications) {
      if (report.application.name != name) continue;
      if (report.environment.empty()) return "?";
      if (!report.environment_cause) return report.environment;
      return report.environment + ", " + report.environment_cause->how + " " + report.environment_cause->place;
    }
    return "not affected";
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-destination-").value();
  git::Repository repository = git::Repository::init_bare(directory.path() / "repo.git", "main").value();
  render::Renderer renderer{render::Renderer::Options{}};
  DiscoveryScreen screen;
  config::RepoConfig config =
      config::parse_repo_config(".towline.yaml",
                                "version: 1\nenvironments:\n"
                                "  dev: {services: 'apps/dev/services/{service}'}\n"
                                "  prod:\n    services: 'apps/prod/services/{service}'\n"
                                "    from: dev\n    require: {approvals: 2}\n"
                                "clusters:\n  - {name: dev, server: 'https://dev.example.com'}\n"
                                "  - {name: prod, server: 'https://prod.example.com'}\n")
          .value();
  CommitId base;
};

const std::string kToProd = "prod, goes to https://prod.example.com, namespace pay";

}  // namespace

TEST_CASE("a new application of a dev directory that goes to the prod cluster counts for prod") {
  World world;
  const std::string evil = application("x", "apps/dev/services/web", kProd, "pay");
  CHECK(world.environment_of("x", {{"argocd/x.yaml", evil}}) == kToProd);
  CHECK(world.environment_of("x", {{"apps/dev/services/web/x.yaml", evil}}) == kToProd);
  CHECK(world.environment_of("x", {{"argocd/x.yaml", application("x", "apps/dev/services/web", kProd, "new")}}) ==
        "prod, goes to https://prod.example.com, namespace new");
}

TEST_CASE("a cluster's name is its server") {
  World world;
  std::string evil = application("x", "apps/dev/services/web", kProd, "pay");
  evil.replace(evil.find("server: 'https://prod.example.com'"), 34, "name: prod");
  CHECK(world.environment_of("x", {{"argocd/x.yaml", evil}}) == kToProd);
}

TEST_CASE("an application that is redirected to the prod cluster counts for prod") {
  World world;
  CHECK(world.environment_of("dev-pay", {{"argocd/dev-pay.yaml",
                                          application("dev-pay", "apps/dev/services/pay", kProd, "pay")}}) == kToProd);
}

TEST_CASE("an application that stays where it was keeps its environment") {
  World world;
  CHECK(world.environment_of("dev-pay", {{"apps/dev/services/pay/map.yaml", config_map("pay", "2")}}) == "dev");
  CHECK(world.environment_of("prod-pay", {{"apps/prod/services/pay/map.yaml", config_map("pay", "2")}}) == "prod");
  World shared(kHere, kHere);
  CHECK(shared.environment_of("dev-pay", {{"apps/dev/services/pay/map.yaml", config_map("pay", "2")}}) == "dev");
}

TEST_CASE("content of dev that already goes to the prod cluster counts for prod") {
  World world;
  world.base = world.commit({{"argocd/x.yaml", application("x", "apps/dev/services/web", kProd, "web")}}, world.base);
  CHECK(world.environment_of("x", {{"apps/dev/services/web/map.yaml", config_map("web", "2")}}) ==
        "prod, goes to https://prod.example.com, namespace web");
}

TEST_CASE("an application of a dev directory is not taken away from the prod cluster by the rules of dev") {
  World world;
  world.base = world.commit({{"argocd/x.yaml", application("x", "apps/dev/services/web", kProd, "web")}}, world.base);
  CHECK(world.environment_of("x", {{"argocd/x.yaml", std::nullopt}}) ==
        "prod, goes to https://prod.example.com, namespace web");
  CHECK(world.environment_of("x", {{"argocd/x.yaml", application("x", "apps/dev/services/web", kDev, "web")}}) ==
        "prod, before: goes to https://prod.example.com, namespace web");
}

TEST_CASE("a new application of a dev directory in the dev cluster counts for dev") {
  World world;
  CHECK(world.environment_of("x", {{"argocd/x.yaml", application("x", "apps/dev/services/web", kDev, "web")}}) ==
        "dev");
}

TEST_CASE(
    "in the cluster of Argo CD itself, a new application counts for prod if prod has the namespace or may have it") {
  World world(kHere, kHere);
  CHECK(world.environment_of("x", {{"argocd/x.yaml", application("x", "apps/dev/services/web", kHere, "pay")}}) ==
        "prod, goes to the cluster of Argo CD or Flux, namespace pay");
  CHECK(world.environment_of("x", {{"argocd/x.yaml", application("x", "apps/dev/services/web", kHere, "new")}}) ==
        "prod, goes to the cluster of Argo CD or Flux, namespace new");
}

TEST_CASE("nobody knows the environment of a cluster that no application of the base goes to") {
  World world;
  CHECK(world.environment_of("x", {{"argocd/x.yaml", application("x", "apps/dev/services/web",
                                                                 "https://new.example.com", "pay")}}) == "?");
}

TEST_CASE("a new application of an unchanged ApplicationSet counts as its siblings do") {
  const std::string set =
      "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n  generators:\n"
      "    - git: {repoURL: https://git.example.com/acme/infra, revision: HEAD, directories: [{path: "
      "'apps/dev/services/*'}]}\n"
      "  template:\n    metadata: {name: 'dev-{{path.basename}}'}\n    spec:\n"
      "      source: {repoURL: https://git.example.com/acme/infra, path: '{{path}}'}\n"
      "      destination: {server: 'https://kubernetes.default.svc', namespace: '{{path.basename}}'}\n";
  World world(kHere, kHere);
  world.base = world.commit({{"argocd/set.yaml", set}, {"argocd/dev-pay.yaml", std::nullopt}}, world.base);
  CHECK(world.environment_of("dev-new", {{"apps/dev/services/new/map.yaml", config_map("new", "1")}}) == "dev");

  std::string redirected = set;
  redirected.replace(redirected.find("namespace: '{{path.basename}}'"), 30, "namespace: pay");
  CHECK(world.environment_of("dev-web", {{"argocd/set.yaml", redirected}}) ==
        "prod, goes to the cluster of Argo CD or Flux, namespace pay");
}

TEST_CASE("a Flux Kustomization that goes to the prod cluster counts for prod") {
  const auto kustomization = [](const std::string& name, const std::string& path, const std::string& secret) {
    return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: " + name +
           ", namespace: flux-system}\nspec:\n  path: ./" + path + "\n  targetNamespace: pay\n" +
           "  sourceRef: {kind: GitRepository, name: infra}\n  kubeConfig: {secretRef: {name: " + secret + "}}\n";
  };
  World world;
  world.base = world.commit({{"flux/source.yaml",
                              "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: infra, "
                              "namespace: flux-system}\n"
                              "spec: {url: https://git.example.com/acme/infra, ref: {branch: main}}\n"},
                             {"flux/prod.yaml", kustomization("prod", "apps/prod/services/pay", "production")}},
                            world.base);
  CHECK(world.environment_of("evil",
                             {{"flux/evil.yaml", kustomization("evil", "apps/dev/services/web", "production")}}) ==
        "prod, goes to production, namespace pay");
}

TEST_CASE("a Flux Kustomization with a kubeConfig of another form does not go to the cluster of Flux") {
  const auto kustomization = [](const std::string& name, const std::string& path, const std::string& more) {
    return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: " + name +
           ", namespace: flux-system}\nspec:\n  path: ./" + path + "\n  targetNamespace: web\n" +
           "  sourceRef: {kind: GitRepository, name: infra}\n" + more;
  };
  World world;
  world.base = world.commit({{"flux/source.yaml",
                              "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: infra, "
                              "namespace: flux-system}\n"
                              "spec: {url: https://git.example.com/acme/infra, ref: {branch: main}}\n"},
                             {"flux/dev.yaml", kustomization("dev", "apps/dev/services/web", "")}},
                            world.base);
  const auto environment_with = [&](const std::string& kube_config) {
    const std::string text = kustomization("x", "apps/dev/services/web", kube_config);
    return world.environment_of("x", {{"flux/x.yaml", text}});
  };
  CHECK(environment_with("") == "dev");
  CHECK(environment_with("  kubeConfig: {configMapRef: {name: prod}}\n") == "?");
  CHECK(environment_with("  kubeConfig: {other: prod}\n") == "?");
}

}  // namespace towline::evaluate
