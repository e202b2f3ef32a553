#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "git/file_tree.h"
#include "render/declared.h"

namespace towline::render::test {
namespace {

using Links = std::vector<std::pair<std::string, std::string>>;
using Edits = std::vector<git::PathEdit>;

constexpr const char* kDeclared = "{repoURL: https://x, path: app}";

/// What is said of the application in the directory "app", declared and as a mere directory; nothing is rendered.
void check_refused(Fixture& fixture, const CommitId& commit, const std::string& problem) {
  Renderer renderer({});
  const auto declared = render_declared(fixture, commit, "app", renderer);
  CHECK(problems(declared) == Texts{problem});
  CHECK(declared.resources.empty());
  const auto services = discovery::discover_applications(git::CommitTree(fixture.repository, commit), {"app", "plain"});
  REQUIRE(services);
  auto mere = plain_application("app", true);
  const auto rendered = renderer.render(fixture.repository, commit, mere).value();
  CHECK(problems(rendered) == Texts{problem});
  CHECK(rendered.resources.empty());
}

}  // namespace

TEST_CASE("a directory with a link in place of a marker is not rendered as something else") {
  const Edits files = {{"declared.yaml", argo_application("app", kDeclared)},
                       {"app/cm.yaml", config_map("plain")},
                       {"app/o.txt", "namePrefix: ev-\nresources: [cm.yaml]\n"}};
  for (const std::string name : {"kustomization.yaml", "kustomization.yml", "Kustomization", "Chart.yaml"}) {
    for (const std::string target : {"o.txt", "missing"}) {
      CAPTURE(name, target);
      Fixture fixture;
      const CommitId commit = fixture.commit_with_links(files, Links{{"app/" + name, target}});
      const std::string noun = name == "Chart.yaml" ? "a Chart.yaml" : "a kustomization";
      check_refused(fixture, commit,
                    "app/" + name + ":0: " + noun + " that is a symbolic link is not run; put the file itself here");
    }
  }
}

TEST_CASE("a directory with a directory or a submodule in place of a marker is not rendered") {
  Fixture fixture;
  const Edits files = {{"declared.yaml", argo_application("app", kDeclared)}, {"app/cm.yaml", config_map("plain")}};
  Edits with_directory = files;
  with_directory.push_back({"app/kustomization.yaml/a.yaml", config_map("inner")});
  check_refused(fixture, fixture.commit(with_directory),
                "app/kustomization.yaml:0: a kustomization that is a directory is not run; put the file itself here");
  check_refused(fixture, fixture.commit_with_submodule(files, "app/Chart.yaml"),
                "app/Chart.yaml:0: a Chart.yaml that is a Git submodule is not run; put the file itself here");
}

TEST_CASE("an override that is not understood is a problem of what is rendered") {
  const struct {
    const char* name;
    const char* text;
    const char* said;
  } cases[] = {
      {".argocd-source.yaml", "helm: [\n", "'app/.argocd-source.yaml' overrides the parameters of this source"},
      {".argocd-source-app.yaml", "directory: {Recurse: true}\n", "'Recurse' is taken for 'recurse' by Argo CD"},
      {".argocd-source-team_app.yaml", "directory: {recurse: true}\n", "whether Argo CD reads it depends on"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.name);
    Fixture fixture;
    const CommitId commit = fixture.commit({{"declared.yaml", argo_application("app", kDeclared)},
                                            {"app/cm.yaml", config_map("plain")},
                                            {std::string("app/") + test.name, test.text}});
    Renderer renderer({});
    const Texts said = problems(render_declared(fixture, commit, "app", renderer));
    CAPTURE(said);
    CHECK(std::any_of(said.begin(), said.end(),
                      [&](const std::string& one) { return one.find(test.said) != std::string::npos; }));
  }
}

}  // namespace towline::render::test
