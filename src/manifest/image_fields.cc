#include <array>

#include "manifest/places.h"

namespace towline::manifest {
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

}  // namespace

void find_image_fields(const Place& place, Collector& found) {
  for (const Row& row : kRows) {
    if (!row.inside.empty() && row.inside != place.key) continue;
    found.add_reference(row.kind, found.aliases().find_scalar(place.mapping, row.key), place.in_flow);
  }
}

}  // namespace towline::manifest
