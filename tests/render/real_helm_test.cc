#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "render/declared.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

Renderer::Options options_in(const std::string& folder) {
  Renderer::Options options;
  options.search_path = folder;
  options.kube_version = "1.34.4";
  return options;
}

/// The test charts, and what else the case needs.
CommitId commit_charts(Fixture& fixture, std::vector<git::PathEdit> edits) {
  for (const char* chart : {"web", "lib"}) {
    auto files = directory_edits(chart_directory(chart), std::string("charts/") + chart + "/");
    edits.insert(edits.end(), files.begin(), files.end());
  }
  return fixture.commit(std::move(edits));
}

constexpr const char* kDeployment = "Deployment shop/web-web";

struct Option {
  const char* name;
  const char* helm;
  std::vector<std::pair<std::string, std::string>> expected;  ///< field of the Deployment, text
};

std::string field_of(const Rendered& rendered, const std::string& field) {
  const yaml::Node* found = nullptr;
  for (const manifest::Resource& resource : rendered.resources) {
    if (resource.key.kind != "Deployment") continue;
    if (field == "image") found = &manifest::pod_spec(resource)->find("containers")->items[0];
    if (field == "image") return std::string(found->find("image")->text());
    if (field == "replicas") return std::string(resource.body.find_path({"spec", "replicas"})->text());
    if (field == "name") return resource.key.name;
    if (field == "namespace") return std::string(resource.body.find_path({"metadata", "namespace"})->text());
    found = resource.body.find_path({"metadata", "annotations", field});
    if (found == nullptr) found = resource.body.find_path({"metadata", "labels", field});
    return found == nullptr ? "none" : std::string(found->text());
  }
  return "no Deployment";
}

const Option kOptions[] = {
    {"nothing",
     "{}",
     {{"name", "web-web"}, {"namespace", "shop"}, {"image", "ghcr.io/acme/web:1.0"}, {"replicas", "1"}}},
    {"a release name", "{releaseName: front}", {{"name", "front-web"}}},
    {"a namespace", "{namespace: elsewhere}", {{"namespace", "elsewhere"}}},
    {"a value file in the chart", "{valueFiles: [values-prod.yaml]}", {{"replicas", "3"}}},
    {"a value file outside of the chart", "{valueFiles: [../../envs/prod.yaml]}", {{"replicas", "5"}}},
    {"a value file from the root", "{valueFiles: [/envs/prod.yaml]}", {{"replicas", "5"}}},
    {"a value file with a build variable", "{valueFiles: ['/envs/$ARGOCD_APP_NAME.yaml']}", {{"replicas", "6"}}},
    {"the last value file counts", "{valueFiles: [/envs/prod.yaml, values-prod.yaml]}", {{"replicas", "3"}}},
    {"a missing value file is ignored",
     "{valueFiles: [nowhere.yaml], ignoreMissingValueFiles: true}",
     {{"replicas", "1"}}},
    {"values", "{values: \"replicas: 7\\n\", valueFiles: [/envs/prod.yaml]}", {{"replicas", "7"}}},
    {"a values object is stronger than values",
     "{values: \"replicas: 7\\n\", valuesObject: {replicas: 8, labels: {a: b}}}",
     {{"replicas", "8"}, {"a", "b"}}},
    {"a parameter is stronger than all values",
     "{parameters: [{name: replicas, value: '9'}], values: 'replicas: 7'}",
     {{"replicas", "9"}, {"replicas-kind", "int64"}}},
    {"a parameter as a string",
     "{parameters: [{name: tag, value: '2.0', forceString: true}]}",
     {{"tag-kind", "string"}, {"image", "ghcr.io/acme/web:2.0"}}},
    {"a comma in a parameter",
     "{parameters: [{name: labels.a, value: 'b,labels.c=d'}]}",
     {{"a", "b,labels.c=d"}, {"c", "none"}}},
    {"a parameter with a build variable",
     "{parameters: [{name: tag, value: '$ARGOCD_APP_NAME'}]}",
     {{"image", "ghcr.io/acme/web:web"}}},
    {"a Kubernetes version", "{kubeVersion: '1.29.3'}", {{"kube", "v1.29.3"}}},
    {"the renderer's Kubernetes version", "{}", {{"kube", "v1.34.4"}, {"monitored", "false"}}},
    {"API versions", "{apiVersions: [monitoring.coreos.com/v1/ServiceMonitor]}", {{"monitored", "true"}}},
};

TEST_CASE("the real helm renders a chart with every option of an Application") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  std::vector<git::PathEdit> edits = {{"envs/prod.yaml", "replicas: 5\n"}, {"envs/web.yaml", "replicas: 6\n"}};
  for (const Option& option : kOptions) {
    DYNAMIC_SECTION(option.name) {
      edits.push_back({"web.yaml", argo_application("web", "{repoURL: https://x, path: charts/web, helm: " +
                                                               std::string(option.helm) + "}")});
      const CommitId commit = commit_charts(fixture, edits);
      Renderer renderer(options_in(*folder));
      const Rendered rendered = render_declared(fixture, commit, "web", renderer);
      CHECK(problems(rendered) == Texts{});
      for (const auto& [field, text] : option.expected) CHECK(field_of(rendered, field) == text);
    }
  }
}

TEST_CASE("the real helm's hooks, tests and CRDs are among the resources unless they are skipped") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  const CommitId commit = commit_charts(
      fixture, {{"a.yaml", argo_application("all", "{repoURL: https://x, path: charts/web}")},
                {"b.yaml", argo_application("few",
                                            "{repoURL: https://x, path: charts/web, helm: {skipCrds: true, "
                                            "skipTests: true}}")}});
  Renderer renderer(options_in(*folder));
  CHECK(keys(render_declared(fixture, commit, "all", renderer)) ==
        Texts{"ConfigMap shop/lib-from-the-chart", "ConfigMap shop/settings", "Pod shop/ping",
              "CustomResourceDefinition widgets.acme.example", "Deployment shop/all-web", "Job shop/migrate"});
  CHECK(keys(render_declared(fixture, commit, "few", renderer)) ==
        Texts{"ConfigMap shop/lib-from-the-chart", "ConfigMap shop/settings", "Deployment shop/few-web",
              "Job shop/migrate"});
}

TEST_CASE("the real helm takes files from a source that has a name, and the sources make one application") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  const CommitId commit = commit_charts(
      fixture,
      {{"web.yaml", multi_source_application(
                        "web", {"{repoURL: https://x, path: charts/web, helm: {valueFiles: [$infra/envs/prod.yaml], "
                                "fileParameters: [{name: settings, path: $infra/envs/settings.txt}]}}",
                                "{repoURL: https://x, ref: infra}", "{repoURL: https://x, path: extra}"})},
       {"envs/prod.yaml", "replicas: 5\n"},
       {"envs/settings.txt", "a, b"},
       {"extra/lib.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lib-from-the-chart}\ndata: {won: last}\n"}});
  Renderer renderer(options_in(*folder));
  const Rendered rendered = render_declared(fixture, commit, "web", renderer);
  CHECK(problems(rendered) == Texts{});
  CHECK(text_of(rendered, kDeployment, {"spec", "replicas"}) == "5");
  CHECK(text_of(rendered, "ConfigMap shop/settings", {"data", "settings"}) == "a, b");
  CHECK(text_of(rendered, "ConfigMap shop/lib-from-the-chart", {"data", "won"}) == "last");
}

TEST_CASE("overrides beside a chart count for the application they name") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  const CommitId commit = commit_charts(
      fixture, {{"a.yaml", argo_application("one", "{repoURL: https://x, path: charts/web}")},
                {"b.yaml", argo_application("two", "{repoURL: https://x, path: charts/web}")},
                {"charts/web/.argocd-source.yaml", "helm: {parameters: [{name: replicas, value: '4'}]}\n"},
                {"charts/web/.argocd-source-two.yaml",
                 "helm: {parameters: [{name: tag, value: 9z}]}\nrepoURL: https://evil\n"}});
  Renderer renderer(options_in(*folder));
  CHECK(field_of(render_declared(fixture, commit, "one", renderer), "replicas") == "4");
  CHECK(field_of(render_declared(fixture, commit, "two", renderer), "image") == "ghcr.io/acme/web:9z");
  CHECK(field_of(render_declared(fixture, commit, "two", renderer), "replicas") == "1");
}

struct Refusal {
  const char* name;
  const char* helm;
  const char* problem;
};

const Refusal kRefusals[] = {
    {"a value file that is not there", "{valueFiles: [nowhere.yaml]}",
     "charts/web:0: the value file 'nowhere.yaml' is not in this repository"},
    {"a value file out of the repository", "{valueFiles: [../../../../etc/passwd]}",
     "charts/web:0: the value file '../../../../etc/passwd' leads out of the repository"},
    {"a value file by a link out of the repository", "{valueFiles: [/link.yaml]}",
     "link.yaml:0: this leads out of the repository by a symbolic link, so it is not read"},
    {"a value file by https", "{valueFiles: ['https://bob:pw@example.com/v.yaml']}",
     "charts/web:0: the value file 'https://***@example.com/v.yaml' would be fetched from elsewhere, which is not "
     "done; "
     "put a copy into this repository"},
    {"a file parameter out of the repository", "{fileParameters: [{name: settings, path: /../../etc/passwd}]}",
     "charts/web:0: the file of the parameter '/../../etc/passwd' leads out of the repository"},
};

TEST_CASE("what helm must not read is refused with a sentence") {
  Fixture fixture;
  for (const Refusal& refusal : kRefusals) {
    DYNAMIC_SECTION(refusal.name) {
      const CommitId commit = fixture.commit_with_links(
          {{"charts/web/Chart.yaml", "name: web\nversion: 1.0.0\n"},
           {"web.yaml", argo_application(
                            "web", "{repoURL: https://x, path: charts/web, helm: " + std::string(refusal.helm) + "}")}},
          {{"link.yaml", "../../etc/passwd"}});
      Renderer::Options options;
      options.search_path = fixture.script("helm", "echo 'it ran' >&2; exit 1\n").string();
      Renderer renderer(options);
      CHECK(problems(render_declared(fixture, commit, "web", renderer)) == Texts{refusal.problem});
    }
  }
}

}  // namespace
}  // namespace towline::render::test
