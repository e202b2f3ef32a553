#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"

namespace towline::test {

/// What Argo CD makes of one file of a plain directory.
struct KubernetesAnswer {
  std::vector<Json> objects;  ///< lists unfolded
  std::string error;          ///< "": the file is decoded
  bool is_ignored = false;    ///< cannot be decoded, and does not look like a manifest
};

/// The answers of tests/support/kubedecode for files given as (name, content), in their order; nullopt: it was not
/// built (real_tools.h).
std::optional<std::vector<KubernetesAnswer>> decode_with_kubernetes(
    const std::vector<std::pair<std::string, std::string>>& files);

}  // namespace towline::test
