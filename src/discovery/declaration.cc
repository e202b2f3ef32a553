#include "discovery/declaration.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace towline::discovery {
namespace {

/// Of one source of an Argo CD Application: its rendering shows them.
constexpr std::array<std::string_view, 6> kOfSources = {"path", "chart", "helm", "kustomize", "directory", "plugin"};
constexpr std::array<std::string_view, 3> kSources = {"source", "sources", "drySource"};

/// Of a Flux Kustomization's or HelmRelease's spec.
constexpr std::array<std::string_view, 13> kOfFlux = {
    "path",       "images", "patches",    "components", "postBuild",     "commonMetadata",         "namePrefix",
    "nameSuffix", "values", "valuesFrom", "chart",      "postRenderers", "ignoreMissingComponents"};

template <std::size_t count>
bool is_one_of(std::string_view key, const std::array<std::string_view, count>& keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

template <std::size_t count>
void drop(yaml::Node& node, const std::array<std::string_view, count>& keys) {
  std::erase_if(node.entries, [&](const auto& entry) { return is_one_of(entry.first.text(), keys); });
  for (yaml::Node& item : node.items) drop(item, keys);
}

void drop_of_sources(yaml::Node& node) {
  for (auto& [key, value] : node.entries) {
    if (is_one_of(key.text(), kSources)) {
      drop(value, kOfSources);
    } else if (key.text() == "sourceHydrator") {
      drop_of_sources(value);
    }
  }
}

}  // namespace

std::string declaration_of(const yaml::Node& root) {
  yaml::Node kept = root;
  std::erase_if(kept.entries, [](const auto& entry) { return entry.first.text() == "status"; });
  for (auto& [key, value] : kept.entries) {
    if (key.text() != "spec") continue;
    if (root.find("apiVersion") != nullptr && root.find("apiVersion")->text().starts_with("argoproj.io/")) {
      drop_of_sources(value);
    } else {
      drop(value, kOfFlux);
    }
  }
  return yaml::emit(kept);
}

}  // namespace towline::discovery
