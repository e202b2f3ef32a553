#pragma once

#include <string>
#include <vector>

#include "manifest/object.h"

namespace towline::diff {

/// A container whose image differs between base and head.
struct ImageDelta {
  manifest::ResourceKey key;
  std::string container;
  std::string before;  ///< as written; "" when the container (or its workload) is new
  std::string after;   ///< "" when it went
  bool operator==(const ImageDelta&) const = default;
};

/// The containers and init containers of all pod specs, paired by workload and name; sorted by key, then container.
std::vector<ImageDelta> image_deltas(const std::vector<manifest::Resource>& base,
                                     const std::vector<manifest::Resource>& head);

}  // namespace towline::diff
