// Files that Argo CD finds by their names, where something else than a file stands.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "discovery/inputs.h"
#include "discovery/tree_index.h"
#include "git/file_tree.h"

namespace towline::discovery {
namespace {

using Names = std::vector<std::string>;

/// Files, links and submodules in memory.
class Tree final : public git::FileTree {
 public:
  using Files = std::map<std::string, std::string>;
  void put(const std::string& path, const std::string& text, git::FileMode mode) { files_[path] = {text, mode}; }
  Result<std::vector<git::TreeEntry>> files() const override {
    std::vector<git::TreeEntry> entries;
    for (const auto& [path, file] : files_) entries.push_back({path, BlobId(file.first), file.second});
    return entries;
  }
  Result<std::string> read(std::string_view path) const override {
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) return fail(ErrorKind::not_found, "there is no such file");
    return found->second.first;
  }

 private:
  std::map<std::string, std::pair<std::string, git::FileMode>> files_;
};

Tree tree_of(const Tree::Files& files, const Tree::Files& links = {}, const Names& submodules = {}) {
  Tree tree;
  for (const auto& [path, text] : files) tree.put(path, text, git::FileMode::regular);
  for (const auto& [path, target] : links) tree.put(path, target, git::FileMode::symlink);
  for (const std::string& path : submodules) tree.put(path, "", git::FileMode::submodule);
  return tree;
}

std::string application(const std::string& name, const std::string& ns = "argocd") {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         (ns.empty() ? "" : ", namespace: " + ns) +
         "}\nspec:\n  source: {repoURL: https://x, path: app}\n  destination: {namespace: shop}\n";
}

Application only(const Tree& tree) {
  const auto found = discover_applications(tree, {}).value();
  REQUIRE(found.applications.size() == 1);
  return found.applications.front();
}

Names affected(const Tree& tree, const Application& one, const std::string& changed) {
  Names names;
  const auto found = affected_applications(tree, {one}, {changed}).value();
  for (const Application& application : found) names.push_back(application.name);
  return names;
}

/// What is said of the source of the application "pay" in a tree with these overrides.
Names said(const Tree::Files& overrides, const Tree::Files& links = {}, const std::string& ns = "argocd") {
  Tree::Files files = overrides;
  files["pay.yaml"] = application("pay", ns);
  files["app/a.yaml"] = "";
  const Application found = only(tree_of(files, links));
  REQUIRE(found.sources.size() == 1);
  return found.sources[0].unsupported;
}

bool has(const Names& sentences, const std::string& part) {
  return std::any_of(sentences.begin(), sentences.end(),
                     [&](const std::string& one) { return one.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("a link in place of a marker decides what a directory is, wherever it leads") {
  for (const std::string target : {"o.txt", "../other/o.txt", "missing", "../../../out"}) {
    CAPTURE(target);
    for (const auto& [name, kind, noun] : {std::tuple{"kustomization.yaml", SourceKind::kustomize, "a kustomization"},
                                           std::tuple{"kustomization.yml", SourceKind::kustomize, "a kustomization"},
                                           std::tuple{"Kustomization", SourceKind::kustomize, "a kustomization"},
                                           std::tuple{"Chart.yaml", SourceKind::helm, "a Chart.yaml"}}) {
      CAPTURE(name);
      const std::string path = std::string("app/") + name;
      const Tree tree = tree_of({{"pay.yaml", application("pay")},
                                 {"app/cm.yaml", ""},
                                 {"app/o.txt", "resources: [cm.yaml, ../base]"},
                                 {"other/o.txt", "resources: [cm.yaml]"}},
                                {{path, target}});
      const auto index = TreeIndex::create(tree).value();
      CHECK(only(tree).kind == kind);
      const auto problem = irregular_marker(index, "app");
      REQUIRE(problem);
      CHECK(problem->path == path);
      CHECK(problem->message == std::string(noun) + " that is a symbolic link is not run; put the file itself here");
    }
  }
}

TEST_CASE("a directory or a submodule in place of a marker is told") {
  const Tree with_directory = tree_of({{"app/kustomization.yaml/a.yaml", ""}});
  const auto directory = irregular_marker(TreeIndex::create(with_directory).value(), "app");
  REQUIRE(directory);
  CHECK(directory->path == "app/kustomization.yaml");
  CHECK(directory->message == "a kustomization that is a directory is not run; put the file itself here");
  const Tree with_submodule = tree_of({{"app/a.yaml", ""}}, {}, {"app/Chart.yaml"});
  const auto submodule = irregular_marker(TreeIndex::create(with_submodule).value(), "app");
  REQUIRE(submodule);
  CHECK(submodule->message == "a Chart.yaml that is a Git submodule is not run; put the file itself here");
  const Tree regular = tree_of({{"app/kustomization.yaml", ""}, {"app/Chart.yaml", ""}});
  CHECK_FALSE(irregular_marker(TreeIndex::create(regular).value(), "app"));
}

TEST_CASE("a linked marker, where it leads, and what that reads are inputs") {
  const Tree kustomized = tree_of({{"pay.yaml", application("pay")},
                                   {"other/o.txt", "resources: [../base, cm.yaml]"},
                                   {"app/cm.yaml", ""},
                                   {"base/kustomization.yaml", "resources: [map.yaml]"},
                                   {"base/map.yaml", ""},
                                   {"aside/map.yaml", ""}},
                                  {{"app/kustomization.yaml", "../other/o.txt"}});
  for (const char* changed :
       {"app/kustomization.yaml", "other/o.txt", "base/map.yaml", "base/kustomization.yaml", "app/cm.yaml"}) {
    CAPTURE(changed);
    CHECK(affected(kustomized, only(kustomized), changed) == Names{"pay"});
  }
  CHECK(affected(kustomized, only(kustomized), "aside/map.yaml").empty());
  const Tree chart =
      tree_of({{"pay.yaml", application("pay")},
               {"other/o.txt", "name: c\ndependencies: [{name: l, version: 1.0.0, repository: 'file://../lib'}]\n"},
               {"app/templates/a.yaml", ""},
               {"lib/Chart.yaml", ""},
               {"lib/values.yaml", ""}},
              {{"app/Chart.yaml", "../other/o.txt"}});
  for (const char* changed : {"app/Chart.yaml", "other/o.txt", "lib/values.yaml"}) {
    CAPTURE(changed);
    CHECK(affected(chart, only(chart), changed) == Names{"pay"});
  }
}

TEST_CASE("an override is followed where it is a link within the repository, and what it leads to is an input") {
  for (const char* name : {".argocd-source.yaml", ".argocd-source-pay.yaml"}) {
    CAPTURE(name);
    const Tree tree = tree_of({{"pay.yaml", application("pay")},
                               {"app/a.yaml", ""},
                               {"far/o.txt", "directory: {recurse: true}\n"},
                               {"far/other.txt", ""}},
                              {{std::string("app/") + name, "../mid"}, {"mid", "far/o.txt"}});
    const Application found = only(tree);
    CHECK(found.recurse);
    CHECK(found.sources[0].unsupported.empty());
    for (const std::string& changed : {std::string("app/") + name, std::string("mid"), std::string("far/o.txt")}) {
      CAPTURE(changed);
      CHECK(affected(tree, found, changed) == Names{"pay"});
    }
    CHECK(affected(tree, found, "far/other.txt").empty());
  }
}

TEST_CASE("an override that leads to no file is an error") {
  const std::string path = "app/.argocd-source.yaml";
  for (const char* target : {"missing", "../..", "../../../out", "/etc/passwd", ".argocd-source.yaml", "."}) {
    CAPTURE(target);
    CHECK(has(said({}, {{path, target}}), "'" + path + "' overrides the parameters of this source, and "));
  }
}

TEST_CASE("an override that cannot be read is an error that names the file and the line") {
  CHECK(has(said({{"app/.argocd-source.yaml", "\nhelm: [\n"}}),
            "'app/.argocd-source.yaml' overrides the parameters of this source, and it cannot be read: line "));
  CHECK(has(said({{"app/.argocd-source-pay.yaml", "- a\n"}}), "it is no mapping of source options"));
  CHECK(said({{"app/.argocd-source.yaml", "unknown: {field: 1}\ndirectory: {include: 'a*'}\n"}}).empty());
}

TEST_CASE("a field of an override that is written in another letter case is an error") {
  const struct {
    const char* text;
    const char* field;
  } cases[] = {
      {"Helm: {parameters: [{name: v, value: evil}]}\n", "helm"},
      {"helm: {Parameters: [{name: v, value: evil}]}\n", "parameters"},
      {"helm: {parameters: [{Name: v, value: evil}]}\n", "name"},
      {"helm: {valuesobject: {a: 1}}\n", "valuesObject"},
      {"directory: {Recurse: true}\n", "recurse"},
      {"KUSTOMIZE: {namePrefix: x-}\n", "kustomize"},
      {"\"\\u212Austomize\": {namePrefix: x-}\n", "kustomize"},
      {"helm: {\"\\u017FkipCrds\": true}\n", "skipCrds"},
      {"helm: {parameters: []}\nHelm: {parameters: [{name: v, value: evil}]}\n", "helm"},
  };
  for (const auto& test : cases) {
    CAPTURE(test.text);
    const Names sentences = said({{"app/.argocd-source.yaml", test.text}});
    CHECK(has(sentences, "line "));
    CHECK(has(sentences, std::string("is taken for '") + test.field + "' by Argo CD"));
  }
  CHECK(said({{"app/.argocd-source.yaml", "helm: {valuesObject: {Name: x, Helm: null}}\n"}}).empty());
  CHECK(said({{"app/.argocd-source.yaml", "kustomize: {commonLabels: {Name: x}}\n"}}).empty());
}

TEST_CASE("a null in an override is an error: Argo CD keeps what it seems to remove") {
  CHECK(has(said({{"app/.argocd-source.yaml", "helm: {parameters: null}\n"}}), "'parameters' is null"));
  CHECK(has(said({{"app/.argocd-source.yaml", "kustomize: {commonLabels: {a: null}}\n"}}), "'a' is null"));
}

TEST_CASE("an Application in another namespace than Argo CD's has overrides of another name") {
  const std::string plain = "app/.argocd-source-pay.yaml";
  const std::string with_namespace = "app/.argocd-source-team-a_pay.yaml";
  const std::string recurse = "directory: {recurse: true}\n";
  const auto found = [&](const std::string& path, const std::string& ns) {
    return only(tree_of({{"pay.yaml", application("pay", ns)}, {"app/a.yaml", ""}, {path, recurse}}));
  };
  CHECK(found(plain, "argocd").recurse);
  CHECK(found(plain, "").recurse);
  CHECK(found(with_namespace, "team-a").recurse);
  CHECK_FALSE(found(with_namespace, "argocd").recurse);
  CHECK(found(with_namespace, "argocd").sources[0].unsupported.empty());
  const std::string doubtful = "' overrides the parameters of this source, and whether Argo CD reads it depends on";
  CHECK(has(found(plain, "team-a").sources[0].unsupported, "'" + plain + doubtful));
  CHECK(has(found(with_namespace, "").sources[0].unsupported, "'" + with_namespace + doubtful));
  CHECK(
      has(found("app/.argocd-source-argocd_pay.yaml", "argocd").sources[0].unsupported, "argocd_pay.yaml" + doubtful));
  CHECK(found("app/.argocd-source-team-a_repay.yaml", "").sources[0].unsupported.empty());
  CHECK(found("app/.argocd-source-team-a_pay.yaml/b.yaml", "").sources[0].unsupported.empty());
}

TEST_CASE("what an ApplicationSet makes is in its namespace, whatever the template says") {
  const Tree tree = tree_of(
      {{"set.yaml",
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set, namespace: team-a}\nspec:\n"
        "  generators:\n  - list: {elements: [{app: pay}]}\n  template:\n"
        "    metadata: {name: '{{app}}', namespace: argocd}\n"
        "    spec:\n      source: {repoURL: https://x, path: app}\n      destination: {namespace: shop}\n"},
       {"app/a.yaml", ""},
       {"far.txt", "directory: {recurse: true}\n"}},
      {{"app/.argocd-source-team-a_pay.yaml", "../far.txt"}});
  CHECK(only(tree).recurse);
  CHECK(affected(tree, only(tree), "far.txt") == Names{"pay"});
}

}  // namespace towline::discovery
