#include "sites/aliases.h"

#include <algorithm>

namespace towline::sites {
namespace {

/// Merge keys that are looked through for one document. A list of aliases of lists of aliases grows without bound;
/// real files stay in the hundreds.
constexpr std::size_t kMaxMerges = 200'000;
constexpr std::size_t kMaxMergeDepth = 64;

bool is_merge(const yaml::Node& key) {
  return key.is_scalar() && key.value == "<<" && key.style == yaml::ScalarStyle::plain;
}

bool is_block(const yaml::Node& scalar) {
  return scalar.style == yaml::ScalarStyle::literal || scalar.style == yaml::ScalarStyle::folded;
}

}  // namespace

Aliases::Aliases(const yaml::Node& root) : budget_(kMaxMerges) {
  std::unordered_map<std::string_view, const yaml::Node*> anchors;
  collect(root, anchors);
}

void Aliases::collect(const yaml::Node& node, std::unordered_map<std::string_view, const yaml::Node*>& anchors) {
  if (node.kind == yaml::NodeKind::alias) {
    if (const auto anchor = anchors.find(node.value); anchor != anchors.end()) {
      targets_[&node] = anchor->second;
      uses_.push_back({&node, anchor->second});
    }
    return;
  }
  for (const yaml::Node& item : node.items) collect(item, anchors);
  for (const auto& [key, value] : node.entries) {
    collect(key, anchors);
    collect(value, anchors);
  }
  // Only now: an alias inside the anchored node would be its own part.
  if (!node.anchor.empty()) anchors[node.anchor] = &node;
}

const yaml::Node& Aliases::target(const yaml::Node& node) const {
  if (node.kind != yaml::NodeKind::alias) return node;
  const auto found = targets_.find(&node);
  return found == targets_.end() ? node : *found->second;
}

const yaml::Node* Aliases::find(const yaml::Node& mapping, std::string_view key) const {
  return find_below(mapping, key, 0);
}

const yaml::Node* Aliases::find_below(const yaml::Node& mapping, std::string_view key, std::size_t depth) const {
  if (const yaml::Node* own = mapping.find(key)) return own;
  if (targets_.empty() || depth == kMaxMergeDepth) return nullptr;
  const auto look_in = [&](const yaml::Node& place) -> const yaml::Node* {
    if (budget_ == 0) return nullptr;
    --budget_;
    return find_below(target(place), key, depth + 1);
  };
  for (const auto& [name, value] : mapping.entries) {
    if (!is_merge(name)) continue;
    if (const yaml::Node* found = look_in(value)) return found;
    for (const yaml::Node& item : target(value).items) {
      if (const yaml::Node* found = look_in(item)) return found;
    }
  }
  return nullptr;
}

Written Aliases::as_scalar(const yaml::Node& place) const {
  const yaml::Node& scalar = target(place);
  if (!scalar.is_scalar() || is_block(scalar) || scalar.value.empty()) return {};
  return {&place, &scalar};
}

Written Aliases::find_scalar(const yaml::Node& mapping, std::string_view key) const {
  const yaml::Node* place = find(mapping, key);
  return place == nullptr ? Written{} : as_scalar(*place);
}

}  // namespace towline::sites
