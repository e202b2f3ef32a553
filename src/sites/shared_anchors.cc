#include "sites/shared_anchors.h"

#include <algorithm>
#include <array>

namespace towline::sites {
namespace {

constexpr std::array<std::string_view, 4> kVersionKeys = {"tag", "digest", "imageTag", "imageDigest"};
constexpr std::array<std::string_view, 2> kNameKeys = {"repository", "image"};
/// Keys that exist to hold anchors: "x-…" of compose files, ".name" of GitLab CI, "_name" of Helm values.
constexpr std::array<std::string_view, 5> kHolderPrefixes = {"x-", ".", "_", "anchors", "definitions"};

bool is_holder(std::string_view key) {
  return std::any_of(kHolderPrefixes.begin(), kHolderPrefixes.end(),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

}  // namespace

SharedAnchors::SharedAnchors(const Passage& passage, const Aliases& aliases, const yaml::Node& root)
    : passage_(passage), aliases_(aliases) {
  for (const Aliases::Use& use : aliases.uses()) {
    if (use.target->is_scalar()) shared_[use.target].aliases.push_back(use.alias);
  }
  look_through(root, false);
}

void SharedAnchors::look_through(const yaml::Node& node, bool in_holder) {
  if (node.is_scalar() && !node.anchor.empty()) shared_[&node].is_held = in_holder;
  for (const yaml::Node& item : node.items) look_through(item, in_holder);
  for (const auto& [key, value] : node.entries) {
    look_through(key, in_holder);
    look_through(value, in_holder || is_holder(key.text()));
  }
  if (node.find("<<") != nullptr) look_at_merge(node);
}

/// A mapping that takes a version from another and names itself what is no image ("repository: https://…").
void SharedAnchors::look_at_merge(const yaml::Node& mapping) {
  for (const std::string_view name_key : kNameKeys) {
    const yaml::Node* own = mapping.find(name_key);
    if (own == nullptr) continue;
    const Written name = aliases_.as_scalar(*own);
    if (!name || image::parse_image_name(name.scalar->value)) continue;
    for (const std::string_view key : kVersionKeys) {
      const Written version = aliases_.find_scalar(mapping, key);
      if (version && mapping.find(key) == nullptr) shared_[version.scalar].elsewhere = own;
    }
  }
}

void SharedAnchors::add_use(const Written& scalar, const image::ImageName& name) {
  if (!scalar) return;
  Shared& shared = shared_[scalar.scalar];
  shared.places.insert(scalar.place);
  if (!shared.first) shared.first = Use{scalar.place, name};
  if (!shared.other && shared.first->name != name) shared.other = Use{scalar.place, name};
}

std::string SharedAnchors::other_meaning(const Written& scalar, const image::ImageName& name) {
  if (!scalar) return {};
  const Shared& shared = shared_[scalar.scalar];
  if (shared.other) {
    const Use& use = shared.first->name == name ? *shared.other : *shared.first;
    return sentence(*scalar.scalar, *use.place, "another image, " + use.name.str());
  }
  const yaml::Node* place = other_place(*scalar.scalar, shared);
  return place == nullptr ? "" : sentence(*scalar.scalar, *place, "something else");
}

const yaml::Node* SharedAnchors::other_place(const yaml::Node& scalar, const Shared& shared) {
  if (shared.elsewhere != nullptr || shared.aliases.empty()) return shared.elsewhere;
  const auto is_use = [&](const yaml::Node* place) { return shared.places.contains(place); };
  const auto other = std::find_if_not(shared.aliases.begin(), shared.aliases.end(), is_use);
  if (other != shared.aliases.end()) return *other;
  return is_use(&scalar) || shared.is_held ? nullptr : &scalar;
}

std::string SharedAnchors::sentence(const yaml::Node& scalar, const yaml::Node& place, const std::string& what) const {
  const std::string where =
      &place == &scalar ? "" : " (line " + std::to_string(passage_.line_in_file(place.line)) + ")";
  return "its version, written at line " + std::to_string(passage_.line_in_file(scalar.line)) + ", is also that of " +
         what + where + "; write it out in both places";
}

}  // namespace towline::sites
