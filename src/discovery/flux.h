#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "discovery/application.h"
#include "discovery/tree_index.h"
#include "yaml/node.h"

namespace towline::discovery {

/// The objects of Flux in a repository, read together since they name each other.
/// Source: fluxcd.io/flux/components, kustomize/kustomizations, helm/helmreleases and source.
class FluxObjects {
 public:
  /// Whether it is one of Flux's, which is kept then if Flux sees the file.
  bool add(const std::string& declared_in, const yaml::Node& root);
  /// What the objects that were added apply.
  Result<std::vector<Application>> applications(std::vector<manifest::ManifestProblem>& problems) const;

  /// A GitRepository of which Flux does not take all files, or takes others too; the problem says so.
  struct PartialRepository {
    std::string url;
    manifest::ManifestProblem problem;
  };
  std::vector<PartialRepository> partial_repositories() const;
  std::vector<DeclaredObject> declared() const;

 private:
  struct Object {
    std::string declared_in;
    std::string kind;
    std::string ns;
    std::string name;
    yaml::Node root;
  };

  /// The object that a reference in `from` means: of several in different directories the one nearest to it.
  const Object* find(const Object& from, std::string_view kind, std::string_view name, std::string_view ns) const;
  Result<void> read_kustomization(const Object& object, Application& application,
                                  std::vector<manifest::ManifestProblem>& problems) const;
  Result<void> read_release(const Object& object, Application& application,
                            std::vector<manifest::ManifestProblem>& problems) const;
  Result<void> settle_chart(const Object& object, const yaml::Node& spec, const Object* from, Application& application,
                            Source& source) const;
  void settle_git(const Object* repository, Application& application, Source& source) const;
  std::string namespace_of(const Object& asked) const;

  std::vector<Object> objects_;
};

/// Whether a .sourceignore file in the directory can keep files of the application out of Flux's artifact: it is one of
/// Flux's, and its files or its object are in the directory or around it.
bool is_left_out_by(const Application& application, std::string_view directory);

}  // namespace towline::discovery
