#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/file_tree.h"
#include "manifest/object.h"

namespace towline::manifest {

enum class SourceKind { directory, kustomize, helm };
std::string_view to_string(SourceKind kind);

/// Differences that the in-cluster sync does not act on: an entry of an Argo CD Application's `ignoreDifferences`.
struct IgnoreDifference {
  std::string group;  ///< "" is the core group; a glob, as all of the first four
  std::string kind;
  std::string ns;    ///< "": any
  std::string name;  ///< "": any
  std::vector<std::string> json_pointers;
  std::vector<std::string> jq_path_expressions;
  std::vector<std::string> managed_fields_managers;
  auto operator<=>(const IgnoreDifference&) const = default;
};

/// What the in-cluster sync applies as a unit, as far as one directory of this repository is its source.
struct Application {
  std::string name;
  std::string path;  ///< directory in the infra repo, no slash at either end
  SourceKind kind = SourceKind::directory;
  std::string ns;           ///< destination namespace; "" when not said
  std::string declared_in;  ///< file of the Argo CD Application; "" when just a directory
  bool recurse = false;     ///< Argo CD directory.recurse
  std::vector<IgnoreDifference> ignore_differences{};
  auto operator<=>(const Application&) const = default;
};

struct Discovered {
  std::vector<Application>
      applications;  ///< sorted by path, then name; a multi-source Application gives one per local source
  std::vector<ManifestProblem> problems;
};

/// Reads Argo CD Applications (argoproj.io, any version) anywhere in the tree; every directory that
/// `service_directories` names and no Application covers is an application of its own.
/// A directory with kustomization.yaml|.yml|Kustomization is of kind kustomize, one with Chart.yaml helm.
Result<Discovered> discover_applications(const git::FileTree& tree,
                                         const std::vector<std::string>& service_directories);

/// Every file and directory that a kustomization at `directory` reads, transitively, inside the tree (bases,
/// components, resources, patches, generators). Paths that leave the tree and remote ones are left out.
Result<std::set<std::string>> kustomize_inputs(const git::FileTree& tree, std::string_view directory);

/// Which of the applications the changed paths touch: through their directory, their kustomize inputs, or
/// the Application object. `tree` is the state the applications were discovered in.
Result<std::vector<Application>> affected_applications(const git::FileTree& tree,
                                                       const std::vector<Application>& applications,
                                                       const std::vector<std::string>& changed_paths);

}  // namespace towline::manifest
