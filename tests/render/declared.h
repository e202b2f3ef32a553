#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "git/file_tree.h"
#include "render/fixture.h"
#include "support/paths.h"
#include "yaml/node.h"

namespace towline::render::test {

/// A directory on disk as edits that put it at `prefix` of the repository.
inline std::vector<git::PathEdit> directory_edits(const std::filesystem::path& directory, const std::string& prefix) {
  std::vector<git::PathEdit> edits;
  const git::DirectoryTree tree(directory);
  const auto files = tree.files().value();
  for (const git::TreeEntry& entry : files) {
    edits.push_back({prefix + entry.path, tree.read(entry.path).value()});
  }
  return edits;
}

inline std::filesystem::path chart_directory(const std::string& name) {
  return std::filesystem::path(towline::test::source_dir()) / "tests" / "charts" / name;
}

/// An Argo CD Application; `source` is the YAML of spec.source, in flow style.
inline std::string argo_application(const std::string& name, const std::string& source) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  destination: {namespace: shop}\n  source: " + source + "\n";
}

inline std::string multi_source_application(const std::string& name, const std::vector<std::string>& sources) {
  std::string text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
                     "}\nspec:\n  destination: {namespace: shop}\n  sources:\n";
  for (const std::string& source : sources) text += "  - " + source + "\n";
  return text;
}

/// Renders the only application of that name that is declared at the commit.
inline Rendered render_declared(const Fixture& fixture, const CommitId& commit, const std::string& name,
                                Renderer& renderer) {
  const auto found = discovery::discover_applications(git::CommitTree(fixture.repository, commit), {}).value();
  const auto application = std::find_if(found.applications.begin(), found.applications.end(),
                                        [&](const discovery::Application& one) { return one.name == name; });
  if (application == found.applications.end()) return {{}, {{name, 0, "no such application"}}};
  return renderer.render(fixture.repository, commit, *application).value();
}

/// The text at a path of the object with that key; "none" when there is no such object or field.
inline std::string text_of(const Rendered& rendered, const std::string& key,
                           std::initializer_list<std::string_view> path) {
  for (const manifest::Resource& resource : rendered.resources) {
    if (resource.key.str() != key) continue;
    const yaml::Node* found = resource.body.find_path(path);
    return found == nullptr ? "none" : std::string(found->text());
  }
  return "none";
}

}  // namespace towline::render::test
