#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "render/declared.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

const std::vector<git::PathEdit> kWeb = {
    {"web/kustomization.yaml", "resources: [deployment.yaml]\n# a comment\nimages: [{name: other, newTag: '9'}]\n"},
    {"web/deployment.yaml",
     "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: "
     "{app: "
     "web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: "
     "'r/web:1'}]}\n"},
    {"parts/note/kustomization.yaml",
     "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: Deployment}\n  patch: "
     "'[{\"op\": \"add\", \"path\": \"/metadata/annotations\", \"value\": {\"noted\": \"here\"}}]'\n"}};

struct Option {
  const char* name;
  const char* kustomize;
  const char* key;
  std::vector<std::pair<std::vector<std::string_view>, std::string>> expected;
};

const Option kOptions[] = {
    {"a prefix and a suffix", "{namePrefix: a-, nameSuffix: -b}", "Deployment shop/a-web-b", {}},
    {"a namespace", "{namespace: elsewhere}", "Deployment elsewhere/web", {}},
    {"replicas", "{replicas: [{name: web, count: 4}]}", "Deployment shop/web", {{{"spec", "replicas"}, "4"}}},
    {"replicas as text", "{replicas: [{name: web, count: '4'}]}", "Deployment shop/web", {{{"spec", "replicas"}, "4"}}},
    {"labels reach the selector",
     "{commonLabels: {team: a}}",
     "Deployment shop/web",
     {{{"metadata", "labels", "team"}, "a"}, {{"spec", "selector", "matchLabels", "team"}, "a"}}},
    {"labels leave the selector",
     "{commonLabels: {team: a}, labelWithoutSelector: true}",
     "Deployment shop/web",
     {{{"metadata", "labels", "team"}, "a"}, {{"spec", "selector", "matchLabels", "team"}, "none"}}},
    {"labels in templates",
     "{commonLabels: {team: a}, labelWithoutSelector: true, labelIncludeTemplates: true}",
     "Deployment shop/web",
     {{{"spec", "template", "metadata", "labels", "team"}, "a"}}},
    {"a label with a build variable",
     "{commonLabels: {app-is: $ARGOCD_APP_NAME}}",
     "Deployment shop/web",
     {{{"metadata", "labels", "app-is"}, "web"}}},
    {"annotations",
     "{commonAnnotations: {a: $ARGOCD_APP_NAME}}",
     "Deployment shop/web",
     {{{"metadata", "annotations", "a"}, "$ARGOCD_APP_NAME"}}},
    {"annotations with build variables",
     "{commonAnnotations: {a: $ARGOCD_APP_NAME}, commonAnnotationsEnvsubst: true}",
     "Deployment shop/web",
     {{{"metadata", "annotations", "a"}, "web"}}},
    {"components",
     "{components: [../parts/note]}",
     "Deployment shop/web",
     {{{"metadata", "annotations", "noted"}, "here"}}},
    {"missing components",
     "{components: [../parts/none, ../parts/note], ignoreMissingComponents: true}",
     "Deployment shop/web",
     {{{"metadata", "annotations", "noted"}, "here"}}},
    {"patches",
     R"({patches: [{target: {kind: Deployment}, patch: '[{"op": "replace", "path": "/spec/replicas", "value": 6}]'}]})",
     "Deployment shop/web",
     {{{"spec", "replicas"}, "6"}}},
};

TEST_CASE("the real kustomize builds with every option of an Application") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  for (const Option& option : kOptions) {
    DYNAMIC_SECTION(option.name) {
      Fixture fixture;
      std::vector<git::PathEdit> files = kWeb;
      files.push_back({"a.yaml", argo_application("web", "{repoURL: https://x, path: web, kustomize: " +
                                                             std::string(option.kustomize) + "}")});
      Renderer::Options options;
      options.search_path = *folder;
      Renderer renderer(options);
      const Rendered rendered = render_declared(fixture, fixture.commit(files), "web", renderer);
      CHECK(problems(rendered) == Texts{});
      REQUIRE(keys(rendered) == Texts{option.key});
      for (const auto& [path, text] : option.expected) {
        const yaml::Node* found = &rendered.resources[0].body;
        for (const std::string_view key : path) found = found == nullptr ? nullptr : found->find(key);
        CHECK((found == nullptr ? "none" : std::string(found->text())) == text);
      }
    }
  }
}

TEST_CASE("the real kustomize sets an image as the Application says") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  std::vector<git::PathEdit> files = kWeb;
  files.push_back(
      {"a.yaml", argo_application("web", "{repoURL: https://x, path: web, kustomize: {images: ['r/web=q/web:2']}}")});
  Renderer::Options options;
  options.search_path = *folder;
  Renderer renderer(options);
  const Rendered rendered = render_declared(fixture, fixture.commit(files), "web", renderer);
  REQUIRE(rendered.resources.size() == 1);
  CHECK(manifest::pod_spec(rendered.resources[0])->find("containers")->items[0].find("image")->text() == "q/web:2");
}

TEST_CASE("patches and components of an Application may not fetch anything") {
  Fixture fixture;
  std::vector<git::PathEdit> files = kWeb;
  files.push_back({"a.yaml", argo_application("web",
                                              "{repoURL: https://x, path: web, kustomize: {components: "
                                              "['https://example.com/c'], patches: [{path: 'http://h/p'}]}}")});
  Renderer::Options options;
  options.search_path = fixture.script("kustomize", "echo 'it ran' >&2; exit 1\n").string();
  Renderer renderer(options);
  const Texts said = problems(render_declared(fixture, fixture.commit(files), "web", renderer));
  REQUIRE(said.size() == 2);
  CHECK(said[0].find("'https://example.com/c' would be fetched from the network") != std::string::npos);
  CHECK(said[1].find("'http://h/p' would be fetched from the network") != std::string::npos);
}

}  // namespace
}  // namespace towline::render::test
