#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "discovery/application.h"
#include "discovery/application_set.h"

namespace towline::discovery {
namespace {

using Files = std::map<std::string, std::string>;

constexpr std::string_view kTemplate =
    "  template:\n"
    "    metadata: {name: 'app-{{name}}'}\n"
    "    spec: {source: {path: 'apps/{{name}}'}}\n";

std::string set_of(const std::string& generators, std::string_view more = "") {
  return "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n" + std::string(more) +
         "  generators:\n" + generators + std::string(kTemplate);
}

ExpandedSet expand(const std::string& text, Files files = {}, const std::vector<Cluster>& clusters = {}) {
  files["sets/all.yaml"] = text;
  const git::MemoryTree tree(std::move(files));
  const TreeIndex index = TreeIndex::create(tree).value();
  const yaml::Node root = yaml::parse(text).value().front().root;
  ExpansionBudget budget;
  return expand_application_set(index, "sets/all.yaml", root, clusters, budget);
}

std::vector<std::string> names(const ExpandedSet& set) {
  std::vector<std::string> all;
  for (const auto& one : set.applications) all.emplace_back(one.root.find_path({"metadata", "name"})->text());
  return all;
}

std::vector<std::string> problems(const ExpandedSet& set) {
  std::vector<std::string> all;
  for (const auto& one : set.problems) all.push_back(one.path + ":" + std::to_string(one.line) + ": " + one.message);
  return all;
}

using Texts = std::vector<std::string>;

TEST_CASE("what an ApplicationSet cannot be expanded for is told with its line") {
  struct Case {
    std::string generators;
    std::string said;
  };
  const Case cases[] = {
      {"    - pullRequest: {}\n",
       "6: the ApplicationSet 'all' makes no Applications: the generator 'pullRequest' is not supported, since it asks "
       "what is outside of the repository; the Applications it makes are not shown"},
      {"    - lists: {}\n",
       "6: the ApplicationSet 'all' makes no Applications: unknown generator 'lists', did you mean 'list'?"},
      {"    - {}\n", "6: the ApplicationSet 'all' makes no Applications: this names no generator"},
      {"    - clusters: {}\n",
       "6: the ApplicationSet 'all' makes no Applications: the clusters that Argo CD knows are not configured; list "
       "them "
       "under 'clusters' in .towline.yaml"},
      {"    - list:\n        elements:\n          - {name: 3}\n",
       "8: the ApplicationSet 'all' makes no Applications: the value of 'name' is no text, which only Go templates can "
       "use"},
      {"    - list: {elements: [{name: a}, {name: a}]}\n",
       "8: the ApplicationSet 'all' makes no Applications: two Applications of the name 'app-a' come of it"},
      {"    - git: {repoURL: x, files: [{path: ':(glob)a'}]}\n",
       "6: the ApplicationSet 'all' makes no Applications: a path with the magic ':' of git is not supported"},
      {"    - list: {elements: [{name: a}]}\n      selector: {matchExpressions: [{key: name, operator: Is}]}\n",
       "7: the ApplicationSet 'all' makes no Applications: 'Is' is no operator of a selector: In, NotIn, Exists or "
       "DoesNotExist"},
      {"    - merge: {generators: [{list: {}}, {list: {}}]}\n",
       "6: the ApplicationSet 'all' makes no Applications: a merge needs mergeKeys"},
  };
  for (const Case& one : cases) {
    INFO(one.generators);
    const ExpandedSet set = expand(set_of(one.generators));
    CHECK(set.applications.empty());
    CHECK(problems(set) == Texts{"sets/all.yaml:" + one.said});
  }
}

TEST_CASE("a template that does not render names its line") {
  const std::string text = replace_all(set_of("    - list: {elements: [{name: a}]}\n", "  goTemplate: true\n"),
                                       "{{name}}", "{{ .name | now }}");
  CHECK(
      problems(expand(text)) ==
      Texts{"sets/all.yaml:9: the ApplicationSet 'all' makes no Applications: cannot fill in 'app-{{ .name | now }}': "
            "line 1: the function 'now' is not supported"});
}

TEST_CASE("an Application is made from the directory or the file its parameters come from") {
  const Files files = {{"envs/a/x.yaml", ""}, {"envs/b/config.json", R"({"name": "b"})"}};
  const auto directories = expand(replace_all(set_of("    - git: {repoURL: r, directories: [{path: 'envs/*'}]}\n"),
                                              "{{name}}", "{{path.basename}}"),
                                  files);
  REQUIRE(names(directories) == Texts{"app-a", "app-b"});
  CHECK(directories.applications[0].made_from == Texts{"envs/a"});
  const auto combined = expand(set_of("    - matrix:\n        generators:\n"
                                      "          - git: {repoURL: r, directories: [{path: 'envs/*'}]}\n"
                                      "          - git: {repoURL: r, pathParamPrefix: f, files: [{path: '*.json'}]}\n"),
                               {{"envs/b/config.json", R"({"name": "b"})"}});
  REQUIRE(names(combined) == Texts{"app-b"});
  CHECK(combined.applications[0].made_from == Texts{"envs/b", "envs/b/config.json"});
}

TEST_CASE("the cluster that Argo CD runs in is there without being listed, unless labels are asked for") {
  const std::vector<Cluster> clusters = {{"prod", "https://prod", {{"env", "prod"}}, {}}};
  CHECK(names(expand(set_of("    - clusters: {}\n"), {}, clusters)) == Texts{"app-in-cluster", "app-prod"});
  CHECK(names(expand(set_of("    - clusters: {selector: {matchExpressions: [{key: env, operator: Exists}]}}\n"), {},
                     clusters)) == Texts{"app-prod"});
  const std::vector<Cluster> own = {{"home", "https://kubernetes.default.svc", {}, {}}};
  CHECK(names(expand(set_of("    - clusters: {}\n"), {}, own)) == Texts{"app-home"});
}

TEST_CASE("a set that would make too many Applications makes none") {
  std::string elements;
  for (int i = 0; i < 200; ++i) elements += "{name: a" + std::to_string(i) + "},";
  const auto set =
      expand(set_of("    - matrix:\n        generators:\n          - list: {elements: [" + elements +
                    "]}\n          - list: {elements: [" + replace_all(elements, "name", "other") + "]}\n"));
  CHECK(set.applications.empty());
  CHECK(problems(set) == Texts{"sets/all.yaml:7: the ApplicationSet 'all' makes no Applications: more than 10000 "
                               "Applications"});
}

std::string application_in(const std::string& repository) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: one}\nspec:\n  source: {repoURL: " +
         repository + ", path: apps/a}\n";
}

TEST_CASE("what an ApplicationSet makes is an application like any other, and touched by what it is made from") {
  const Files files = {
      {"sets/all.yaml", replace_all(set_of("    - git: {repoURL: r, files: [{path: '*.json'}]}\n"), "{source: {",
                                    "{source: {repoURL: https://git.example.com/acme/infra, ")},
      {"envs/a.json", R"({"name": "a"})"},
      {"envs/b.json", R"({"name": "b"})"},
      {"apps/a/x.yaml", ""},
      {"apps/b/x.yaml", ""}};
  const git::MemoryTree tree(files);
  const auto applications = discover_applications(tree, {}).value().applications;
  REQUIRE(applications.size() == 2);
  CHECK(applications[0].name == "app-a");
  CHECK(applications[0].path == "apps/a");
  CHECK(applications[0].declared_in == "sets/all.yaml");
  const auto touched = [&](const std::string& path) {
    Texts all;
    const auto found = affected_applications(tree, applications, {path}).value();
    for (const Application& one : found) all.push_back(one.name);
    return all;
  };
  CHECK(touched("envs/a.json") == Texts{"app-a"});
  CHECK(touched("apps/b/x.yaml") == Texts{"app-b"});
  CHECK(touched("sets/all.yaml") == Texts{"app-a", "app-b"});
  CHECK(touched("envs/a.json.bak").empty());
}

TEST_CASE("an ApplicationSet over another repository is told, not guessed at") {
  const git::MemoryTree tree(
      {{"one.yaml", application_in("git@git.example.com:acme/infra.git")},
       {"same.yaml",
        set_of("    - git: {repoURL: 'https://git.example.com/acme/infra', directories: [{path: x/*}]}\n")},
       {"other.yaml", set_of("    - matrix:\n        generators:\n          - git: {repoURL: "
                             "'https://git.example.com/acme/other', directories: [{path: x/*}]}\n"
                             "          - list: {}\n")},
       {"apps/a/x.yaml", ""}});
  const Discovered found = discover_applications(tree, {}).value();
  REQUIRE(found.problems.size() == 1);
  CHECK(found.problems[0].path == "other.yaml");
  CHECK(found.problems[0].message ==
        "the ApplicationSet 'all' makes Applications from what is in https://git.example.com/acme/other, which is not "
        "supported: Towline reads this repository only");
}

TEST_CASE("ApplicationSets that take too much work make nothing") {
  Files files;
  for (int i = 0; i < 3'000; ++i) files["envs/" + std::to_string(i) + "/a.yaml"] = "";
  std::string elements;
  for (int i = 0; i < 3'000; ++i) elements += "{a: a" + std::to_string(i) + "},";
  const auto set = expand(set_of("    - matrix:\n        generators:\n          - list: {elements: [" + elements +
                                 "]}\n          - git: {repoURL: r, directories: [{path: 'none/*'}]}\n"),
                          files);
  CHECK(set.applications.empty());
  CHECK(problems(set) ==
        Texts{"sets/all.yaml:0: the ApplicationSet 'all' makes no Applications: expanding it takes too much work: more "
              "than 5000000 steps for one ApplicationSet, or 10000000 for all of the repository"});
}

TEST_CASE("ApplicationSets of expensive templates are problems of their files, and leave the others their share") {
  const std::string expensive =
      "    - list: {elements: [{name: x}]}\n  template:\n    metadata:\n      name: >-\n"
      "        {{ range (until 1000) }}{{ len (regexFindAll \"a\" (repeat 100000 \"a\") -1) }}{{ end }}\n";
  Files files;
  for (const char* name : {"1", "2", "3", "4"}) {
    files[std::string("sets/") + name + ".yaml"] =
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s" + std::string(name) +
        "}\nspec:\n  goTemplate: true\n  generators:\n" + expensive;
  }
  files["sets/5.yaml"] =
      "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: plain}\nspec:\n  generators:\n"
      "    - list: {elements: [{name: pay}]}\n" +
      std::string(kTemplate);
  const git::MemoryTree tree(std::move(files));
  const Discovered found = discover_applications(tree, {}).value();
  REQUIRE(found.applications.size() == 1);
  CHECK(found.applications[0].name == "app-pay");
  REQUIRE(found.problems.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(found.problems[i].path == "sets/" + std::to_string(i + 1) + ".yaml");
    CHECK(found.problems[i].message.ends_with("the template takes more than 200000 steps"));
  }
}

TEST_CASE("a plain template is not filled beyond a bound") {
  std::string name = "x";
  for (int i = 0; i < 1'000; ++i) name += "{{big}}";
  const auto set = expand(
      "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n"
      "  generators:\n    - list: {elements: [{big: " +
      std::string(10'000, 'a') + "}]}\n  template: {metadata: {name: '" + name + "'}}\n");
  REQUIRE(set.problems.size() == 1);
  CHECK(set.problems[0].message.ends_with("the text becomes longer than 1048576 bytes"));
}

TEST_CASE("a generator whose name is no text is none") {
  const auto set = expand(set_of("    - {? [list] : {elements: []}}\n"));
  CHECK(problems(set) == Texts{"sets/all.yaml:6: the ApplicationSet 'all' makes no Applications: this names no "
                               "generator"});
}

TEST_CASE("a template of many keys laid over another one of many keys is counted") {
  std::string keys;
  for (int i = 0; i < 20'000; ++i) keys += "k" + std::to_string(i) + ": v, ";
  const auto set = expand(
      "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n"
      "  generators:\n    - list:\n        elements: [{name: pay}]\n        template: {" +
      keys + "}\n  template: {" + keys + "}\n");
  REQUIRE(set.problems.size() == 1);
  CHECK(set.problems[0].message.find("takes too much work") != std::string::npos);
}

TEST_CASE("an ApplicationSet without generators makes nothing") {
  CHECK(expand("apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n").applications.empty());
  CHECK(expand("apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\n").problems.empty());
}

}  // namespace
}  // namespace towline::discovery
