#include <array>

#include "sites/places.h"

namespace towline::sites {
namespace {

struct Row {
  std::string_view inside;  ///< the key that the mapping is the value of; "" for any
  std::string_view key;
  SiteKind kind;
};
constexpr std::array<Row, 4> kRows = {{
    {"", "image", SiteKind::image_field},
    {"", "imageName", SiteKind::image_field},
    {"image", "name", SiteKind::image_field},
    {"image", "reference", SiteKind::image_volume},
}};

/// An operation of a JSON patch (RFC 6902) that writes an image: `{op: replace, path: /…/containers/0/image, value:
/// …}`.
void find_patch_operation(const Place& place, Collector& found) {
  const Written path = found.aliases().find_scalar(place.mapping, "path");
  if (!path || !path.scalar->text().ends_with("/image") || !found.aliases().find_scalar(place.mapping, "op")) return;
  found.add_reference(SiteKind::image_field, found.aliases().find_scalar(place.mapping, "value"), place.in_flow);
}

}  // namespace

void find_image_fields(const Place& place, Collector& found) {
  for (const Row& row : kRows) {
    if (!row.inside.empty() && row.inside != place.key) continue;
    found.add_reference(row.kind, found.aliases().find_scalar(place.mapping, row.key), place.in_flow);
  }
  find_patch_operation(place, found);
}

}  // namespace towline::sites
