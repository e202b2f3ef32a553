#include <catch2/catch.hpp>

#include <string>

#include "render/fixture.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

Rendered render(Fixture& fixture, const CommitId& commit, const std::string& folder) {
  Renderer::Options options;
  options.search_path = folder;
  return Renderer(options).render(fixture.repository, commit, kustomize_application("apps/prod/pay")).value();
}

TEST_CASE("the real kustomize renders an overlay on a base") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  const CommitId commit = fixture.commit(
      {{"apps/base/kustomization.yaml", "resources: [deployment.yaml]\n"},
       {"apps/base/deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay}\nspec:\n  template:\n    spec:\n      "
        "containers:\n"
        "      - {name: app, image: \"ghcr.io/acme/pay:1.4.2\"}\n"},
       {"apps/prod/pay/kustomization.yaml",
        "resources: [../../base]\nnamespace: shop\nimages: [{name: ghcr.io/acme/pay, newTag: 1.5.0}]\n"
        "configMapGenerator: [{name: settings, files: [a.conf]}]\ngeneratorOptions: {disableNameSuffixHash: true}\n"},
       {"apps/prod/pay/a.conf", "x = 1\n"}});
  const Rendered rendered = render(fixture, commit, *folder);
  CHECK(problems(rendered) == Texts{});
  CHECK(keys(rendered) == Texts{"ConfigMap shop/settings", "Deployment shop/pay"});
  const yaml::Node& containers = *manifest::pod_spec(rendered.resources[1])->find("containers");
  CHECK(containers.items[0].find("image")->text() == "ghcr.io/acme/pay:1.5.0");
}

TEST_CASE("the real kustomize's complaint is a problem") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  const CommitId commit = fixture.commit({{"apps/prod/pay/kustomization.yaml", "resources: [missing.yaml]\n"}});
  const Texts said = problems(render(fixture, commit, *folder));
  REQUIRE(said.size() == 1);
  CHECK(said[0].starts_with("apps/prod/pay:0: kustomize cannot build this: accumulating resources"));
  CHECK(said[0].find("missing.yaml") != std::string::npos);
  CHECK(said[0].find("/tmp") == std::string::npos);
}

TEST_CASE("the real kustomize may not read what is outside of its directory") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  const CommitId commit = fixture.commit(
      {{"apps/prod/pay/kustomization.yaml", "resources: [../../x.yaml]\n"}, {"apps/x.yaml", config_map("x")}});
  const Texts said = problems(render(fixture, commit, *folder));
  REQUIRE(said.size() == 1);
  CHECK(said[0].find("security; file") != std::string::npos);
}

}  // namespace
}  // namespace towline::render::test
