// What git generators make of links and submodules.
#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "discovery/application_set.h"
#include "git/file_tree.h"

namespace towline::discovery {
namespace {

using Texts = std::vector<std::string>;

/// Files, links and submodules in memory.
class Tree final : public git::FileTree {
 public:
  void put(const std::string& path, const std::string& text, git::FileMode mode = git::FileMode::regular) {
    files_[path] = {text, mode};
  }
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

ExpandedSet expand(const Tree& tree, const std::string& generator, const std::string& name) {
  const std::string text =
      "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n  generators:\n"
      "    - git: {repoURL: r, " +
      generator + "}\n  template:\n    metadata: {name: '" + name + "'}\n    spec: {source: {path: apps}}\n";
  const TreeIndex index = TreeIndex::create(tree).value();
  const yaml::Node root = yaml::parse(text).value().front().root;
  ExpansionBudget budget;
  return expand_application_set(index, "all.yaml", root, {}, budget);
}

Texts names(const ExpandedSet& set) {
  Texts all;
  for (const auto& one : set.applications) all.emplace_back(one.root.find_path({"metadata", "name"})->text());
  return all;
}

std::string problem(const ExpandedSet& set) { return set.problems.empty() ? "none" : set.problems.front().message; }

TEST_CASE("a files generator reads through links, as Argo CD does") {
  Tree tree;
  tree.put("cfg/a.yaml", "svc: plain\n");
  tree.put("cfg/b.yaml", "../other/link", git::FileMode::symlink);
  tree.put("other/link", "text", git::FileMode::symlink);
  tree.put("other/text", "svc: linked\n");
  const ExpandedSet set = expand(tree, "files: [{path: 'cfg/*.yaml'}]", "{{svc}}");
  CHECK(problem(set) == "none");
  CHECK(names(set) == Texts{"plain", "linked"});
  REQUIRE(set.applications.size() == 2);
  CHECK(set.applications[1].made_from == Texts{"cfg/b.yaml", "other/link", "other/text"});
}

TEST_CASE("a files generator refuses what leads to no file of the repository") {
  const std::pair<std::string, std::string> cases[] = {
      {"../../etc/passwd",
       "the ApplicationSet 'all' makes no Applications: cannot read parameters from cfg/b.yaml: it is a link that "
       "leads out of the repository"},
      {"none.yaml",
       "the ApplicationSet 'all' makes no Applications: cannot read parameters from cfg/b.yaml: it is a link that "
       "leads to no file"},
      {"../cfg",
       "the ApplicationSet 'all' makes no Applications: cannot read parameters from cfg/b.yaml: it is a link that "
       "leads to no file"}};
  for (const auto& [target, said] : cases) {
    Tree tree;
    tree.put("cfg/a.yaml", "svc: plain\n");
    tree.put("cfg/b.yaml", target, git::FileMode::symlink);
    CHECK(problem(expand(tree, "files: [{path: 'cfg/*.yaml'}]", "{{svc}}")) == said);
  }
  Tree tree;
  tree.put("cfg/sub", "", git::FileMode::submodule);
  CHECK(problem(expand(tree, "files: [{path: 'cfg/*'}]", "{{svc}}")) ==
        "the ApplicationSet 'all' makes no Applications: cannot read parameters from cfg/sub: it is a Git submodule");
}

TEST_CASE("a directories generator does not follow links, but sees the directories that hold them, and submodules") {
  Tree tree;
  tree.put("apps/files/a.yaml", "");
  tree.put("apps/links/b.yaml", "../files/a.yaml", git::FileMode::symlink);
  tree.put("apps/linked", "files", git::FileMode::symlink);
  tree.put("apps/sub", "", git::FileMode::submodule);
  CHECK(names(expand(tree, "directories: [{path: 'apps/*'}]", "{{path.basename}}")) == Texts{"files", "links", "sub"});
  CHECK(problem(expand(tree, "directories: [{path: 'apps/*/*'}]", "{{path.basename}}")) ==
        "the ApplicationSet 'all' makes no Applications: the path may match directories of the Git submodule apps/sub, "
        "which is not read");
}

}  // namespace
}  // namespace towline::discovery
