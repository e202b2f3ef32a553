#include <string_view>

#include "sites/places.h"

namespace towline::sites {
namespace {

std::string_view group_of(const yaml::Node& document) {
  const yaml::Node* api_version = document.find("apiVersion");
  if (api_version == nullptr) return {};
  const std::string_view text = api_version->text();
  return text.substr(0, text.find('/'));
}

void add_entries(const yaml::Node* images, Collector& found) {
  if (images == nullptr) return;
  const Aliases& aliases = found.aliases();
  const yaml::Node& list = aliases.target(*images);
  for (const yaml::Node& item : list.items) {
    const yaml::Node& entry = aliases.target(item);
    Written name = aliases.find_scalar(entry, "newName");
    if (!name) name = aliases.find_scalar(entry, "name");
    if (!name) continue;
    found.add_version(SiteKind::kustomize_images, name.scalar->value, aliases.find_scalar(entry, "newTag"),
                      aliases.find_scalar(entry, "digest"), found.is_flow(list) || found.is_flow(entry));
  }
}

}  // namespace

void find_kustomize_images(const yaml::Node& root, bool by_name, Collector& found) {
  const std::string_view group = group_of(root);
  const bool is_object = root.find("apiVersion") != nullptr && root.find("kind") != nullptr;
  if (group == "kustomize.config.k8s.io" || (by_name && !is_object)) add_entries(root.find("images"), found);
  if (group == "kustomize.toolkit.fluxcd.io") {
    if (const yaml::Node* spec = root.find("spec")) add_entries(found.aliases().find(*spec, "images"), found);
  }
}

void find_kustomize_options(const Place& place, Collector& found) {
  if (place.key != "kustomize") return;
  const Aliases& aliases = found.aliases();
  const yaml::Node* images = aliases.find(place.mapping, "images");
  if (images == nullptr) return;
  const yaml::Node& list = aliases.target(*images);
  for (const yaml::Node& item : list.items) {
    const Written option = aliases.as_scalar(item);
    if (!option) continue;
    const std::string_view text = option.scalar->value;
    const std::size_t equals = text.find('=');
    const std::string_view before = equals == std::string_view::npos ? "" : text.substr(0, equals + 1);
    found.add_reference(SiteKind::kustomize_option, option, place.in_flow || found.is_flow(list), before);
  }
}

}  // namespace towline::sites
