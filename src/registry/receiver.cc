#include "registry/receiver.h"

#include <algorithm>

#include "registry/receiver_parts.h"

namespace towline::registry {

const std::vector<Receiver>& receivers() {
  static const std::vector<Receiver> kReceivers = [] {
    std::vector<Receiver> all = {generic_receiver()};
    for (const auto& family : {distribution_receivers(), hosted_receivers(), forge_receivers(),
                               repository_manager_receivers(), cloud_receivers()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    return all;
  }();
  return kReceivers;
}

const Receiver* find_receiver(std::string_view kind) {
  const auto found = std::find_if(receivers().begin(), receivers().end(),
                                  [&](const Receiver& receiver) { return receiver.kind == kind; });
  return found == receivers().end() ? nullptr : &*found;
}

}  // namespace towline::registry
