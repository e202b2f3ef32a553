#include "diff/list_rules.h"

#include <algorithm>

#include "base/text.h"

namespace towline::diff {
namespace {

constexpr ListOrder kOrdered = ListOrder::matters;

// Rows for one kind stand before those for any; what is not here is compared in order, items with names by name.
constexpr ListRule kRules[] = {
    {"Service", "spec", "ports", {"port", "protocol"}, "name"},
    {"Endpoints EndpointSlice", "", "ports", {"name"}},
    {"Service", "spec", "externalIPs loadBalancerSourceRanges"},
    {"Service", "spec", "clusterIPs ipFamilies", {}, "", kOrdered},
    {"Ingress", "spec", "rules", {"host"}},
    {"Ingress", "http", "paths", {"path", "pathType"}, "path", ListOrder::matters_where_paths_are_free},
    {"Ingress", "spec", "tls", {"secretName"}},
    {"Ingress", "tls", "hosts"},
    {"NetworkPolicy", "", "ingress egress from to ports policyTypes except"},
    {"Role ClusterRole", "", "rules"},
    {"Role ClusterRole", "rules", "apiGroups resources resourceNames verbs nonResourceURLs"},
    {"ClusterRole", "aggregationRule", "clusterRoleSelectors"},
    {"RoleBinding ClusterRoleBinding", "", "subjects", {"kind", "namespace", "name"}},
    {"ServiceAccount", "", "secrets", {"name"}},
    {"HorizontalPodAutoscaler", "spec", "metrics"},
    {"HorizontalPodAutoscaler", "scaleUp scaleDown", "policies", {"type"}},
    {"PersistentVolumeClaim PersistentVolume StatefulSet", "", "accessModes"},
    {"StatefulSet", "spec", "volumeClaimTemplates", {"metadata.name"}},
    {"MutatingWebhookConfiguration ValidatingWebhookConfiguration", "", "webhooks", {"name"}},
    {"MutatingWebhookConfiguration ValidatingWebhookConfiguration", "webhooks", "matchConditions", {"name"}},
    {"MutatingWebhookConfiguration ValidatingWebhookConfiguration", "webhooks", "rules"},
    {"MutatingWebhookConfiguration ValidatingWebhookConfiguration", "rules",
     "apiGroups apiVersions operations resources"},
    {"CustomResourceDefinition", "spec", "versions", {"name"}},
    {"CustomResourceDefinition", "names", "shortNames categories"},
    {"CustomResourceDefinition", "", "required"},
    {"ResourceQuota", "", "scopes"},
    {"LimitRange", "spec", "limits", {"type"}},

    {"", "containers initContainers ephemeralContainers", "ports", {"containerPort", "protocol"}, "name"},
    {"", "", "containers ephemeralContainers", {"name"}},
    {"", "", "initContainers", {"name"}, "", kOrdered},
    {"", "containers initContainers ephemeralContainers", "env", {"name"}, "", ListOrder::matters_with_references},
    // Where sources share a key, the last one counts.
    {"", "containers initContainers ephemeralContainers", "envFrom", {}, "", kOrdered},
    {"", "containers initContainers ephemeralContainers", "command args", {}, "", kOrdered},
    {"", "containers initContainers ephemeralContainers", "volumeMounts", {"mountPath"}, "name"},
    {"", "containers initContainers ephemeralContainers", "volumeDevices", {"devicePath"}},
    {"", "exec", "command", {}, "", kOrdered},
    {"", "httpGet", "httpHeaders", {}, "", kOrdered},
    {"", "capabilities", "add drop"},
    {"", "resources", "claims", {"name"}},
    {"", "spec template", "volumes", {"name"}},
    {"", "configMap secret downwardAPI", "items", {"path"}},
    {"", "projected", "sources", {}, "", kOrdered},
    {"", "", "imagePullSecrets", {"name"}},
    {"", "spec", "hostAliases", {"ip"}},
    {"", "hostAliases", "hostnames"},
    {"", "spec", "topologySpreadConstraints", {"topologyKey", "whenUnsatisfiable"}},
    {"", "", "tolerations"},
    {"", "spec", "readinessGates", {"conditionType"}},
    {"", "spec", "schedulingGates resourceClaims", {"name"}},
    {"", "securityContext", "sysctls", {"name"}},
    {"", "securityContext", "supplementalGroups"},
    {"", "dnsConfig", "nameservers searches", {}, "", kOrdered},
    {"", "dnsConfig", "options", {"name"}},
    {"", "nodeAffinity podAffinity podAntiAffinity requiredDuringSchedulingIgnoredDuringExecution",
     "requiredDuringSchedulingIgnoredDuringExecution preferredDuringSchedulingIgnoredDuringExecution "
     "nodeSelectorTerms"},
    {"", "", "matchExpressions matchFields"},
    {"", "matchExpressions matchFields", "values"},
    {"", "podAffinityTerm requiredDuringSchedulingIgnoredDuringExecution", "namespaces"},
    {"", "metadata", "finalizers"},
    {"", "metadata", "ownerReferences", {"uid"}},
    {"", "status", "conditions", {"type"}},
};

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (words.substr(0, end) == word) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

bool holds(std::string_view words, std::string_view word) { return words.empty() || has_word(words, word); }

const yaml::Node* at_key(const yaml::Node& item, std::string_view key) {
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos) return item.find(key);
  const yaml::Node* outer = item.find(key.substr(0, dot));
  return outer == nullptr ? nullptr : outer->find(key.substr(dot + 1));
}

/// Whether any scalar below the node holds the text.
bool mentions(const yaml::Node& node, std::string_view text) {
  return node.value.find(text) != std::string::npos ||
         std::any_of(node.items.begin(), node.items.end(), [&](const auto& item) { return mentions(item, text); }) ||
         std::any_of(node.entries.begin(), node.entries.end(),
                     [&](const auto& entry) { return mentions(entry.second, text); });
}

/// k8s.io/api, and the autoscaler's.
constexpr std::string_view kKubernetesGroups[] = {"",
                                                  "admissionregistration.k8s.io",
                                                  "apiextensions.k8s.io",
                                                  "apiregistration.k8s.io",
                                                  "apps",
                                                  "autoscaling",
                                                  "autoscaling.k8s.io",
                                                  "batch",
                                                  "certificates.k8s.io",
                                                  "coordination.k8s.io",
                                                  "discovery.k8s.io",
                                                  "events.k8s.io",
                                                  "extensions",
                                                  "flowcontrol.apiserver.k8s.io",
                                                  "networking.k8s.io",
                                                  "node.k8s.io",
                                                  "policy",
                                                  "rbac.authorization.k8s.io",
                                                  "resource.k8s.io",
                                                  "scheduling.k8s.io",
                                                  "storage.k8s.io"};

}  // namespace

bool is_kubernetes_group(std::string_view group) {
  return std::find(std::begin(kKubernetesGroups), std::end(kKubernetesGroups), group) != std::end(kKubernetesGroups);
}

std::string_view ruled_kind(std::string_view group, std::string_view kind) {
  return is_kubernetes_group(group) ? kind : "(custom)";
}

const ListRule* list_rule(std::string_view kind, std::string_view parent, std::string_view field) {
  const auto* found = std::find_if(std::begin(kRules), std::end(kRules), [&](const ListRule& rule) {
    return has_word(rule.fields, field) && holds(rule.parents, parent) && holds(rule.kinds, kind);
  });
  return found == std::end(kRules) ? nullptr : found;
}

bool order_matters(const ListRule& rule, const yaml::Node& list) {
  switch (rule.order) {
    case ListOrder::matters:
      return true;
    case ListOrder::means_nothing:
      return false;
    case ListOrder::matters_with_references:
      return mentions(list, "$(");
    case ListOrder::matters_where_paths_are_free:
      return mentions(list, "ImplementationSpecific");
  }
  return true;
}

std::optional<ItemKey> item_key(const ListRule& rule, const yaml::Node& item) {
  if (!item.is_mapping()) return std::nullopt;
  ItemKey key;
  for (std::size_t i = 0; i < rule.keys.size() && !rule.keys[i].empty(); ++i) {
    const yaml::Node* part = at_key(item, rule.keys[i]);
    if (part != nullptr && !part->is_scalar()) return std::nullopt;
    key.parts[i] = part == nullptr ? default_part(rule.keys[i]) : part->value;
  }
  return key;
}

std::string_view default_part(std::string_view key) { return key == "protocol" ? "TCP" : ""; }

}  // namespace towline::diff
