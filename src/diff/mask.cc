#include "diff/mask.h"

#include <string>
#include <string_view>

#include "base/crypto.h"
#include "yaml/node.h"

namespace towline::diff {
namespace {

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

yaml::Node* find(yaml::Node& node, std::string_view key) {
  for (auto& [name, value] : node.entries) {
    if (name.text() == key) return &value;
  }
  return nullptr;
}

void mask_value(yaml::Node& node, const Secret& key) {
  const std::string hash = hmac_sha256_hex(key.reveal(), yaml::emit(node));
  node = {};
  node.kind = yaml::NodeKind::scalar;
  node.style = yaml::ScalarStyle::double_quoted;
  node.value = "<masked " + hash.substr(0, 8) + ">";
}

}  // namespace

bool is_secret(const manifest::Resource& resource) {
  return resource.key.group.empty() && resource.key.kind == "Secret";
}

bool mask_secret(yaml::Node& body, const Secret& key) {
  bool masked = false;
  for (const std::string_view field : {"data", "stringData"}) {
    yaml::Node* values = find(body, field);
    if (values == nullptr) continue;
    // A field that is no mapping is a broken Secret; what it says is hidden all the same.
    if (!values->is_mapping()) {
      mask_value(*values, key);
      masked = true;
      continue;
    }
    for (auto& [name, value] : values->entries) {
      mask_value(value, key);
      masked = true;
    }
  }
  yaml::Node* metadata = find(body, "metadata");
  yaml::Node* annotations = metadata == nullptr ? nullptr : find(*metadata, "annotations");
  yaml::Node* last_applied = annotations == nullptr ? nullptr : find(*annotations, kLastApplied);
  if (last_applied != nullptr) {
    mask_value(*last_applied, key);
    masked = true;
  }
  return masked;
}

}  // namespace towline::diff
