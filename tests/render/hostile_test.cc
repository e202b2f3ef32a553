#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "render/declared.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

/// Limits that a hostile input meets soon.
Renderer::Options strict(const std::string& folder) {
  Renderer::Options options;
  options.search_path = folder;
  options.limits.deadline = std::chrono::seconds(20);
  options.limits.max_output_bytes = 4u << 20;
  options.limits.max_memory_bytes = 512u << 20;
  return options;
}

std::string laughs(const std::string& tail) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j == 0 ? "*a" : ", *a") + std::to_string(i - 1);
    text += "]\n";
  }
  return text + tail;
}

struct Hostile {
  const char* name;
  std::vector<git::PathEdit> files;
  std::vector<std::pair<std::string, std::string>> links;
  const char* said;  ///< what the one problem says, somewhere
};

std::vector<Hostile> hostile_cases() {
  const std::string chart = "apiVersion: v2\nname: c\nversion: 1.0.0\n";
  const std::string map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
  return {
      {"a template that writes without end",
       {{"app/Chart.yaml", chart},
        {"app/templates/a.yaml",
         "{{ define \"x\" }}# xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n{{ end }}"
         "{{ range until 100000 }}{{ range until 100000 }}{{ include \"x\" $ }}{{ end }}{{ end }}"}},
       {},
       "helm"},
      {"a template that includes itself",
       {{"app/Chart.yaml", chart},
        {"app/templates/a.yaml", "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}{{ include \"x\" . }}"}},
       {},
       "helm cannot build this: "},
      {"a template of 100 MB",
       {{"app/Chart.yaml", chart}, {"app/templates/a.yaml", map + "data:\n  a: {{ repeat 100000000 \"x\" }}\n"}},
       {},
       "helm"},
      {"a template that takes all memory",
       {{"app/Chart.yaml", chart}, {"app/templates/a.yaml", "{{ $x := until 2000000000 }}{{ len $x }}"}},
       {},
       "helm"},
      {"aliases without end in a manifest", {{"app/a.yaml", laughs(map)}}, {}, "app/a.yaml:"},
      {"aliases without end in a kustomization's resource",
       {{"app/kustomization.yaml", "resources: [a.yaml]\n"}, {"app/a.yaml", laughs(map)}},
       {},
       ""},
      {"aliases without end in values",
       {{"app/Chart.yaml", chart}, {"app/values.yaml", laughs("")}, {"app/templates/a.yaml", map}},
       {},
       "helm"},
      {"a resource outside of the repository",
       {{"app/kustomization.yaml", "resources: [../../../../../../etc/passwd]\n"}},
       {},
       "'../../../../../../etc/passwd' leads out of the repository, so it is not read"},
      {"a generator with a file outside of its directory",
       {{"app/kustomization.yaml", "configMapGenerator: [{name: a, files: [/etc/passwd]}]\n"}},
       {},
       "'/etc/passwd' leads out of the repository, so it is not read"},
      {"a program as a generator",
       {{"app/kustomization.yaml", "generators: [g.yaml]\n"},
        {"app/g.yaml",
         "apiVersion: x/v1\nkind: Evil\nmetadata:\n  name: a\n  annotations:\n    "
         "config.kubernetes.io/function: |\n      exec: {path: ./evil.sh}\n"},
        {"app/evil.sh", "#!/bin/sh\necho owned\n"}},
       {},
       "kustomize cannot build this: "},
      {"a link out of the repository",
       {{"app/kustomization.yaml", "resources: [a.yaml]\n"}},
       {{"app/a.yaml", "../../../etc/passwd"}},
       "app/a.yaml:0: this leads out of the repository by a symbolic link, so it is not read"},
      {"a link to an absolute path in a plain directory",
       {{"app/b.yaml", map}},
       {{"app/a.yaml", "/etc/passwd"}},
       "app/a.yaml:0: this leads out of the repository by a symbolic link, so it is not read"},
      {"links that lead in a circle",
       {{"app/Chart.yaml", chart}, {"app/templates/a.yaml", map}},
       {{"app/x", "y"}, {"app/y", "x"}},
       "this leads out of the repository by a symbolic link, so it is not read"},
      {"a chart that is a file elsewhere",
       {{"app/Chart.yaml", chart + "dependencies: [{name: d, repository: 'file://../../../etc'}]\n"}},
       {},
       "app:0: the chart's dependency 'd' names file://../../../etc, which is no chart in this repository"},
  };
}

TEST_CASE("a hostile repository is refused with a sentence") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  for (const Hostile& hostile : hostile_cases()) {
    DYNAMIC_SECTION(hostile.name) {
      Fixture fixture;
      std::vector<git::PathEdit> files = hostile.files;
      files.push_back({"declared.yaml", argo_application("app", "{repoURL: https://x, path: app}")});
      const CommitId commit = fixture.commit_with_links(files, hostile.links);
      Renderer renderer(strict(*folder));
      const Texts said = problems(render_declared(fixture, commit, "app", renderer));
      CAPTURE(said);
      REQUIRE_FALSE(said.empty());
      CHECK(said[0].find(hostile.said) != std::string::npos);
      for (const std::string& problem : said) {
        CHECK(problem.find("root:x:0") == std::string::npos);
        CHECK(problem.find("owned") == std::string::npos);
        CHECK(problem.size() < 2'000);
      }
    }
  }
}

}  // namespace
}  // namespace towline::render::test
