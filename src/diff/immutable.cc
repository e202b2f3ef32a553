#include "diff/immutable.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/text.h"
#include "diff/compare.h"

namespace towline::diff {
namespace {

/// An object whose fields are immutable at `path`, but for those of its children that are named.
struct ImmutableField {
  std::string_view group;
  std::string_view kind;
  std::string_view path;         ///< keys with dots between
  std::string_view but_for{};    ///< children of `path` that may change, separated by blanks
  bool only_from_value = false;  ///< unset may become set, and set may become unset
};
constexpr std::array kImmutable = {
    ImmutableField{"apps", "Deployment", "spec.selector"},
    ImmutableField{"apps", "DaemonSet", "spec.selector"},
    ImmutableField{"apps", "ReplicaSet", "spec.selector"},
    ImmutableField{"apps", "StatefulSet", "spec",
                   "replicas ordinals template updateStrategy revisionHistoryLimit "
                   "persistentVolumeClaimRetentionPolicy minReadySeconds"},
    ImmutableField{"batch", "Job", "spec.selector"},
    ImmutableField{"batch", "Job", "spec.template"},
    ImmutableField{"batch", "Job", "spec.completionMode"},
    ImmutableField{"", "Service", "spec.clusterIP", "", true},
    ImmutableField{"", "PersistentVolumeClaim", "spec", "resources volumeAttributesClassName"},
    ImmutableField{"", "PersistentVolumeClaim", "spec.resources.limits"},
    ImmutableField{"", "Secret", "type"},
    ImmutableField{"rbac.authorization.k8s.io", "RoleBinding", "roleRef"},
    ImmutableField{"rbac.authorization.k8s.io", "ClusterRoleBinding", "roleRef"},
    ImmutableField{"storage.k8s.io", "StorageClass", "provisioner"},
    ImmutableField{"storage.k8s.io", "StorageClass", "parameters"},
    ImmutableField{"storage.k8s.io", "StorageClass", "reclaimPolicy"},
    ImmutableField{"storage.k8s.io", "StorageClass", "volumeBindingMode"},
    ImmutableField{"scheduling.k8s.io", "PriorityClass", "value"},
    ImmutableField{"scheduling.k8s.io", "PriorityClass", "preemptionPolicy"},
    ImmutableField{"networking.k8s.io", "IngressClass", "spec.controller"},
    ImmutableField{"node.k8s.io", "RuntimeClass", "handler"},
    ImmutableField{"apiextensions.k8s.io", "CustomResourceDefinition", "spec.scope"},
    ImmutableField{"apiextensions.k8s.io", "CustomResourceDefinition", "spec.group"},
    ImmutableField{"apiextensions.k8s.io", "CustomResourceDefinition", "spec.names.kind"},
};

const yaml::Node* at(const yaml::Node& body, std::string_view path) {
  const yaml::Node* node = &body;
  for (const std::string_view key : split(path, '.')) {
    node = node->find(key);
    if (node == nullptr) return nullptr;
  }
  return node;
}

bool differ(const yaml::Node* base, const yaml::Node* head, std::string_view kind) {
  if (base == nullptr || head == nullptr) return base != head;
  const auto changes = compare(*base, *head, Subject{kind});
  return std::any_of(changes.begin(), changes.end(), [](const FieldChange& change) { return !change.moved; });
}

bool is_named(std::string_view names, std::string_view name) {
  const auto words = split(names, ' ');
  return std::find(words.begin(), words.end(), name) != words.end();
}

void add_children(const ImmutableField& row, const yaml::Node& base, const yaml::Node& head,
                  std::vector<std::string>& paths) {
  std::set<std::string> keys;
  for (const yaml::Node* side : {&base, &head}) {
    for (const auto& [key, value] : side->entries) {
      if (!is_named(row.but_for, key.text())) keys.emplace(key.text());
    }
  }
  for (const std::string& key : keys) {
    if (differ(base.find(key), head.find(key), row.kind)) paths.push_back(std::string(row.path) + "." + key);
  }
}

/// ConfigMaps and Secrets that say so themselves.
void add_frozen_data(const yaml::Node& base, const yaml::Node& head, std::vector<std::string>& paths) {
  const yaml::Node* immutable = base.find("immutable");
  if (immutable == nullptr || immutable->text() != "true") return;
  for (const std::string_view field : {"data", "binaryData", "stringData", "immutable"}) {
    if (differ(base.find(field), head.find(field), "")) paths.emplace_back(field);
  }
}

}  // namespace

std::vector<std::string> changed_immutable_fields(const manifest::ResourceKey& key, const yaml::Node& base,
                                                  const yaml::Node& head) {
  std::vector<std::string> paths;
  for (const ImmutableField& row : kImmutable) {
    if (row.group != key.group || row.kind != key.kind) continue;
    const yaml::Node* before = at(base, row.path);
    const yaml::Node* after = at(head, row.path);
    if (!row.but_for.empty() && before != nullptr && after != nullptr) {
      add_children(row, *before, *after, paths);
    } else if (differ(before, after, row.kind) && (!row.only_from_value || (before != nullptr && after != nullptr))) {
      paths.emplace_back(row.path);
    }
  }
  if (key.group.empty() && (key.kind == "ConfigMap" || key.kind == "Secret")) add_frozen_data(base, head, paths);
  return paths;
}

}  // namespace towline::diff
