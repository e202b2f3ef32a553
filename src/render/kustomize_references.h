#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "yaml/node.h"

namespace towline::render {

enum class ReferenceKind {
  resource,   ///< a file, a directory with a kustomization, or YAML in place of both
  component,  ///< a directory with a kustomization
  file,
  keyed_file,  ///< "KEY=FILE", or a file whose name is its key
};
/// What a kustomization reads beside itself.
struct Reference {
  yaml::Node& node;         ///< the scalar that names it
  std::string_view target;  ///< of the scalar's text, without a key
  ReferenceKind kind;
};
void for_each_reference(yaml::Node& kustomization, const std::function<void(const Reference&)>& visit);

/// A directory of a git repository, as kustomize finds both in a URL.
/// Source: sigs.k8s.io/kustomize/api/internal/git, repospec.go.
struct RemoteBase {
  std::string repository;
  std::string directory;  ///< "" is the root
  std::string revision;   ///< "": HEAD
};
/// Of an https URL; nullopt: kustomize would not take it for a repository either, or its directory leaves it.
std::optional<RemoteBase> parse_remote_base(std::string_view url);

}  // namespace towline::render
