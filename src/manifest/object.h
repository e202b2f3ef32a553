#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace towline::manifest {

/// What identifies a Kubernetes object: API group (no version), kind, namespace, name.
struct ResourceKey {
  std::string group;
  std::string kind;
  std::string ns;
  std::string name;
  auto operator<=>(const ResourceKey&) const = default;
  /// "Deployment pay/pay", "Namespace pay", "apps.example.com/Widget pay/x".
  std::string str() const;
};

/// One Kubernetes object with where it came from.
struct Resource {
  ResourceKey key;
  std::string api_version;
  yaml::Node body;          ///< aliases expanded
  std::string source_path;  ///< file it was read from; "" when rendered by a program
  std::size_t line = 0;
};

/// A document that is not a usable object, and why.
struct ManifestProblem {
  std::string path;
  std::size_t line = 0;
  std::string message;
};

struct ParsedManifests {
  std::vector<Resource> resources;
  std::vector<ManifestProblem> problems;
};

/// What a named object is whose "items" is null and that has no spec and no status.
enum class NullItems {
  object,      ///< kubectl, helm and Flux apply it
  empty_list,  ///< Argo CD applies nothing (isNullList of its repo server)
};

/// Every object of a YAML or JSON text; `List` kinds are unfolded. `default_namespace` fills in a missing
/// one for namespaced kinds. Documents without apiVersion and kind are problems.
ParsedManifests parse_manifests(std::string_view path, std::string_view text, std::string_view default_namespace,
                                NullItems null_items = NullItems::object);

/// Kinds known to have no namespace (Namespace, ClusterRole, CustomResourceDefinition, ...).
bool is_cluster_scoped(std::string_view group, std::string_view kind);

/// The pod spec inside a workload (Pod, Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob), or nullptr.
const yaml::Node* pod_spec(const Resource& resource);
const yaml::Node* pod_spec(const ResourceKey& key, const yaml::Node& body);

}  // namespace towline::manifest
