#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vector>

#include "discovery/application.h"
#include "yaml/node.h"

namespace towline::discovery {
namespace {

using Files = std::map<std::string, std::string>;

/// An object of every kind that discovery reads, with most of its fields.
constexpr std::string_view kObjects[] = {
    R"(apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: redis, namespace: shop}
spec:
  targetNamespace: shop
  releaseName: redis
  chartRef: {kind: HelmChart, name: redis, namespace: shop}
  values: {a: 1}
  valuesFrom: [{kind: ConfigMap, name: v, valuesKey: k, targetPath: p, optional: true}]
  postRenderers: [{kustomize: {}}]
)",
    R"(apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmChart
metadata: {name: redis, namespace: shop}
spec: {chart: redis, version: 1.x, sourceRef: {kind: HelmRepository, name: charts}, valuesFiles: [a.yaml]}
)",
    R"(apiVersion: source.toolkit.fluxcd.io/v1
kind: HelmRepository
metadata: {name: charts, namespace: shop}
spec: {url: https://charts.example.com}
)",
    R"(apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web}
spec:
  chart: {spec: {chart: charts/web, sourceRef: {kind: GitRepository, name: flux-system}, valuesFiles: [v.yaml]}}
  install: {crds: Skip}
)",
    R"(apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: https://git.example.com/acme/infra, ref: {branch: main}}
)",
    R"(apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps/prod
  sourceRef: {kind: GitRepository, name: flux-system}
  images: [{name: web, newName: r/web, newTag: "2", digest: d}]
  components: [../tls]
  patches: [{patch: "a: 1", target: {kind: Deployment}}]
  postBuild: {substitute: {a: b}, substituteFrom: [{kind: ConfigMap, name: v}]}
  commonMetadata: {labels: {l: m}, annotations: {l: m}}
)",
    R"(apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: pay}
spec:
  project: p
  destination: {namespace: pay}
  ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec]}]
  sources:
    - {repoURL: https://git.example.com/acme/infra, path: apps/prod, kustomize: {images: [a=b], patches: [{patch: x}]}}
    - repoURL: https://charts.example.com
      chart: redis
      helm: {valueFiles: [$values/v.yaml], parameters: [{name: a, value: b}], fileParameters: [{name: a, path: b}]}
    - {repoURL: https://git.example.com/acme/infra, ref: values, directory: {jsonnet: {libs: [x]}}, plugin: {name: x}}
)",
    R"(apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all}
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - matrix:
        generators:
          - list: {elements: [{name: a, values: {x: y}}], template: {metadata: {name: q}}}
          - git: {repoURL: https://git.example.com/acme/infra, directories: [{path: apps/*, exclude: false}], values: {v: w}}
      selector: {matchLabels: {name: a}, matchExpressions: [{key: name, operator: In, values: [a]}]}
    - merge:
        mergeKeys: [name]
        generators:
          - list: {elementsYaml: "[{name: b}]"}
          - clusters: {selector: {matchLabels: {env: prod}}, values: {v: w}, flatList: false}
    - git: {repoURL: https://git.example.com/acme/infra, files: [{path: config/*.yaml}], pathParamPrefix: p}
  template: {metadata: {name: 'app-{{ .name }}'}, spec: {source: {path: 'apps/{{ .name }}', repoURL: r}, project: p}}
  templatePatch: 'spec: {destination: {namespace: "{{ .name }}"}}'
)",
    R"(apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [deployment.yaml, ../base]
configMapGenerator: [{name: c, files: [a=b.txt], envs: [e.env]}]
patches: [{path: p.yaml, target: {kind: Deployment}}]
helmCharts: [{name: redis, repo: https://charts.example.com, valuesFile: v.yaml}]
replacements: [{path: r.yaml}]
)",
    R"(apiVersion: v2
name: web
version: 1.0.0
dependencies: [{name: lib, version: 1.x, repository: "file://../lib", alias: l}]
)"};
constexpr std::string_view kPaths[] = {"f/redis.yaml",         "f/chart.yaml", "f/repository.yaml",
                                       "f/web.yaml",           "f/git.yaml",   "f/apps.yaml",
                                       "a/pay.yaml",           "a/all.yaml",   "apps/prod/kustomization.yaml",
                                       "charts/web/Chart.yaml"};

Files files() {
  Files all = {{"config/a.yaml", "name: c"}, {"apps/base/kustomization.yaml", "resources: []"}};
  for (std::size_t i = 0; i < std::size(kPaths); ++i) all[std::string(kPaths[i])] = kObjects[i];
  return all;
}

void discover(Files all) {
  const git::MemoryTree tree(std::move(all));
  const auto found =
      discover_applications(tree, {}, nullptr, {{"prod", "https://prod.example.com", {{"env", "prod"}}, {}}});
  REQUIRE(found);
  static_cast<void>(affected_applications(tree, found->applications, {"apps/prod/deployment.yaml"}));
}

/// Calls `visit` with each node below the root, which it may change for the time of the call.
void for_each_node(yaml::Node& node, const std::function<void(yaml::Node&)>& visit) {
  visit(node);
  for (yaml::Node& item : node.items) for_each_node(item, visit);
  for (auto& [key, value] : node.entries) {
    for_each_node(key, visit);
    for_each_node(value, visit);
  }
}

TEST_CASE("an object with any part missing, or of another shape, is read or is a problem") {
  const std::string shapes[] = {"~", "text", "[]", "{}", "[text]", "{text: text}", "[[text]]", "[{a: b}]", "1", "''"};
  for (std::size_t i = 0; i < std::size(kPaths); ++i) {
    yaml::Node root = yaml::parse(kObjects[i]).value().front().root;
    for_each_node(root, [&](yaml::Node& node) {
      const yaml::Node written = node;
      for (const std::string& shape : shapes) {
        node = yaml::parse(shape).value().empty() ? yaml::Node() : yaml::parse(shape).value().front().root;
        Files all = files();
        all[std::string(kPaths[i])] = yaml::emit(root);
        discover(std::move(all));
      }
      for (std::size_t at = 0; at < written.entries.size(); ++at) {
        node = written;
        node.entries.erase(node.entries.begin() + static_cast<std::ptrdiff_t>(at));
        Files all = files();
        all[std::string(kPaths[i])] = yaml::emit(root);
        discover(std::move(all));
      }
      node = written;
    });
  }
}

}  // namespace
}  // namespace towline::discovery
