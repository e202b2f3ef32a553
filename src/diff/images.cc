#include "diff/images.h"

#include <map>
#include <string_view>
#include <tuple>

namespace towline::diff {
namespace {

using ContainerKey = std::tuple<manifest::ResourceKey, std::string>;

struct Images {
  std::string before;
  std::string after;
};

void collect(const std::vector<manifest::Resource>& resources, std::string Images::*side,
             std::map<ContainerKey, Images>& images) {
  for (const manifest::Resource& resource : resources) {
    const yaml::Node* spec = manifest::pod_spec(resource);
    if (spec == nullptr) continue;
    for (const std::string_view list : {"initContainers", "containers"}) {
      const yaml::Node* containers = spec->find(list);
      if (containers == nullptr) continue;
      for (const yaml::Node& container : containers->items) {
        const yaml::Node* name = container.find("name");
        const yaml::Node* image = container.find("image");
        if (name == nullptr || image == nullptr) continue;
        images[{resource.key, std::string(name->text())}].*side = image->text();
      }
    }
  }
}

}  // namespace

std::vector<ImageDelta> image_deltas(const std::vector<manifest::Resource>& base,
                                     const std::vector<manifest::Resource>& head) {
  std::map<ContainerKey, Images> images;
  collect(base, &Images::before, images);
  collect(head, &Images::after, images);
  std::vector<ImageDelta> deltas;
  for (const auto& [container, image] : images) {
    if (image.before == image.after) continue;
    deltas.push_back({std::get<0>(container), std::get<1>(container), image.before, image.after});
  }
  return deltas;
}

}  // namespace towline::diff
