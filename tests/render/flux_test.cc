#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

#include "render/declared.h"
#include "render/flux.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

TEST_CASE("variables are replaced as Flux does it") {
  const std::vector<discovery::NamedText> variables = {{"a", "1"}, {"empty", ""}, {"a", "2"}};
  const std::pair<const char*, const char*> cases[] = {
      {"plain $a", "plain $a"}, {"x${a}y", "x2y"},  {"${b}", ""},         {"${b:=c}", "c"},         {"${a:=c}", "2"},
      {"${empty:=c}", "c"},     {"${empty=c}", ""}, {"${b:-d e}", "d e"}, {"$${a} ${a}", "${a} 2"},
  };
  for (const auto& [text, expected] : cases) CHECK(substitute(text, variables).value() == expected);
  CHECK(substitute("${a//x/y}", variables).error().message ==
        "the variable '${a//x/y}' uses an operation that is not supported; ${name} and ${name:=default} are");
  CHECK(substitute("${a", variables).error().message == "a variable that begins with '${' does not end with '}'");
}

TEST_CASE("Flux makes up a kustomization of every manifest and kustomization below a directory") {
  const std::vector<LoadedFile> files = {{"apps/a.yaml", "", false},         {"apps/deep/b.yml", "", false},
                                         {"apps/deep/notes.txt", "", false}, {"apps/web/kustomization.yaml", "", false},
                                         {"apps/web/c.yaml", "", false},     {"other/d.yaml", "", false}};
  CHECK(
      generated_kustomization("apps", files) ==
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- a.yaml\n- deep/b.yml\n- web\n");
  CHECK(generated_kustomization("none", files).ends_with("resources: []\n"));
}

std::string kustomization(const std::string& spec) {
  return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec:\n"
         "  path: ./apps\n  targetNamespace: shop\n  sourceRef: {kind: GitRepository, name: flux-system}\n" +
         spec;
}

TEST_CASE("the real kustomize builds what a Flux Kustomization applies") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  Renderer::Options options;
  options.search_path = *folder;
  Renderer renderer(options);
  const std::string spec =
      "  namePrefix: p-\n  commonMetadata: {labels: {team: x}}\n  postBuild: {substitute: {name: "
      "web}, substituteFrom: [{kind: ConfigMap, name: vars}]}\n";
  const CommitId commit =
      fixture.commit({{"clusters/prod/apps.yaml", kustomization(spec)},
                      {"clusters/prod/vars.yaml",
                       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars}\ndata: {size: large, name: no}\n"},
                      {"apps/deep/a.yaml",
                       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {name: \"${name}\", size: "
                       "\"${size:=small}\"}\n"}});
  const Rendered rendered = render_declared(fixture, commit, "apps", renderer);
  CHECK(problems(rendered) == Texts{});
  CHECK(keys(rendered) == Texts{"ConfigMap shop/p-a"});
  CHECK(text_of(rendered, "ConfigMap shop/p-a", {"data", "name"}) == "web");
  CHECK(text_of(rendered, "ConfigMap shop/p-a", {"data", "size"}) == "large");
  CHECK(text_of(rendered, "ConfigMap shop/p-a", {"metadata", "labels", "team"}) == "x");
}

TEST_CASE("variables that come from a Secret are told, not guessed") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  Renderer::Options options;
  options.search_path = *folder;
  Renderer renderer(options);
  const CommitId commit =
      fixture.commit({{"sync/apps.yaml", kustomization("  postBuild: {substituteFrom: [{kind: Secret, name: s}, {kind: "
                                                       "ConfigMap, name: gone}, {kind: ConfigMap, name: maybe, "
                                                       "optional: true}]}\n")},
                      {"apps/a.yaml", config_map("a")}});
  CHECK(problems(render_declared(fixture, commit, "apps", renderer)) ==
        Texts{"apps:0: values come from the Secret 's', which is not in git, so what its variables change is not shown",
              "apps:0: values come from the ConfigMap 'gone', which does not stand beside the object that names it, so "
              "what its variables change is not shown"});
}

TEST_CASE("the real helm renders a HelmRelease with the values of ConfigMaps beside it") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  Renderer::Options options;
  options.search_path = *folder;
  Renderer renderer(options);
  auto files = directory_edits(chart_directory("lib"), "charts/lib/");
  files.push_back(
      {"apps/release.yaml",
       "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: lib, namespace: shop}\n"
       "spec:\n  chart: {spec: {chart: ./charts/lib, sourceRef: {kind: GitRepository, name: flux-system}}}\n"
       "  valuesFrom: [{kind: ConfigMap, name: v}]\n  values: {other: 1}\n"});
  files.push_back(
      {"apps/v.yaml",
       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: v}\ndata: {values.yaml: 'suffix: from-a-map'}\n"});
  CHECK(keys(render_declared(fixture, fixture.commit(files), "lib", renderer)) ==
        Texts{"ConfigMap shop/lib-from-a-map"});
}

TEST_CASE("what Flux leaves out of its artifact is not applied, and a kustomization that names it fails") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  Renderer::Options options;
  options.search_path = *folder;
  Renderer renderer(options);
  const CommitId commit = fixture.commit_with_links({{"sync/apps.yaml", kustomization("")},
                                                     {"sync/web.yaml", replace_all(kustomization(""), "apps", "web")},
                                                     {"apps/a.yaml", config_map("a")},
                                                     {"apps/.flux.yaml", config_map("b")},
                                                     {"apps/.github/c.yaml", config_map("c")},
                                                     {"other/d.yaml", config_map("d")},
                                                     {"web/cloudbuild.yaml", config_map("e")},
                                                     {"web/kustomization.yaml", "resources: [cloudbuild.yaml]\n"}},
                                                    {{"apps/link.yaml", "../other/d.yaml"}});
  const Rendered rendered = render_declared(fixture, commit, "apps", renderer);
  CHECK(problems(rendered) == Texts{});
  CHECK(keys(rendered) == Texts{"ConfigMap shop/a"});
  const Rendered failed = render_declared(fixture, commit, "web", renderer);
  REQUIRE(failed.problems.size() == 1);
  CHECK_THAT(failed.problems[0].message, Catch::Contains("cloudbuild.yaml"));
}

TEST_CASE("a named object with null items is applied by Flux and not by Argo CD") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  Renderer::Options options;
  options.search_path = *folder;
  Renderer renderer(options);
  const std::string object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\nitems: null\n";
  auto files = directory_edits(chart_directory("lib"), "charts/lib/");
  files.push_back({"charts/lib/templates/x.yaml", object});
  files.push_back({"flux/release.yaml",
                   "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: lib, namespace: shop}\n"
                   "spec:\n  chart: {spec: {chart: ./charts/lib, sourceRef: {kind: GitRepository, name: x}}}\n"});
  files.push_back({"argocd/app.yaml", argo_application("plain", "{repoURL: r, path: plain}")});
  files.push_back({"plain/x.yaml", object});
  const CommitId commit = fixture.commit(files);
  const auto of_flux = keys(render_declared(fixture, commit, "lib", renderer));
  CHECK(std::find(of_flux.begin(), of_flux.end(), "ConfigMap shop/x") != of_flux.end());
  CHECK(keys(render_declared(fixture, commit, "plain", renderer)) == Texts{});
}

}  // namespace
}  // namespace towline::render::test
