#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "discovery/cluster.h"
#include "discovery/source.h"
#include "git/file_tree.h"
#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::discovery {

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

/// What the in-cluster sync applies as a unit.
struct Application {
  std::string name;
  /// Its first directory in the infra repo, no slash at either end; without one, the directory of its first values
  /// file; "" when it has neither.
  std::string path;
  SourceKind kind = SourceKind::directory;
  std::string ns;  ///< destination namespace; "" when not said
  /// Destination cluster as written: a server's URL or a name; for Flux the Secret or ConfigMap of kubeConfig. "": the
  /// one that Argo CD or Flux runs in, however it is written.
  std::string cluster{};
  std::string declared_in;  ///< file of the Argo CD or Flux object; "" when just a directory
  bool recurse = false;     ///< of the first directory
  std::vector<IgnoreDifference> ignore_differences{};
  std::string project{};
  /// In the order in which they are applied: of two with the same object the later one's counts. None for a mere
  /// directory: then `path`, `kind` and `recurse` say it all.
  std::vector<Source> sources{};
  /// Files and directories beside `declared_in` that say what it is: those an ApplicationSet's parameters come from.
  std::vector<std::string> made_from{};
  /// Its object without what the rendering shows (declaration_of); "" for a mere directory.
  std::string declaration{};
  /// The application whose rendering holds it; `declared_in` is then the file of the one that it began with. "": none,
  /// it stands in a file.
  std::string generated_by{};
  auto operator<=>(const Application&) const = default;
};

/// The sources, made of `path`, `kind` and `recurse` for a mere directory.
std::vector<Source> sources_of(const Application& application);

/// An object of Argo CD or Flux that says what is applied.
struct DeclaredObject {
  std::string kind;
  std::string ns;  ///< "": not said
  std::string name;
  std::string path;     ///< the file that declares it, or what makes it
  std::string made_by;  ///< "the ApplicationSet 'x'", "what 'x' renders"; "": it stands in the file
  auto operator<=>(const DeclaredObject&) const = default;
};

struct Discovered {
  std::vector<Application> applications;  ///< sorted by path, then name
  std::vector<manifest::ManifestProblem> problems;
  std::vector<DeclaredObject> declared{};
};

/// Which words stand in a text that make it worth rendering to see whether Applications come of it.
struct TextHints {
  bool group = false;       ///< argoproj.io
  bool kind = false;        ///< Application
  bool repository = false;  ///< repoURL: values of a chart of Applications
  TextHints& operator|=(const TextHints& other);
};
TextHints hints_of(std::string_view text);

/// Knows files that declare nothing and what others declare, by their blobs, so that looking through an unchanged
/// repository reads nothing.
class DeclarationScreen {
 public:
  virtual ~DeclarationScreen() = default;
  /// What is in the text all the same; nullopt: not known to declare nothing.
  virtual std::optional<TextHints> known_empty(const BlobId& blob) const = 0;
  virtual void remember_empty(const BlobId& blob, TextHints hints) = 0;
  using Objects = std::shared_ptr<const std::vector<yaml::Node>>;
  /// The file's objects, aliases expanded; nullptr: not known.
  virtual Objects find_objects(const BlobId& blob) const = 0;
  virtual void remember_objects(const BlobId& blob, Objects objects, std::size_t text_bytes) = 0;
};

/// Reads Argo CD Applications and ApplicationSets (argoproj.io, any version) and Flux Kustomizations and HelmReleases
/// anywhere in the tree, the ApplicationSets with the clusters that Argo CD knows (none: not configured); every
/// directory that `service_directories` names and none of them covers is an application of its own. A directory with
/// kustomization.yaml|.yml|Kustomization is of kind kustomize, one with Chart.yaml helm.
Result<Discovered> discover_applications(const git::FileTree& tree, const std::vector<std::string>& service_directories,
                                         DeclarationScreen* screen = nullptr,
                                         const std::vector<Cluster>& clusters = {});

/// Every file and directory that a kustomization at `directory` reads, transitively, inside the tree (bases,
/// components, resources, patches, generators). Paths that leave the tree and remote ones are left out.
Result<std::set<std::string>> kustomize_inputs(const git::FileTree& tree, std::string_view directory);

/// Which of the applications the changed paths touch: through a source's directory, what it reads outside of that
/// (bases, charts, value files, targets of links), or the object that declares it. `tree` is the state the applications
/// were discovered in.
Result<std::vector<Application>> affected_applications(const git::FileTree& tree,
                                                       const std::vector<Application>& applications,
                                                       const std::vector<std::string>& changed_paths);

}  // namespace towline::discovery
