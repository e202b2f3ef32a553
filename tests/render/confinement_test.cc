#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "program/landlock.h"
#include "render/charts/chart_cache.h"
#include "render/declared.h"

namespace towline::render::test {
namespace {

namespace fs = std::filesystem;

using Links = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kChart = "apiVersion: v2\nname: c\nversion: 1.0.0\n";
constexpr const char* kMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

/// A repository with one Application, and programs that only say that they were run.
struct Box {
  Fixture fixture;
  fs::path bin = fixture.script("helm", "echo 'helm was run' >&2; exit 1\n");
  Renderer::Options options;
  Box() {
    fixture.script("kustomize", "echo 'kustomize was run' >&2; exit 1\n");
    options.search_path = bin.string() + ":/usr/bin:/bin";
  }

  Texts said(std::vector<git::PathEdit> files, const Links& links = {}, const std::string& source = "path: app") {
    files.push_back({"declared.yaml", argo_application("app", "{repoURL: https://x, " + source + "}")});
    const CommitId commit = fixture.commit_with_links(files, links);
    Renderer renderer(options);
    return problems(render_declared(fixture, commit, "app", renderer));
  }
};

std::string chart_with(const std::string& dependency) {
  return std::string(kChart) + "dependencies: [{" + dependency + "}]\n";
}

TEST_CASE("a dependency's name or alias that is no chart's name is refused with its file, and nothing is written") {
  const auto directory = TemporaryDirectory::create("towline-outside").value();
  const std::string outside = (directory.path() / "written").string();
  const struct {
    std::string what;
    std::string name;
  } cases[] = {
      {"name", outside}, {"name", "../.."}, {"name", ".."},  {"name", "a/b"},   {"name", ""},
      {"name", ".x"},    {"name", "-x"},    {"name", "a b"}, {"alias", "../x"}, {"alias", outside},
  };
  for (const auto& test : cases) {
    CAPTURE(test.what, test.name);
    Box box;
    const std::string other = test.what == "alias" ? "name: payload, " : "";
    const Texts said = box.said({{"app/Chart.yaml", chart_with(other + test.what + ": '" + test.name +
                                                               "', version: 1.0.0, repository: 'file://payload'")},
                                 {"app/payload/Chart.yaml", kChart},
                                 {"app/payload/config", "[core]\n\tfsmonitor = evil\n"}});
    CHECK(said == Texts{"app:0: app/Chart.yaml: the " + test.what + " '" + test.name +
                        "' of a dependency is not a chart's name; use letters, digits, '-', '_' and '.'"});
    CHECK_FALSE(fs::exists(outside));
  }
}

TEST_CASE("a dependency's files are put below charts/ by its name") {
  Box box;
  box.fixture.script("helm", "/bin/cat charts/payload/config >&2; exit 1\n");
  CHECK(box.said({{"app/Chart.yaml", chart_with("name: payload, version: 1.0.0, repository: 'file://lib'")},
                  {"app/lib/Chart.yaml", kChart},
                  {"app/lib/config", "of the dependency"}}) ==
        Texts{"app:0: helm cannot build this: of the dependency"});
}

TEST_CASE("dependencies that multiply are bounded") {
  Box box;
  std::vector<git::PathEdit> files;
  for (int level = 0; level < 12; ++level) {
    std::string dependencies;
    for (const char* name : {"a", "b", "c", "d"}) {
      dependencies += "- {name: " + std::string(name) + ", version: 1.0.0, repository: 'file://../level" +
                      std::to_string(level + 1) + "'}\n";
    }
    files.push_back({"level" + std::to_string(level) + "/Chart.yaml", kChart + ("dependencies:\n" + dependencies)});
  }
  files.push_back({"level12/Chart.yaml", kChart});
  CHECK(
      box.said(files, {}, "path: level0") ==
      Texts{"level0:0: the chart has more than 1000 dependencies, or they are larger than the limit of 67108864 bytes "
            "together"});
}

TEST_CASE("links out of the repository are refused as the kernel follows them") {
  Box box;
  const std::vector<git::PathEdit> chart = {
      {"app/Chart.yaml", kChart}, {"deep/er/x", "x"}, {"app/templates/a.yaml", kMap}};
  const struct {
    const char* name;
    Links links;
  } cases[] = {
      {"as text it stays inside",
       {{"app/dirlink", "../deep/er"}, {"app/link", "dirlink/../../../../../../etc/passwd"}}},
      {"by way of another link", {{"app/dirlink", "../deep"}, {"app/link", "dirlink/../../secret"}}},
      {"absolute", {{"app/link", "/etc/passwd"}}},
      {"in a circle", {{"app/link", "link"}}},
      {"only up", {{"app/link", "../.."}}},
  };
  for (const auto& test : cases) {
    DYNAMIC_SECTION(test.name) {
      const Texts said = box.said(chart, test.links);
      REQUIRE_FALSE(said.empty());
      CHECK(said[0] == "app/link:0: this leads out of the repository by a symbolic link, so it is not read");
    }
  }
}

TEST_CASE("a link with '..' behind another link is rendered where it stays in the repository") {
  Box box;
  box.fixture.script("helm", "/bin/cat link >&2; exit 1\n");
  CHECK(box.said({{"app/Chart.yaml", kChart}, {"deep/er/x", "of deep/er"}, {"deep/x", "of deep"}, {"x", "of the root"}},
                 {{"app/dirlink", "../deep/er"}, {"app/link", "dirlink/../x"}}) ==
        Texts{"app:0: helm cannot build this: of deep"});
}

TEST_CASE("what kustomize would read outside of the repository is refused before it is run") {
  Box box;
  const auto refused = [](const std::string& target) {
    return Texts{"app/kustomization.yaml:1: '" + target + "' leads out of the repository, so it is not read"};
  };
  CHECK(box.said({{"app/kustomization.yaml", "resources: [../../../../etc/x]\n"}}) == refused("../../../../etc/x"));
  CHECK(box.said({{"app/kustomization.yaml", "configMapGenerator: [{name: a, files: [/etc/passwd]}]\n"}}) ==
        refused("/etc/passwd"));
  CHECK(box.said({{"app/kustomization.yaml", "patches: [{path: ../../x.yaml}]\n"}}) == refused("../../x.yaml"));
  CHECK(box.said({{"app/kustomization.yaml", "resources: []\n"}}, {},
                 "path: app, kustomize: {components: [../../../etc]}") ==
        Texts{"declared.yaml/kustomization.yaml:2: '../../../etc' leads out of the repository, so it is not read"});
}

TEST_CASE("arguments of helm that would name other files or run templates are refused") {
  Box box;
  const struct {
    const char* helm;
    const char* said;
  } cases[] = {
      {"releaseName: '{{ env \"HOME\" }}'",
       "app:0: the release name '{{ env \"HOME\" }}' has a template, which is not run; write the name itself"},
      {"fileParameters: [{name: 'a=/etc/passwd,b', path: values.yaml}]",
       "app:0: the file parameter 'a=/etc/passwd,b' has no name that helm takes as one key; escape ',' and '=' by a "
       "backslash"},
      {"fileParameters: [{name: \"a\\\\\", path: values.yaml}]",
       "app:0: the file parameter 'a\\' has no name that helm takes as one key; escape ',' and '=' by a backslash"},
      {"valueFiles: [\"a\\nb.yaml\"]", "app:0: the value file 'a\nb.yaml' has a control character in its name"},
  };
  for (const auto& test : cases) {
    DYNAMIC_SECTION(test.helm) {
      CHECK(box.said({{"app/Chart.yaml", kChart}, {"app/values.yaml", "a: b\n"}}, {},
                     "path: app, helm: {" + std::string(test.helm) + "}") == Texts{test.said});
    }
  }
}

TEST_CASE("without a sandbox no program is run, and each application that needs one has a finding") {
  Box box;
  box.fixture.script("bwrap", "exit 1\n");
  const std::string why =
      " was not run, because there is no working sandbox on the machine that runs Towline: install bubblewrap and let "
      "Towline's user make user namespaces, or set render.sandbox to limits-only in the server's configuration "
      "(--sandbox limits-only on the command line) to run it without a sandbox";
  CHECK(box.said({{"app/Chart.yaml", kChart}}) == Texts{"app:0: helm" + why});
  CHECK(box.said({{"app/kustomization.yaml", "resources: []\n"}}) == Texts{"app:0: kustomize" + why});
  CHECK(box.said({{"app/a.yaml", kMap}}) == Texts{});
  const auto cache = TemporaryDirectory::create("towline-charts").value();
  box.options.chart_cache = cache.path();
  box.options.allowed_hosts = {"127.0.0.1"};
  const CommitId commit = box.fixture.commit(
      {{"declared.yaml",
        multi_source_application("app", {"{repoURL: http://127.0.0.1:1/x.git, path: a, targetRevision: v1}",
                                         "{repoURL: https://git.example.com/infra, ref: v}",
                                         "{repoURL: https://git.example.com/infra, path: app}"})},
       {"app/a.yaml", kMap}});
  Renderer renderer(box.options);
  CHECK(problems(render_declared(box.fixture, commit, "app", renderer)) ==
        Texts{"app:0: revision 'v1' of the git repository http://127.0.0.1:1/x.git cannot be fetched: git" + why +
              "; http://127.0.0.1:1/x.git is not known as an address of this repository"});
}

TEST_CASE("with limits only programs run without bubblewrap, and readers are told") {
  Box box;
  CHECK(Renderer(box.options).sandbox_note().empty());
  // One that works would not say so: it is not asked.
  box.fixture.script("bwrap", "echo 'bubblewrap was run' >&2; exit 1\n");
  box.options.sandbox = ConfinementRule::limits_only;
  CHECK(box.said({{"app/Chart.yaml", kChart}}) == Texts{"app:0: helm cannot build this: helm was run"});
  CHECK(Renderer(box.options).sandbox_note() == limits_only_note());
}

TEST_CASE("with limits only the kernel closes the machine's files to programs") {
  if (landlock_version() == 0) {
    WARN("this kernel has no Landlock, so it is not tested");
    return;
  }
  Box box;
  const fs::path secret = box.fixture.directory.path() / "secret";
  std::ofstream(secret) << "hunter2";
  box.options.sandbox = ConfinementRule::limits_only;
  box.fixture.script(
      "helm", "for f in '" + secret.string() +
                  "' /etc/passwd /proc/$PPID/environ /proc/self/status; do /bin/cat $f 2>/dev/null || echo closed; "
                  "done >&2\n(echo x > '" +
                  secret.string() +
                  "') 2>/dev/null || echo read-only >&2\n(echo x > Chart.yaml) 2>/dev/null || echo read-only "
                  ">&2\necho x > $HOME/x && /bin/cat Chart.yaml >&2\nexit 1\n");
  CHECK(box.said({{"app/Chart.yaml", "of the chart"}}) ==
        Texts{"app:0: helm cannot build this: closed closed closed closed read-only read-only of the chart"});
  CHECK(read_file(secret) == "hunter2");
}

}  // namespace
}  // namespace towline::render::test
