#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "git/file_tree.h"
#include "render/declared.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

/// apps/prod/pay stands on apps/shared/base, which is a link to three levels up; "payments" has a base of its own.
struct Linked {
  Fixture fixture;
  CommitId base = fixture.commit_with_links(
      {{"platform/bases/service/kustomization.yaml", "resources: [map.yaml]\n"},
       {"platform/bases/service/map.yaml", config_map("one")},
       {"platform/bases/service-extra/kustomization.yaml", "resources: [map.yaml]\n"},
       {"platform/bases/service-extra/map.yaml", config_map("extra")},
       {"apps/prod/pay/kustomization.yaml", "resources: [../../shared/base]\nnamespace: pay\n"},
       {"apps/prod/payments/kustomization.yaml",
        "resources: [../../../platform/bases/service-extra]\nnamespace: pay\n"}},
      {{"apps/shared/base", "../../platform/bases/service"}});
  std::vector<discovery::Application> applications =
      discovery::discover_applications(git::CommitTree(fixture.repository, base),
                                       {"apps/prod/pay", "apps/prod/payments"})
          .value()
          .applications;

  Texts affected(const CommitId& commit, const std::vector<std::string>& changed) const {
    const git::CommitTree tree(fixture.repository, commit);
    Texts names;
    const auto found = discovery::affected_applications(tree, applications, changed).value();
    for (const auto& one : found) names.push_back(one.path);
    return names;
  }
};

TEST_CASE("a change behind a link to a shared base affects the applications on it, and no other") {
  const Linked linked;
  const struct {
    std::string changed;
    Texts affected;
  } cases[] = {
      {"platform/bases/service/map.yaml", {"apps/prod/pay"}},
      {"platform/bases/service/kustomization.yaml", {"apps/prod/pay"}},
      {"platform/bases/service/not-listed.yaml", {}},
      {"apps/shared/base", {"apps/prod/pay"}},
      {"platform/bases/service-extra/map.yaml", {"apps/prod/payments"}},
      {"platform/bases/other/map.yaml", {}},
      {"apps/shared/other", {}},
  };
  REQUIRE(linked.applications.size() == 2);
  for (const auto& test : cases) {
    CAPTURE(test.changed);
    CHECK(linked.affected(linked.base, {test.changed}) == test.affected);
  }
}

TEST_CASE("what lies behind a link is rendered, and a change of it is another render") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Linked linked;
  const CommitId head = linked.fixture.commit({{"platform/bases/service/map.yaml", config_map("two")}}, linked.base);
  Renderer::Options options;
  options.search_path = *folder;
  Renderer renderer(options);
  const auto pay = std::find_if(linked.applications.begin(), linked.applications.end(),
                                [](const auto& one) { return one.path == "apps/prod/pay"; });
  const auto render = [&](const CommitId& commit) {
    const Rendered rendered = renderer.render(linked.fixture.repository, commit, *pay).value();
    CHECK(problems(rendered) == Texts{});
    return keys(rendered);
  };
  CHECK(render(linked.base) == Texts{"ConfigMap pay/one"});
  CHECK(render(head) == Texts{"ConfigMap pay/two"});
  CHECK(renderer.counters().misses == 2);
}

}  // namespace
}  // namespace towline::render::test
