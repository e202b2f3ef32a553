#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "base/process.h"
#include "base/text.h"
#include "render/fixture.h"

namespace towline::render::test {
namespace {

/// The folder of the real programs; nothing, said aloud, when they were not built and are not required.
std::optional<std::string> tools() {
  const std::string script = std::string(TOWLINE_SOURCE_DIR) + "/tests/support/build-tools.sh";
  ProcessSpec spec;
  spec.argv = {"bash", script, "--check"};
  for (const char* name : {"HOME", "XDG_CACHE_HOME", "TOWLINE_TOOLS_DIR", "PATH"}) {
    if (const char* value = std::getenv(name)) spec.environment.emplace_back(name, value);
  }
  const auto output = run_process(spec);
  if (output && output->exit_code == 0) return std::string(trim(output->standard_output));
  const char* required = std::getenv("TOWLINE_REQUIRE_REAL_TOOLS");
  if (required != nullptr && std::string_view(required) == "1") {
    FAIL("the real kustomize is required but was not built: run tests/support/build-tools.sh");
  }
  std::cerr << "\nSKIPPED: a test against the real kustomize, which was not built: run tests/support/build-tools.sh\n";
  return std::nullopt;
}

Rendered render(Fixture& fixture, const CommitId& commit, const std::string& folder) {
  Renderer::Options options;
  options.search_path = folder;
  return Renderer(options).render(fixture.repository, commit, kustomize_application("apps/prod/pay")).value();
}

TEST_CASE("the real kustomize renders an overlay on a base") {
  const auto folder = tools();
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
  CHECK(problems(rendered).empty());
  CHECK(keys(rendered) == Texts{"ConfigMap shop/settings", "Deployment shop/pay"});
  const yaml::Node& containers = *manifest::pod_spec(rendered.resources[1])->find("containers");
  CHECK(containers.items[0].find("image")->text() == "ghcr.io/acme/pay:1.5.0");
}

TEST_CASE("the real kustomize's complaint is a problem") {
  const auto folder = tools();
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
  const auto folder = tools();
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
