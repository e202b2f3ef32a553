#include "discovery/application.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "git/file_tree.h"

using towline::discovery::affected_applications;
using towline::discovery::Application;
using towline::discovery::discover_applications;
using towline::discovery::Discovered;
using towline::discovery::kustomize_inputs;
using towline::discovery::Origin;
using towline::discovery::SourceKind;
using towline::git::MemoryTree;

namespace {

using Names = std::vector<std::string>;

std::string application(const std::string& name, const std::string& path) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra.git, path: " + path +
         "}\n  destination: {namespace: " + name + "}\n";
}

Discovered discovered(const MemoryTree& tree, const std::vector<std::string>& services = {}) {
  return discover_applications(tree, services).value();
}

Names names(const std::vector<Application>& applications) {
  Names result;
  for (const Application& found : applications) result.push_back(found.name);
  return result;
}

Names affected(const MemoryTree& tree, const std::vector<std::string>& changed,
               const std::vector<std::string>& services = {}) {
  return names(affected_applications(tree, discovered(tree, services).applications, changed).value());
}

}  // namespace

TEST_CASE("an Argo CD Application is found wherever it stands") {
  const MemoryTree tree(
      {{"apps/root/pay.yaml", application("dev-pay", "apps/dev/pay")}, {"apps/dev/pay/deployment.yaml", "a: 1"}});

  const auto found = discovered(tree).applications;

  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "dev-pay");
  CHECK(found[0].path == "apps/dev/pay");
  CHECK(found[0].kind == SourceKind::directory);
  CHECK(found[0].ns == "dev-pay");
  CHECK(found[0].declared_in == "apps/root/pay.yaml");
  CHECK_FALSE(found[0].recurse);
}

TEST_CASE("the kind of a source is told by the files in its directory") {
  const MemoryTree tree({{"root/a.yaml", application("a", "a/") + "---\n" + application("b", "./b") + "---\n" +
                                             application("c", "c") + "---\n" + application("d", "d")},
                         {"a/x.yaml", ""},
                         {"b/kustomization.yml", ""},
                         {"c/Kustomization", ""},
                         {"d/Chart.yaml", ""}});

  const auto found = discovered(tree).applications;

  REQUIRE(names(found) == Names{"a", "b", "c", "d"});
  CHECK(to_string(found[0].kind) == "directory");
  CHECK(to_string(found[1].kind) == "kustomize");
  CHECK(to_string(found[2].kind) == "kustomize");
  CHECK(to_string(found[3].kind) == "helm");
}

TEST_CASE("a multi-source Application is one application, with its sources in order") {
  const MemoryTree tree({{"root.yaml",
                          "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: search}\nspec:\n"
                          "  sources:\n"
                          "    - {repoURL: https://charts.example.com, chart: search, targetRevision: 1.0.0}\n"
                          "    - {repoURL: https://git.example.com/acme/infra.git, ref: values}\n"
                          "    - {repoURL: https://git.example.com/acme/infra.git, path: search/extra}\n"
                          "    - {repoURL: https://git.example.com/acme/infra.git, path: search/rules,\n"
                          "       directory: {recurse: true}}\n"
                          "    - {repoURL: https://git.example.com/other/repo.git, path: deploy}\n"},
                         {"search/extra/a.yaml", ""},
                         {"search/rules/b/c.yaml", ""}});

  const auto found = discovered(tree).applications;

  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "search");
  CHECK(found[0].path == "search/extra");
  const auto& sources = found[0].sources;
  REQUIRE(sources.size() == 5);
  CHECK(sources[0].origin == Origin::chart);
  CHECK(sources[0].chart == "search");
  CHECK(sources[0].target_revision == "1.0.0");
  CHECK(sources[1].origin == Origin::here);
  CHECK(sources[1].only_ref);
  CHECK(sources[2].path == "search/extra");
  CHECK(sources[3].directory.recurse);
  CHECK(sources[4].origin == Origin::elsewhere);
  CHECK(sources[4].path == "deploy");
}

TEST_CASE("a service directory that no Application covers is an application of its own") {
  const MemoryTree tree({{"root/pay.yaml", application("dev-pay", "apps/pay")},
                         {"root/all.yaml", application("all", "apps/all")},
                         {"apps/pay/a.yaml", ""},
                         {"apps/payments/a.yaml", ""},
                         {"apps/ledger/kustomization.yaml", ""},
                         {"apps/all/kustomization.yaml", "resources: [../fraud]"},
                         {"apps/fraud/kustomization.yaml", ""}});

  const auto found =
      discovered(tree, {"apps/pay", "apps/payments", "apps/ledger", "apps/fraud", "apps/deleted"}).applications;

  REQUIRE(names(found) == Names{"all", "apps/ledger", "dev-pay", "apps/payments"});
  CHECK(found[1].kind == SourceKind::kustomize);
  CHECK(found[3].declared_in.empty());
  CHECK(found[3].recurse);
}

TEST_CASE("a recursive Application covers the service directories below it") {
  std::string recursive = application("all", "apps");
  recursive.replace(recursive.find("path: apps"), 10, "directory: {recurse: true}, path: apps");
  const MemoryTree tree({{"root.yaml", recursive}, {"apps/pay/a.yaml", ""}});

  CHECK(names(discovered(tree, {"apps/pay"}).applications) == Names{"all"});
}

TEST_CASE("what is no Application of Argo CD is not taken for one") {
  const MemoryTree tree(
      {{"a.yaml", "apiVersion: app.k8s.io/v1\nkind: Application # not argoproj.io\nspec: {source: {path: x}}"},
       {"b.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: Application}"},
       {"chart/Chart.yaml", "name: x"},
       {"chart/templates/app.yaml", "{{ if }} argoproj.io Application"},
       {"notes.md", application("a", "x")},
       {"x/y.yaml", ""}});

  const auto found = discovered(tree);

  CHECK(found.applications.empty());
  CHECK(found.problems.empty());
}

TEST_CASE("an Application that cannot be read is a problem") {
  const MemoryTree tree({{"a.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\n{{- if x }}\nmetadata:\n"},
                         {"b.yaml", application("b", "../outside")}});

  const auto found = discovered(tree);

  CHECK(found.applications.empty());
  REQUIRE(found.problems.size() == 2);
  CHECK(found.problems[0].path == "a.yaml");
  CHECK(found.problems[0].message == "line 3: templated text is not YAML");
  CHECK(found.problems[1].path == "b.yaml");
  CHECK(found.problems[1].line == 5);
  CHECK(found.problems[1].message == "the source path '../outside' leaves the repository, so nothing is applied");
}

TEST_CASE("a change touches the application whose directory it is in, and no other of a similar name") {
  const MemoryTree tree({{"root/pay.yaml", application("pay", "apps/pay")},
                         {"root/payments.yaml", application("payments", "apps/payments")},
                         {"apps/pay/a.yaml", ""},
                         {"apps/payments/a.yaml", ""}});

  CHECK(affected(tree, {"apps/pay/a.yaml"}) == Names{"pay"});
  CHECK(affected(tree, {"apps/payments/a.yaml"}) == Names{"payments"});
  CHECK(affected(tree, {"apps/pay/deleted.yaml"}) == Names{"pay"});
  CHECK(affected(tree, {"apps/paymentsx", "apps/a.yaml", "README.md"}).empty());
}

TEST_CASE("a plain directory is read one level deep unless it recurses") {
  const MemoryTree tree({{"root/pay.yaml", application("pay", "apps/pay")},
                         {"apps/pay/a.yaml", ""},
                         {"apps/pay/deep/b.yaml", ""},
                         {"apps/ledger/deep/c.yaml", ""}});

  CHECK(affected(tree, {"apps/pay/deep/b.yaml"}).empty());
  CHECK(affected(tree, {"apps/ledger/deep/c.yaml"}, {"apps/ledger"}) == Names{"apps/ledger"});
}

TEST_CASE("a change of the Application object touches the application") {
  const MemoryTree tree({{"root/pay.yaml", application("pay", "apps/pay")},
                         {"root/ledger.yaml", application("ledger", "apps/ledger")},
                         {"apps/pay/a.yaml", ""},
                         {"apps/ledger/a.yaml", ""}});

  CHECK(affected(tree, {"root/ledger.yaml"}) == Names{"ledger"});
}

TEST_CASE("a shared base three levels up touches those who use it") {
  const MemoryTree tree({{"root/pay.yaml", application("pay", "envs/eu/dev/pay")},
                         {"root/ledger.yaml", application("ledger", "envs/eu/dev/ledger")},
                         {"envs/eu/dev/pay/kustomization.yaml", "resources: [../../../base/web]"},
                         {"envs/eu/dev/ledger/kustomization.yaml", "resources: [a.yaml]"},
                         {"envs/eu/dev/ledger/a.yaml", ""},
                         {"envs/base/web/kustomization.yaml", "resources: [web.yaml]\ncomponents: [../tls]"},
                         {"envs/base/web/web.yaml", ""},
                         {"envs/base/web/unused.yaml", ""},
                         {"envs/base/tls/kustomization.yaml", "kind: Component"}});

  CHECK(affected(tree, {"envs/base/web/web.yaml"}) == Names{"pay"});
  CHECK(affected(tree, {"envs/base/web/kustomization.yaml"}) == Names{"pay"});
  CHECK(affected(tree, {"envs/base/tls/kustomization.yaml"}) == Names{"pay"});
  CHECK(affected(tree, {"envs/base/web/unused.yaml"}).empty());
  CHECK(affected(tree, {"envs/eu/dev/ledger/b.yaml"}) == Names{"ledger"});
}

TEST_CASE("a deleted directory is seen in the state before") {
  const std::map<std::string, std::string> head = {{"apps/ledger/a.yaml", ""}};
  std::map<std::string, std::string> base = head;
  base["root/pay.yaml"] = application("pay", "apps/pay");
  base["apps/pay/a.yaml"] = "";
  const std::vector<std::string> changed = {"apps/pay/a.yaml", "root/pay.yaml"};

  CHECK(affected(MemoryTree(base), changed) == Names{"pay"});
  CHECK(affected(MemoryTree(head), changed).empty());
}

TEST_CASE("every field of a kustomization that names files is an input") {
  const MemoryTree tree({{"app/kustomization.yaml",
                          "resources: [r.yaml, ../base, https://example.com/x.yaml, missing.yaml]\n"
                          "bases: [../old]\n"
                          "components: [../component]\n"
                          "crds: [crd.yaml]\n"
                          "configurations: [conf.yaml]\n"
                          "transformers: [t.yaml]\n"
                          "generators: [g.yaml]\n"
                          "validators: [v.yaml]\n"
                          "patches: [{path: p1.yaml}, {patch: \"x: 1\"}]\n"
                          "patchesStrategicMerge: [p2.yaml, \"kind: Inline\\n\"]\n"
                          "patchesJson6902: [{path: p3.yaml}]\n"
                          "replacements: [{path: rep.yaml}]\n"
                          "openapi: {path: schema.json}\n"
                          "configMapGenerator: [{files: [a.conf, key=b.conf], envs: [c.env], env: d.env}]\n"
                          "secretGenerator: [{files: [s.conf]}]\n"
                          "helmCharts: [{name: x, valuesFile: values.yaml, additionalValuesFiles: [more.yaml]}]\n"},
                         {"app/r.yaml", ""},
                         {"app/crd.yaml", ""},
                         {"app/conf.yaml", ""},
                         {"app/t.yaml", ""},
                         {"app/g.yaml", ""},
                         {"app/v.yaml", ""},
                         {"app/p1.yaml", ""},
                         {"app/p2.yaml", ""},
                         {"app/p3.yaml", ""},
                         {"app/rep.yaml", ""},
                         {"app/schema.json", ""},
                         {"app/a.conf", ""},
                         {"app/b.conf", ""},
                         {"app/c.env", ""},
                         {"app/d.env", ""},
                         {"app/s.conf", ""},
                         {"app/values.yaml", ""},
                         {"app/more.yaml", ""},
                         {"app/charts/x/y", ""},
                         {"app/other.yaml", ""},
                         {"base/kustomization.yml", ""},
                         {"old/Kustomization", ""},
                         {"component/kustomization.yaml", ""}});

  const std::set<std::string> expected = {"app",
                                          "app/a.conf",
                                          "app/b.conf",
                                          "app/c.env",
                                          "app/charts",
                                          "app/conf.yaml",
                                          "app/crd.yaml",
                                          "app/d.env",
                                          "app/g.yaml",
                                          "app/kustomization.yaml",
                                          "app/more.yaml",
                                          "app/p1.yaml",
                                          "app/p2.yaml",
                                          "app/p3.yaml",
                                          "app/r.yaml",
                                          "app/rep.yaml",
                                          "app/s.conf",
                                          "app/schema.json",
                                          "app/t.yaml",
                                          "app/v.yaml",
                                          "app/values.yaml",
                                          "base",
                                          "base/kustomization.yml",
                                          "component",
                                          "component/kustomization.yaml",
                                          "old",
                                          "old/Kustomization"};
  CHECK(kustomize_inputs(tree, "app").value() == expected);
}

TEST_CASE("kustomizations that name each other, themselves or what is outside end") {
  const std::map<std::string, std::string> files = {
      {"a/kustomization.yaml", "resources: [../b, ., ../../outside, /etc]"},
      {"b/kustomization.yaml", "resources: [../a]"}};
  const MemoryTree tree(files);

  CHECK(kustomize_inputs(tree, "a").value() ==
        std::set<std::string>{"a", "a/kustomization.yaml", "b", "b/kustomization.yaml"});
}

TEST_CASE("a kustomization that does not parse is an input of itself") {
  const std::map<std::string, std::string> files = {{"a/kustomization.yaml", "resources: ["}};
  const MemoryTree tree(files);

  CHECK(kustomize_inputs(tree, "a").value() == std::set<std::string>{"a", "a/kustomization.yaml"});
}

TEST_CASE("a kustomization without end is refused, and everything may touch it") {
  std::map<std::string, std::string> files = {{"root.yaml", application("huge", "huge")}};
  std::string kustomization = "resources:\n";
  for (int i = 0; i < 10'001; ++i) {
    const std::string file = "f" + std::to_string(i) + ".yaml";
    files["base/" + file] = "";
    kustomization += "- ../base/" + file + "\n";
  }
  files["huge/kustomization.yaml"] = kustomization;
  const MemoryTree tree(files);

  const auto inputs = kustomize_inputs(tree, "huge");

  REQUIRE_FALSE(inputs);
  CHECK(inputs.error().message == "the kustomization in huge reads more than 10000 files and directories; split it");
  CHECK(affected(tree, {"README.md"}) == Names{"huge"});
}
