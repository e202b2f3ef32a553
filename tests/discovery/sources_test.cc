#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "discovery/application.h"
#include "discovery/environment.h"
#include "git/file_tree.h"

namespace {

using namespace towline;
using namespace towline::discovery;
using git::MemoryTree;
using Names = std::vector<std::string>;

Discovered discovered(const std::map<std::string, std::string>& files, const std::vector<std::string>& services = {}) {
  return discover_applications(MemoryTree(files), services).value();
}

Application only(const std::map<std::string, std::string>& files) {
  const auto found = discovered(files);
  REQUIRE(found.applications.size() == 1);
  return found.applications.front();
}

Names affected(const std::map<std::string, std::string>& files, const std::vector<std::string>& changed) {
  const MemoryTree tree(files);
  Names names;
  const auto found = discover_applications(tree, {}).value().applications;
  const auto touched = affected_applications(tree, found, changed).value();
  for (const Application& application : touched) names.push_back(application.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::string argo(const std::string& name, const std::string& spec) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  destination: {namespace: shop}\n" + spec;
}

std::string argo_source(const std::string& name, const std::string& source) {
  return argo(name, "  source: " + source + "\n");
}

TEST_CASE("every Helm option of an Argo CD Application is read") {
  const Application application = only({{"a.yaml", argo_source("pay", R"({repoURL: https://x, path: charts/pay, helm: {
               releaseName: front, namespace: other, valueFiles: [a.yaml, /b.yaml], ignoreMissingValueFiles: true,
               values: "x: 1", valuesObject: {z: [1, two], y: yes}, skipCrds: true, skipTests: true, skipSchemaValidation: true,
               parameters: [{name: a.b, value: "1", forceString: true}, {name: c, value: d}],
               fileParameters: [{name: f, path: files/f}], kubeVersion: "1.30.0", apiVersions: [a/v1]}})")},
                                        {"charts/pay/Chart.yaml", ""}});
  REQUIRE(application.sources.size() == 1);
  const HelmOptions& helm = application.sources[0].helm;
  CHECK(application.sources[0].kind == SourceKind::helm);
  CHECK(helm.release_name == "front");
  CHECK(helm.ns == "other");
  CHECK(helm.value_files == Names{"a.yaml", "/b.yaml"});
  CHECK(helm.ignore_missing_value_files);
  CHECK(helm.values == "z:\n- 1\n- two\n\"true\": yes\n");  // YAML 1.1, as Kubernetes decodes it
  CHECK(helm.skip_crds);
  CHECK(helm.skip_tests);
  CHECK(helm.skip_schema_validation);
  CHECK(helm.parameters == std::vector<HelmParameter>{{"a.b", "1", true}, {"c", "d", false}});
  CHECK(helm.file_parameters == std::vector<NamedText>{{"f", "files/f"}});
  CHECK(helm.kube_version == "1.30.0");
  CHECK(helm.api_versions == Names{"a/v1"});
}

TEST_CASE("every kustomize and directory option, and what differences are ignored, is read") {
  const auto found =
      discovered({{"a.yaml", argo_source("k", R"({repoURL: https://x, path: k, kustomize: {namePrefix: a-,
               nameSuffix: -b, namespace: n, images: ['x=y:1'], replicas: [{name: web, count: 3}], commonLabels: {l: m},
               commonAnnotations: {o: p}, forceCommonLabels: true, labelWithoutSelector: true, components: [../c],
               patches: [{target: {kind: Service}, patch: "[]"}]}})") +
                                 "---\n" +
                                 argo("d",
                                      "  ignoreDifferences: [{group: apps, kind: '*', name: x, "
                                      "jsonPointers: [/spec/replicas], jqPathExpressions: [.a], "
                                      "managedFieldsManagers: [m]}]\n  source: {repoURL: https://x, "
                                      "path: d, directory: {recurse: true, include: '*.yaml', "
                                      "exclude: '{a,b}/*'}}\n")},
                  {"k/kustomization.yaml", ""},
                  {"d/kustomization.yaml", ""}})
          .applications;
  REQUIRE(found.size() == 2);
  const Source& directory = found[0].sources[0];
  CHECK(directory.kind == SourceKind::directory);
  CHECK(directory.directory == DirectoryOptions{true, "*.yaml", "{a,b}/*"});
  CHECK(found[0].recurse);
  CHECK(found[0].ignore_differences ==
        std::vector<IgnoreDifference>{{"apps", "*", "", "x", {"/spec/replicas"}, {".a"}, {"m"}}});
  const KustomizeOptions& kustomize = found[1].sources[0].kustomize;
  CHECK(kustomize.name_prefix == "a-");
  CHECK(kustomize.name_suffix == "-b");
  CHECK(kustomize.ns == "n");
  CHECK(kustomize.images == Names{"x=y:1"});
  CHECK(kustomize.replicas == std::vector<NamedText>{{"web", "3"}});
  CHECK(kustomize.common_labels == std::vector<NamedText>{{"l", "m"}});
  CHECK(kustomize.common_annotations == std::vector<NamedText>{{"o", "p"}});
  CHECK(kustomize.force_common_labels);
  CHECK(kustomize.label_without_selector);
  CHECK(kustomize.components == Names{"../c"});
  CHECK(kustomize.patches == "- target:\n    kind: Service\n  patch: \"[]\"\n");
}

TEST_CASE("what only Argo CD can render is told") {
  const Application plugin =
      only({{"a.yaml", argo_source("p", "{repoURL: https://x, path: d, plugin: {name: vault}}")}, {"d/x.yaml", ""}});
  CHECK(
      plugin.sources[0].unsupported ==
      Names{"this source is rendered by a plugin of Argo CD ('vault'), which Towline does not run, so what changes is "
            "not shown"});
  const Application both = only({{"a.yaml", argo_source("p",
                                                        "{repoURL: https://x, path: d, helm: {releaseName: a}, "
                                                        "kustomize: {namePrefix: b}}")},
                                 {"d/x.yaml", ""}});
  CHECK(both.sources[0].unsupported ==
        Names{"this source has options for several tools (Kustomize, Helm), which Argo CD refuses; keep those of one"});
}

TEST_CASE("an application whose only files here are values is at home beside them") {
  const Application application =
      only({{"a.yaml", argo("search",
                            "  sources:\n  - {repoURL: https://c, chart: search, targetRevision: 1.0.0, "
                            "helm: {valueFiles: [$v/apps/prod/search/values.yaml]}}\n"
                            "  - {repoURL: https://x, ref: v}\n")},
            {"apps/prod/search/values.yaml", "a: 1"}});
  CHECK(application.path == "apps/prod/search");
  CHECK(application.kind == SourceKind::helm);
}

TEST_CASE("a directory of values of a declared application is none of its own") {
  const auto found =
      discovered({{"a.yaml", argo("search",
                                  "  sources:\n  - {repoURL: https://c, chart: search, targetRevision: 1.0.0, "
                                  "helm: {valueFiles: [$v/apps/prod/search/values.yaml]}}\n"
                                  "  - {repoURL: https://x, ref: v}\n")},
                  {"apps/prod/search/values.yaml", "a: 1"}},
                 {"apps/prod/search"});
  CHECK(found.applications.size() == 1);
}

const std::map<std::string, std::string> kCharts = {
    {"root/pay.yaml", argo_source("pay",
                                  "{repoURL: https://x, path: charts/web, helm: {valueFiles: [../../envs/pay.yaml], "
                                  "fileParameters: [{name: a, path: /files/a.txt}]}}")},
    {"root/payments.yaml", argo_source("payments", "{repoURL: https://x, path: charts/payments}")},
    {"root/multi.yaml", argo("multi",
                             "  sources:\n  - {repoURL: https://x, path: charts/payments, helm: {valueFiles: "
                             "[$v/envs/multi.yaml]}}\n  - {repoURL: https://x, ref: v}\n")},
    {"charts/web/Chart.yaml", "dependencies: [{name: lib, version: 1.x, repository: 'file://../lib'}]"},
    {"charts/lib/Chart.yaml", "dependencies: [{name: deep, repository: 'file://../deep'}]"},
    {"charts/deep/templates/a.yaml", ""},
    {"charts/payments/Chart.yaml", ""},
    {"envs/pay.yaml", ""},
    {"envs/multi.yaml", ""},
    {"envs/other.yaml", ""},
    {"files/a.txt", ""},
};

struct Touch {
  const char* path;
  Names applications;
};

TEST_CASE("a change touches the charts that read the file, and no other") {
  const Touch touches[] = {
      {"charts/web/templates/x.yaml", {"pay"}},
      {"charts/lib/values.yaml", {"pay"}},
      {"charts/deep/templates/a.yaml", {"pay"}},
      {"charts/payments/values.yaml", {"multi", "payments"}},
      {"charts/pay/values.yaml", {}},
      {"charts/web2/values.yaml", {}},
      {"envs/pay.yaml", {"pay"}},
      {"envs/multi.yaml", {"multi"}},
      {"envs/other.yaml", {}},
      {"files/a.txt", {"pay"}},
      {"files/b.txt", {}},
      {"root/payments.yaml", {"payments"}},
      {"charts/payments/.argocd-source-payments.yaml", {"multi", "payments"}},
  };
  for (const Touch& touch : touches) {
    CAPTURE(touch.path);
    CHECK(affected(kCharts, {touch.path}) == touch.applications);
  }
}

TEST_CASE("components that the Application adds are read by it") {
  const std::map<std::string, std::string> files = {
      {"a.yaml",
       argo_source("web", "{repoURL: https://x, path: apps/web, kustomize: {components: [../../parts/tls]}}")},
      {"apps/web/kustomization.yaml", ""},
      {"parts/tls/kustomization.yaml", "resources: [secret.yaml]"},
      {"parts/tls/secret.yaml", ""},
      {"parts/other/kustomization.yaml", ""}};
  CHECK(affected(files, {"parts/tls/secret.yaml"}) == Names{"web"});
  CHECK(affected(files, {"parts/other/kustomization.yaml"}).empty());
}

TEST_CASE("build variables are replaced as Argo CD does it") {
  Application application;
  application.name = "pay";
  application.ns = "shop";
  Source source;
  source.path = "apps/pay";
  source.target_revision = "main";
  const CommitId commit("0123456789abcdef0123456789abcdef01234567");
  const std::pair<const char*, const char*> cases[] = {
      {"plain", "plain"},
      {"$ARGOCD_APP_NAME-x", "pay-x"},
      {"${ARGOCD_APP_NAMESPACE}x", "shopx"},
      {"$ARGOCD_APP_REVISION_SHORT ${ARGOCD_APP_REVISION_SHORT_8}", "0123456 01234567"},
      {"$ARGOCD_APP_SOURCE_PATH@$ARGOCD_APP_SOURCE_TARGET_REVISION", "apps/pay@main"},
      {"$ARGOCD_APP_PROJECT_NAME", "default"},
      {"a$UNKNOWN.b", "a.b"},
      {"$$HOME", "$HOME"},
      {"5$", "5$"},
      {"$ x", "$ x"},
      {"${open", "open"},
  };
  for (const auto& [written, expected] : cases) {
    CHECK(expand_environment(written, application, source, commit) == expected);
  }
}

const std::map<std::string, std::string> kFlux = {
    {"clusters/prod/sync.yaml",
     "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: "
     "flux-system}\n"
     "spec: {url: 'ssh://git@git.example.com/acme/infra.git'}\n---\n"
     "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: other, namespace: flux-system}\n"
     "spec: {url: 'https://git.example.com/acme/other', ref: {tag: v1}}\n---\n"
     "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: charts, namespace: flux-system}\n"
     "spec: {url: 'https://charts.example.com'}\n"},
    {"clusters/prod/apps.yaml",
     "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps, namespace: flux-system}\n"
     "spec:\n  path: ./apps/prod\n  targetNamespace: shop\n  namePrefix: p-\n  sourceRef: {kind: GitRepository, name: "
     "flux-system}\n  images: [{name: web, newName: r/web, newTag: '2'}]\n  components: [../tls]\n"
     "  postBuild: {substitute: {a: b}, substituteFrom: [{kind: ConfigMap, name: vars, optional: true}]}\n"
     "  commonMetadata: {labels: {l: m}}\n"},
    {"clusters/prod/other.yaml",
     "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: other, namespace: "
     "flux-system}\n"
     "spec: {path: ./deploy, sourceRef: {kind: GitRepository, name: other}}\n"},
    {"apps/prod/release.yaml",
     "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: redis}\nspec:\n"
     "  chart: {spec: {chart: redis, version: 18.x, sourceRef: {kind: HelmRepository, name: charts, namespace: "
     "flux-system}}}\n  values: {a: 1}\n  valuesFrom: [{kind: ConfigMap, name: redis-values}]\n"},
    {"apps/prod/local.yaml",
     "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: own}\nspec:\n"
     "  targetNamespace: elsewhere\n  postRenderers: [{kustomize: {}}]\n  chart: {spec: {chart: ./charts/web, "
     "valuesFiles: [charts/web/values.yaml], sourceRef: {kind: GitRepository, name: flux-system, namespace: "
     "flux-system}}}\n"},
    {"apps/tls/kustomization.yaml", ""},
    {"charts/web/Chart.yaml", ""},
};

const Application* named(const std::vector<Application>& applications, const std::string& name) {
  const auto found = std::find_if(applications.begin(), applications.end(),
                                  [&](const Application& application) { return application.name == name; });
  return found == applications.end() ? nullptr : &*found;
}

TEST_CASE("Flux's objects are applications too") {
  const auto found = discovered(kFlux);
  CHECK(found.problems.empty());
  REQUIRE(found.applications.size() == 4);

  const Application* apps = named(found.applications, "apps");
  REQUIRE(apps != nullptr);
  CHECK(apps->path == "apps/prod");
  CHECK(apps->ns == "shop");
  CHECK(apps->declared_in == "clusters/prod/apps.yaml");
  const Source& source = apps->sources[0];
  CHECK(source.origin == Origin::here);
  CHECK(source.flux.generates);
  CHECK(source.kustomize.name_prefix == "p-");
  CHECK(source.kustomize.images == Names{"web=r/web:2"});
  CHECK(source.kustomize.components == Names{"../tls"});
  CHECK(source.flux.substitute == std::vector<NamedText>{{"a", "b"}});
  CHECK(source.flux.labels == std::vector<NamedText>{{"l", "m"}});

  const Application* other = named(found.applications, "other");
  REQUIRE(other != nullptr);
  CHECK(other->sources[0].origin == Origin::elsewhere);
  CHECK(other->sources[0].target_revision == "v1");

  const Application* redis = named(found.applications, "redis");
  REQUIRE(redis != nullptr);
  CHECK(redis->ns == "shop");
  CHECK(redis->sources[0].origin == Origin::chart);
  CHECK(redis->sources[0].repo_url == "https://charts.example.com");
  CHECK(redis->sources[0].chart == "redis");
  CHECK(redis->sources[0].target_revision == "18.x");
  CHECK(redis->sources[0].helm.release_name == "redis");

  const Application* web = named(found.applications, "web");
  REQUIRE(web != nullptr);
  CHECK(web->path == "charts/web");
  CHECK(web->ns == "elsewhere");
  CHECK(web->sources[0].helm.release_name == "elsewhere-web");
  CHECK(web->sources[0].helm.value_files == Names{"/charts/web/values.yaml"});
  CHECK(web->sources[0].unsupported ==
        Names{"the post-renderers of this HelmRelease are not run, so what they change is not shown"});
}

TEST_CASE("a chart of Flux without a spec is a problem of its file") {
  const auto found = discovered({{"flux/release.yaml", R"(apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: redis, namespace: shop}
spec: {chartRef: {kind: HelmChart, name: redis}}
)"},
                                 {"flux/chart.yaml", R"(apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: {name: redis, namespace: shop}
)"}});
  CHECK(found.applications.empty());
  REQUIRE(found.problems.size() == 1);
  CHECK(found.problems[0].path == "flux/chart.yaml");
  CHECK(found.problems[0].message ==
        "the HelmChart 'redis' has no spec, so the chart of the HelmRelease 'redis' is not known");
}

TEST_CASE("what Flux's objects read touches them") {
  CHECK(affected(kFlux, {"apps/prod/new.yaml"}) == Names{"apps", "redis"});
  CHECK(affected(kFlux, {"apps/tls/kustomization.yaml"}) == Names{"apps"});
  CHECK(affected(kFlux, {"charts/web/values.yaml"}) == Names{"web"});
  CHECK(affected(kFlux, {"clusters/prod/other.yaml"}) == Names{"apps", "other"});
}

}  // namespace
