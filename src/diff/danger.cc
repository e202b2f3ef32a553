#include "diff/danger.h"

#include <algorithm>
#include <array>
#include <compare>
#include <map>
#include <string>
#include <string_view>

#include "base/text.h"
#include "diff/executable.h"
#include "diff/immutable.h"
#include "diff/quantity.h"
#include "diff/role.h"
#include "image/reference.h"
#include "image/select.h"
#include "yaml/json.h"

namespace towline::diff {
namespace {

constexpr std::string_view kSyncOptions = "argocd.argoproj.io/sync-options";
constexpr std::string_view kPruneConfirm = "Prune=confirm";
constexpr std::string_view kPruneFalse = "Prune=false";

using Messages = std::vector<std::string>;

/// Kinds whose deletion takes away what no commit brings back.
struct Precious {
  std::string_view group;
  std::string_view kind;
  std::string_view deletion;
};
constexpr std::array<Precious, 5> kPrecious = {{
    {"apps", "StatefulSet", "deletes a StatefulSet: its pods stop, and its volumes are left without an owner"},
    {"", "PersistentVolumeClaim", "deletes a PersistentVolumeClaim: with most storage classes its data is gone"},
    {"", "PersistentVolume", "deletes a PersistentVolume: any claim bound to it loses its storage"},
    {"", "Namespace", "deletes a Namespace: everything in it goes with it"},
    {"apiextensions.k8s.io", "CustomResourceDefinition",
     "deletes a CustomResourceDefinition: every object of its kind goes with it, in all namespaces"},
}};

const Precious* precious(const manifest::ResourceKey& key) {
  const auto* found = std::find_if(kPrecious.begin(), kPrecious.end(),
                                   [&](const Precious& row) { return row.group == key.group && row.kind == key.kind; });
  return found == kPrecious.end() ? nullptr : found;
}

std::string_view text_at(const yaml::Node& body, std::initializer_list<std::string_view> path) {
  const yaml::Node* node = body.find_path(path);
  return node == nullptr ? std::string_view{} : node->text();
}

const manifest::ResourceKey& key_at_base(const ComparedResource& resource) {
  return resource.was ? *resource.was : resource.key;
}

/// Another name, namespace or group is another object: the old one is deleted.
bool goes(const ComparedResource& resource) {
  return resource.base != nullptr && (resource.head == nullptr || resource.was.has_value());
}

Messages deletion(const ComparedResource& resource) {
  if (!goes(resource)) return {};
  const Precious* row = precious(key_at_base(resource));
  if (row == nullptr || has_option(*resource.base, kSyncOptions, kPruneFalse) ||
      annotation(*resource.base, "helm.sh/resource-policy") == "keep") {
    return {};
  }
  std::string message(row->deletion);
  if (resource.was) message += "; '" + resource.key.str() + "' is a new one";
  if (has_option(*resource.base, kSyncOptions, kPruneConfirm)) {
    return {message + "; Argo CD waits for someone to confirm it"};
  }
  return {message + "; nothing asks before an automated prune, as the sync option Prune=confirm would"};
}

Messages protection_goes(const ComparedResource& resource) {
  if (resource.base == nullptr || resource.head == nullptr) return {};
  Messages messages;
  for (const std::string_view option : {kPruneConfirm, kPruneFalse}) {
    const bool kept = has_option(*resource.head, kSyncOptions, kPruneConfirm) ||
                      has_option(*resource.head, kSyncOptions, kPruneFalse);
    if (has_option(*resource.base, kSyncOptions, option) && !kept) {
      messages.push_back("takes away the sync option " + std::string(option) +
                         ": from then on an automated prune deletes it without asking");
    }
  }
  return messages;
}

Messages immutable_fields(const ComparedResource& resource) {
  if (resource.base == nullptr || resource.head == nullptr || resource.was) return {};
  if (is_hook(*resource.head) || has_option(*resource.head, kSyncOptions, "Replace=true") ||
      has_option(*resource.head, kSyncOptions, "Force=true")) {
    return {};
  }
  Messages messages;
  for (const std::string& path : changed_immutable_fields(resource.key, *resource.base, *resource.head)) {
    messages.push_back("changes " + path + ", which is immutable: the sync fails until the " + resource.key.kind +
                       " is deleted and made again");
  }
  return messages;
}

Messages storage_shrinks(const ComparedResource& resource) {
  const manifest::ResourceKey& key = resource.key;
  if (resource.base == nullptr || resource.head == nullptr || !key.group.empty()) return {};
  if (key.kind != "PersistentVolumeClaim") return {};
  const std::string_view before = text_at(*resource.base, {"spec", "resources", "requests", "storage"});
  const std::string_view after = text_at(*resource.head, {"spec", "resources", "requests", "storage"});
  if (!is_smaller_quantity(after, before)) return {};
  return {"asks for less storage (" + std::string(before) + " to " + std::string(after) +
          "): a volume can only grow, and the sync fails"};
}

struct ReplicaField {
  std::string_view group;
  std::string_view kind;
  std::string_view field;
  std::string_view message;
};
constexpr std::array<ReplicaField, 4> kReplicas = {{
    {"apps", "Deployment", "replicas", "sets replicas to 0: all of its pods stop"},
    {"apps", "StatefulSet", "replicas", "sets replicas to 0: all of its pods stop"},
    {"apps", "ReplicaSet", "replicas", "sets replicas to 0: all of its pods stop"},
    {"autoscaling", "HorizontalPodAutoscaler", "minReplicas", "sets minReplicas to 0: without load all pods stop"},
}};

/// However it is written: 0, 0x0, -0, 0.0.
bool is_zero(const yaml::Node* node) {
  if (node == nullptr || !node->is_scalar()) return false;
  const Json value = yaml::to_json(*node);
  return node->text() == "0" || (value.is_number() && value.get<double>() == 0);
}

Messages no_replicas(const ComparedResource& resource) {
  if (resource.base == nullptr || resource.head == nullptr) return {};
  for (const ReplicaField& row : kReplicas) {
    if (row.group != resource.key.group || row.kind != resource.key.kind) continue;
    const bool none = is_zero(resource.head->find_path({"spec", row.field}));
    if (none && !is_zero(resource.base->find_path({"spec", row.field}))) return {std::string(row.message)};
  }
  return {};
}

using Images = std::map<std::string, std::string>;

Images images_of(const manifest::ResourceKey& key, const yaml::Node& body) {
  Images images;
  const yaml::Node* spec = manifest::pod_spec(key, body);
  if (spec == nullptr) return images;
  for (const std::string_view list : {"initContainers", "containers"}) {
    const yaml::Node* containers = spec->find(list);
    if (containers == nullptr) continue;
    for (const yaml::Node& container : containers->items) {
      images[std::string(text_at(container, {"name"}))] = text_at(container, {"image"});
    }
  }
  return images;
}

Messages images_backwards(const ComparedResource& resource) {
  if (resource.base == nullptr || resource.head == nullptr) return {};
  const Images before = images_of(key_at_base(resource), *resource.base);
  Messages messages;
  for (const auto& [container, written] : images_of(resource.key, *resource.head)) {
    const auto found = before.find(container);
    if (found == before.end() || found->second == written) continue;
    const auto old_image = image::parse_reference(found->second);
    const auto new_image = image::parse_reference(written);
    if (!old_image || !new_image || old_image->name != new_image->name || !old_image->tag || !new_image->tag) continue;
    if (image::compare_versions(*new_image->tag, *old_image->tag) != std::partial_ordering::less) continue;
    messages.push_back("takes the image of container " + container + " back from " + old_image->tag->str() + " to " +
                       new_image->tag->str());
  }
  return messages;
}

/// The cluster that an Argo CD Application is sent to, by the name or the address that it is written with.
std::string destination(const yaml::Node& body) {
  const std::string_view name = text_at(body, {"spec", "destination", "name"});
  return std::string(name.empty() ? text_at(body, {"spec", "destination", "server"}) : name);
}

Messages another_cluster(const ComparedResource& resource) {
  if (resource.base == nullptr || resource.head == nullptr || resource.was) return {};
  if (resource.key.group != "argoproj.io" || resource.key.kind != "Application") return {};
  const std::string before = destination(*resource.base);
  const std::string after = destination(*resource.head);
  if (before == after) return {};
  return {"goes to another cluster (from '" + before + "' to '" + after +
          "'): what runs in the old one stays there, and nothing looks after it any more"};
}

/// What is masked might be more than a credential.
Messages masked_code(const ComparedResource& resource) {
  if (resource.head == nullptr) return {};
  Messages messages;
  for (const std::string& place : hidden_code(resource.base, *resource.head)) {
    messages.push_back(
        "a credential is masked in '" + place +
        "': a part of what runs is not shown. Read it in the repository, and move the credential to a Secret");
  }
  return messages;
}

struct DangerRule {
  std::string_view name;  ///< for who reads the table
  Messages (*messages)(const ComparedResource& resource);
};
constexpr std::array<DangerRule, 8> kDangers = {{
    {"deletion of what holds data or other objects", deletion},
    {"prune without confirmation", protection_goes},
    {"immutable field", immutable_fields},
    {"storage that shrinks", storage_shrinks},
    {"no replicas", no_replicas},
    {"image backwards", images_backwards},
    {"another cluster", another_cluster},
    {"code with a masked part", masked_code},
}};

}  // namespace

std::vector<Danger> dangers_of(const ComparedResource& resource) {
  std::vector<Danger> dangers;
  for (const DangerRule& rule : kDangers) {
    for (std::string& message : rule.messages(resource)) {
      dangers.push_back({goes(resource) && resource.was ? *resource.was : resource.key, std::move(message)});
    }
  }
  return dangers;
}

}  // namespace towline::diff
