#include "manifest/object.h"

#include <algorithm>
#include <array>
#include <utility>

#include "manifest/documents.h"

namespace towline::manifest {
namespace {

/// Groups that come with Kubernetes itself; people name their kinds without the group.
constexpr std::array<std::string_view, 17> kBuiltInDottedGroups = {"admissionregistration.k8s.io",
                                                                   "apiextensions.k8s.io",
                                                                   "apiregistration.k8s.io",
                                                                   "authentication.k8s.io",
                                                                   "authorization.k8s.io",
                                                                   "certificates.k8s.io",
                                                                   "coordination.k8s.io",
                                                                   "discovery.k8s.io",
                                                                   "events.k8s.io",
                                                                   "flowcontrol.apiserver.k8s.io",
                                                                   "internal.apiserver.k8s.io",
                                                                   "networking.k8s.io",
                                                                   "node.k8s.io",
                                                                   "rbac.authorization.k8s.io",
                                                                   "resource.k8s.io",
                                                                   "scheduling.k8s.io",
                                                                   "storage.k8s.io"};

struct GroupKind {
  std::string_view group;
  std::string_view kind;
  bool operator==(const GroupKind&) const = default;
};

/// Of Kubernetes 1.34 and the custom resources that infra repos commonly hold.
constexpr std::array<GroupKind, 37> kClusterScoped = {{
    {"", "ComponentStatus"},
    {"", "Namespace"},
    {"", "Node"},
    {"", "PersistentVolume"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "MutatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"},
    {"apiextensions.k8s.io", "CustomResourceDefinition"},
    {"apiregistration.k8s.io", "APIService"},
    {"certificates.k8s.io", "CertificateSigningRequest"},
    {"certificates.k8s.io", "ClusterTrustBundle"},
    {"cert-manager.io", "ClusterIssuer"},
    {"cilium.io", "CiliumClusterwideNetworkPolicy"},
    {"cilium.io", "CiliumLoadBalancerIPPool"},
    {"external-secrets.io", "ClusterExternalSecret"},
    {"external-secrets.io", "ClusterSecretStore"},
    {"flowcontrol.apiserver.k8s.io", "FlowSchema"},
    {"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"},
    {"gateway.networking.k8s.io", "GatewayClass"},
    {"kyverno.io", "ClusterPolicy"},
    {"networking.k8s.io", "IngressClass"},
    {"networking.k8s.io", "IPAddress"},
    {"networking.k8s.io", "ServiceCIDR"},
    {"node.k8s.io", "RuntimeClass"},
    {"rbac.authorization.k8s.io", "ClusterRole"},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding"},
    {"resource.k8s.io", "DeviceClass"},
    {"resource.k8s.io", "ResourceSlice"},
    {"scheduling.k8s.io", "PriorityClass"},
    {"storage.k8s.io", "CSIDriver"},
    {"storage.k8s.io", "CSINode"},
    {"storage.k8s.io", "StorageClass"},
    {"storage.k8s.io", "VolumeAttachment"},
    {"storage.k8s.io", "VolumeAttributesClass"},
}};

bool is_built_in(std::string_view group) {
  if (group.find('.') == std::string_view::npos) return true;
  return std::find(kBuiltInDottedGroups.begin(), kBuiltInDottedGroups.end(), group) != kBuiltInDottedGroups.end();
}

std::string group_of(std::string_view api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string_view::npos ? std::string{} : std::string(api_version.substr(0, slash));
}

/// Kubernetes takes an object whose kind is a number or a boolean for one without a kind.
bool has_kind(const yaml::Node& node) {
  const yaml::Node* kind = node.find("kind");
  return kind != nullptr && !kind->text().empty() && yaml::scalar_type(*kind) == yaml::ScalarType::string;
}

/// Reads the documents of one file into `parsed`.
class Reader {
 public:
  Reader(std::string_view path, std::string_view default_namespace, NullItems null_items, ParsedManifests& parsed)
      : path_(path), default_namespace_(default_namespace), null_items_(null_items), parsed_(parsed) {}

  void add(yaml::Node node) {
    if (node.is_mapping() && !has_kind(node)) return add_object(std::move(node));
    if (const auto* items = list_items(node)) {
      for (const yaml::Node& item : *items) {
        if (list_items(item) != nullptr) {
          problem(item.line, "a list inside of a list, which Argo CD does not unfold");
        } else {
          add_object(item);
        }
      }
      return;
    }
    const yaml::Node* items = node.find("items");
    const bool is_null_list =
        items != nullptr && items->is_null() && node.find("spec") == nullptr && node.find("status") == nullptr;
    // Without a name nobody applies it: the list that a template without elements gives.
    const yaml::Node* name = node.find_path({"metadata", "name"});
    const bool is_named = name != nullptr && !name->text().empty();
    if (is_null_list && (null_items_ == NullItems::empty_list || !is_named)) return;
    add_object(std::move(node));
  }

  void problem(std::size_t line, std::string message) {
    parsed_.problems.push_back({std::string(path_), line, std::move(message)});
  }

 private:
  void add_object(yaml::Node node) {
    const std::size_t line = node.line;
    if (!node.is_mapping()) return problem(line, "this document is not a mapping, so it is no Kubernetes object");
    const auto text_at = [&](std::initializer_list<std::string_view> path) {
      const yaml::Node* found = node.find_path(path);
      return found == nullptr ? std::string{} : std::string(found->text());
    };
    Resource resource;
    resource.api_version = text_at({"apiVersion"});
    if (has_kind(node)) resource.key.kind = text_at({"kind"});
    if (resource.api_version.empty() || resource.key.kind.empty()) {
      const std::string missing = !resource.api_version.empty() ? "no kind"
                                  : resource.key.kind.empty()   ? "no apiVersion and no kind"
                                                                : "no apiVersion";
      return problem(line, "this document has " + missing + ", so it is no Kubernetes object");
    }
    resource.key.group = group_of(resource.api_version);
    resource.key.name = text_at({"metadata", "name"});
    // Argo CD creates hooks with generateName anew at each sync; the prefix is all that identifies them.
    if (resource.key.name.empty()) resource.key.name = text_at({"metadata", "generateName"});
    if (resource.key.name.empty()) {
      return problem(line, "this " + resource.key.kind + " has no metadata.name, so it cannot be applied");
    }
    if (!is_cluster_scoped(resource.key.group, resource.key.kind)) {
      resource.key.ns = text_at({"metadata", "namespace"});
      if (resource.key.ns.empty()) resource.key.ns = std::string(default_namespace_);
    }
    resource.body = std::move(node);
    resource.source_path = std::string(path_);
    resource.line = line;
    parsed_.resources.push_back(std::move(resource));
  }

  std::string_view path_;
  std::string_view default_namespace_;
  NullItems null_items_;
  ParsedManifests& parsed_;
};

}  // namespace

std::string ResourceKey::str() const {
  std::string text = is_built_in(group) ? kind : group + "/" + kind;
  text += ' ';
  if (!ns.empty()) text += ns + "/";
  return text + name;
}

ParsedManifests parse_manifests(std::string_view path, std::string_view text, std::string_view default_namespace,
                                NullItems null_items) {
  ParsedManifests parsed;
  ParsedDocuments documents = parse_documents(path, text);
  parsed.problems = std::move(documents.problems);
  Reader reader(path, default_namespace, null_items, parsed);
  for (yaml::Node& root : documents.roots) reader.add(std::move(root));
  return parsed;
}

bool is_cluster_scoped(std::string_view group, std::string_view kind) {
  return std::find(kClusterScoped.begin(), kClusterScoped.end(), GroupKind{group, kind}) != kClusterScoped.end();
}

const yaml::Node* pod_spec(const Resource& resource) { return pod_spec(resource.key, resource.body); }

const yaml::Node* pod_spec(const ResourceKey& key, const yaml::Node& body) {
  const bool core = key.group.empty() && (key.kind == "Pod" || key.kind == "ReplicationController");
  const bool workload = key.group == "apps" || key.group == "batch" || key.group == "extensions";
  if (core && key.kind == "Pod") return body.find("spec");
  if (!core && !workload) return nullptr;
  if (key.kind == "CronJob") return body.find_path({"spec", "jobTemplate", "spec", "template", "spec"});
  return body.find_path({"spec", "template", "spec"});
}

}  // namespace towline::manifest
