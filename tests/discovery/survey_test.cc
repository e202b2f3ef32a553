// Over random series of states, what is found by what differs is what is found from scratch.
#include "discovery/survey.h"

#include <rapidcheck/catch.h>
#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "git/file_tree.h"

namespace towline::discovery {
namespace {

std::string declared(const std::string& name, const std::string& path, const std::string& more = "") {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: " + path + more + "}\n";
}

std::string generated(const std::string& generator) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: many}\nspec:\n  goTemplate: true\n"
         "  generators:\n  - git: {repoURL: https://git.example.com/acme/infra, " +
         generator +
         "}\n  template:\n    metadata: {name: 'set-{{.path.basename}}'}\n    spec:\n"
         "      source: {repoURL: https://git.example.com/acme/infra, path: '{{.path.path}}'}\n";
}

/// Paths with what may stand there; chosen so that every rule of discovery and of inputs comes into play.
struct Place {
  std::string path;
  std::vector<std::string> contents;
  git::FileMode mode = git::FileMode::regular;
};
std::vector<Place> places() {
  const std::string map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
  return {
      {"root/pay.yaml", {declared("pay", "apps/pay"), declared("pay", "apps/payments"), "a: [\n", map}},
      {"root/payments.yaml",
       {declared("payments", "apps/payments"),
        declared("payments", "charts/web", ", helm: {valueFiles: [/values/web.yaml]}")}},
      {"root/set.yaml",
       {generated("directories: [{path: generated/*}]"), generated("files: [{path: 'generated/*/config.json'}]")}},
      {"root/flux.yaml",
       {"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: f, namespace: flux-system}\n"
        "spec: {path: ./clusters/f, sourceRef: {kind: GitRepository, name: infra}}\n"}},
      {"clusters/f/map.yaml", {map, map + "data: {a: b}\n"}},
      {"clusters/f/kustomization.yaml", {"resources: [map.yaml]\n", "resources: [map.yaml, ../../base]\n"}},
      {"apps/pay/map.yaml", {map, map + "data: {a: c}\n", declared("nested", "base")}},
      {"apps/pay/kustomization.yaml", {"resources: [map.yaml]\n", "resources: [../../base/deep/down]\n", "a: [\n"}},
      {"apps/pay/.argocd-source.yaml", {"kustomize: {namePrefix: a-}\n", "helm: {valueFiles: [/values/web.yaml]}\n"}},
      {"apps/payments/map.yaml", {map, map + "data: {a: d}\n"}},
      {"apps/payments/below/map.yaml", {map}},
      {"base/map.yaml", {map, map + "data: {a: e}\n"}},
      {"base/kustomization.yaml", {"resources: [map.yaml]\n", "resources: [deep/down]\n"}},
      {"base/deep/down/kustomization.yaml", {"resources: [map.yaml]\n"}},
      {"base/deep/down/map.yaml", {map, map + "data: {a: f}\n"}},
      {"charts/web/Chart.yaml",
       {"name: web\nversion: 1.0.0\n",
        "name: web\nversion: 1.0.0\ndependencies: [{name: lib, version: 1.0.0, repository: 'file://../lib'}]\n"}},
      {"charts/web/templates/app.yaml", {declared("in-template", "base")}},
      {"charts/lib/Chart.yaml", {"name: lib\nversion: 1.0.0\n"}},
      {"charts/lib/values.yaml", {"a: 1\n", "a: 2\n"}},
      {"values/web.yaml", {"a: 1\n", "a: 2\n"}},
      {"generated/one/config.json", {"{\"a\": 1}", "{\"a\": 2}"}},
      {"generated/one/map.yaml", {map}},
      {"generated/two/config.json", {"{}"}},
      {"services/plain/map.yaml", {map, map + "data: {a: g}\n"}},
      {"services/other/map.yaml", {map}},
      {"apps/linked", {"pay", "../base", "../.."}, git::FileMode::symlink},
      {"apps/pay/link.yaml", {"../../values/web.yaml", "map.yaml"}, git::FileMode::symlink},
      {"root/linked.yaml", {declared("linked", "apps/linked")}},
      {"apps/payments/map.yaml", {"../../base/map.yaml"}, git::FileMode::symlink},
      {"README.md", {"a", "b"}},
  };
}

/// Files and links in memory.
class States final : public git::FileTree {
 public:
  void put(const Place& place, const std::string& content) { files_[place.path] = {content, place.mode}; }
  void remove(const std::string& path) { files_.erase(path); }
  bool is_empty() const { return files_.empty(); }

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

std::vector<git::PathChange> changes_between(const States& before, const States& after) {
  std::map<std::string, git::PathChange> changes;
  std::map<std::string, git::FileMode> modes;
  const auto old_entries = before.files().value();
  for (const git::TreeEntry& entry : old_entries) {
    changes[entry.path] = {entry.path, entry.id, std::nullopt, entry.mode};
    modes[entry.path] = entry.mode;
  }
  const auto new_entries = after.files().value();
  for (const git::TreeEntry& entry : new_entries) {
    git::PathChange& change = changes[entry.path];
    change.path = entry.path;
    change.after = entry.id;
    change.mode_after = entry.mode;
  }
  std::vector<git::PathChange> result;
  for (auto& [path, change] : changes) {
    if (change.before == change.after && modes[path] == change.mode_after) continue;
    result.push_back(std::move(change));
  }
  return result;
}

/// A step: what happens at a few of the places.
void change_some(States& tree, std::size_t most) {
  const std::vector<Place> all = places();
  const std::size_t count = *rc::gen::inRange<std::size_t>(1, most + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const Place& place = all[*rc::gen::inRange<std::size_t>(0, all.size())];
    const std::size_t content = *rc::gen::inRange<std::size_t>(0, place.contents.size() + 1);
    if (content == place.contents.size()) {
      tree.remove(place.path);
    } else {
      tree.put(place, place.contents[content]);
    }
  }
}

class Screen final : public DeclarationScreen {
 public:
  std::optional<TextHints> known_empty(const BlobId& blob) const override {
    const auto found = empty_.find(blob);
    return found == empty_.end() ? std::nullopt : std::optional(found->second);
  }
  void remember_empty(const BlobId& blob, TextHints hints) override { empty_[blob] = hints; }
  Objects find_objects(const BlobId& blob) const override {
    const auto found = objects_.find(blob);
    return found == objects_.end() ? nullptr : found->second;
  }
  void remember_objects(const BlobId& blob, Objects objects, std::size_t) override { objects_[blob] = objects; }

 private:
  std::map<BlobId, TextHints> empty_;
  std::map<BlobId, Objects> objects_;
};

std::vector<std::string> texts(const std::vector<manifest::ManifestProblem>& problems) {
  std::vector<std::string> all;
  for (const auto& problem : problems)
    all.push_back(problem.path + ":" + std::to_string(problem.line) + problem.message);
  return all;
}

std::vector<Application> touched(const Survey& survey, const TreeIndex& index,
                                 const std::vector<std::string>& changed) {
  std::vector<Application> all;
  const auto positions = survey.touched(index, changed).value();
  for (const std::size_t i : positions) all.push_back(survey.discovered().applications[i]);
  return all;
}

TEST_CASE("over random series of states, what is found by what differs is what is found from scratch") {
  rc::prop("the applications, their problems, and what a change touches", [] {
    const Survey::Question question{{"services/other", "services/plain"}, {}};
    Screen screen;
    States before;
    change_some(before, 40);
    auto listing = TreeListing::of(before).value();
    Survey survey = Survey::make(TreeIndex(before, listing), question, &screen).value();
    for (int step = 0; step < 40; ++step) {
      States after = before;
      change_some(after, 3);
      const auto changes = changes_between(before, after);
      std::vector<std::string> changed;
      for (const auto& change : changes) changed.push_back(change.path);

      const auto next = listing->changed(changes).value();
      const TreeIndex index(after, next);
      const Survey updated = survey.updated(index, TreeChanges(*listing, *next, changes), question, &screen).value();

      const auto entries = after.files().value();
      RC_ASSERT(std::equal(
          entries.begin(), entries.end(), next->entries.begin(), next->entries.end(),
          [](const auto& a, const auto& b) { return a.path == b.path && a.id == b.id && a.mode == b.mode; }));
      const Discovered wanted = discover_applications(after, question.service_directories).value();
      RC_ASSERT(updated.discovered().applications == wanted.applications);
      RC_ASSERT(texts(updated.discovered().problems) == texts(wanted.problems));
      RC_ASSERT(touched(survey, TreeIndex(before, listing), changed) ==
                affected_applications(before, survey.discovered().applications, changed).value());
      RC_ASSERT(touched(updated, index, changed) == affected_applications(after, wanted.applications, changed).value());
      before = after;
      listing = next;
      survey = updated;
    }
  });
}

TEST_CASE("a path that leads out of the tree is no file of a state") {
  const git::MemoryTree tree(std::map<std::string, std::string>{{"a", "1"}});
  const auto listing = TreeListing::of(tree).value();

  for (const std::string path : {"../b", "b/../c", ".git/config", "b//c"}) {
    const auto changed = listing->changed({{path, std::nullopt, BlobId(std::string(40, 'a'))}});
    REQUIRE(!changed);
    CHECK(changed.error().message == "the tree has a file with the path '" + path + "', which is none");
  }
}

}  // namespace
}  // namespace towline::discovery
