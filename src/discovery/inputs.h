#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "discovery/application.h"
#include "discovery/tree_index.h"

namespace towline::discovery {

/// What rendering reads from a tree.
struct Inputs {
  std::set<std::string> files;                      ///< one by one; links that are followed too
  std::set<std::string> directories;                ///< of kustomizations, whose files are listed one by one
  std::set<std::string> shallow;                    ///< directories of which the files directly in them are read
  std::set<std::string> whole;                      ///< directories that are read with all below them
  std::vector<manifest::ManifestProblem> problems;  ///< links and paths that leave the repository

  bool touched_by(std::string_view path) const;
};

/// What the source reads; nothing of what is not in this repository. Error invalid: more than 10,000 inputs.
Result<Inputs> inputs_of(const TreeIndex& index, const Application& application, const Source& source);

/// Of a kustomization alone. One that does not parse gives only its own file. Error invalid: more than 10,000 inputs.
Result<Inputs> collect_kustomize_inputs(const TreeIndex& index, std::string_view directory);

/// What a directory is by the files in it, where nothing says otherwise. Links count, wherever they lead: Argo CD goes
/// by the names alone. Source: Argo CD, util/app/discovery.
SourceKind source_kind_of(const TreeIndex& index, std::string_view directory);

/// The first of the names that say what a directory is at which no file stands, but a link, a directory or a submodule.
/// What Argo CD makes of the directory is then not what is read here.
std::optional<manifest::ManifestProblem> irregular_marker(const TreeIndex& index, std::string_view directory);

/// Where a path of HelmOptions leads.
struct HelmFile {
  enum class Place { here, in_chart, remote, outside, unknown_ref };
  Place place = Place::here;
  std::string path;  ///< from the root of the repository, or of the chart; of others as written
};
/// `ref` sources are looked up in the application. Source of the rules: Argo CD, util/io/path, resolved.go.
HelmFile resolve_helm_file(const Application& application, const Source& source, std::string_view written);

/// A chart's dependencies, from Chart.yaml or requirements.yaml.
struct ChartDependency {
  std::string name;
  std::string version;
  std::string repository;
  std::string alias = {};
};
std::vector<ChartDependency> chart_dependencies(std::string_view yaml);

}  // namespace towline::discovery
