#include <array>
#include <string>

#include "sites/places.h"

namespace towline::sites {
namespace {

/// The keys of one mapping that together name an image.
struct Row {
  std::string_view registry;
  std::string_view name;
  std::string_view tag;
  std::string_view digest;
  bool under_image = false;  ///< only where the mapping is the value of "image", "sidecarImage" and the like
};
constexpr std::array<Row, 7> kRows = {{
    {"registry", "repository", "tag", "digest"},
    {"registry", "name", "tag", "digest", true},
    {"registry", "image", "tag", "digest"},
    {"", "registry", "tag", "digest", true},  // charts that take the whole name as the registry
    {"registry", "image", "imageTag", "imageDigest"},
    {"imageRegistry", "imageRepository", "imageTag", "imageDigest"},
    {"imageRegistry", "imageName", "imageTag", "imageDigest"},
}};

bool is_image_key(std::string_view key) { return key == "image" || key.ends_with("Image"); }

}  // namespace

void find_helm_values(const Place& place, Collector& found) {
  std::string_view done;  // the tag's key for which an image is known
  for (const Row& row : kRows) {
    if (row.tag == done || (row.under_image && !is_image_key(place.key))) continue;
    const auto find = [&](std::string_view key) { return found.aliases().find_scalar(place.mapping, key); };
    const Written name = find(row.name);
    if (!name) continue;
    std::string written_name = name.scalar->value;
    // A registry's mere host names no image.
    if (row.registry.empty() && written_name.find('/') == std::string::npos) continue;
    if (const Written registry = row.registry.empty() ? Written{} : find(row.registry))
      written_name.insert(0, registry.scalar->value + "/");
    if (found.add_version(SiteKind::helm_values, written_name, find(row.tag), find(row.digest), place.in_flow)) {
      done = row.tag;
    }
  }
}

}  // namespace towline::sites
