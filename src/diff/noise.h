#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "discovery/application.h"

namespace towline::diff {

/// Which differences a reader is spared. Every one is still counted, hashed and shown on request.
struct NoiseRules {
  /// Globs over the names of annotations that charts and operators compute from other manifests; '*' does not cross
  /// '/'.
  std::vector<std::string> annotations = {"checksum/*",    "*/checksum", "*/*-checksum", "*-checksum",
                                          "*/config-hash", "configHash", "rollme"};
  /// Globs over the names of labels that repeat the chart's version.
  std::vector<std::string> labels = {"helm.sh/chart", "app.kubernetes.io/version", "chart", "heritage"};
  bool list_order = true;  ///< the order of lists whose order means nothing to Kubernetes
  /// The repository's own, in the form of Argo CD's ignoreDifferences; for every application.
  std::vector<discovery::IgnoreDifference> ignore{};
};

}  // namespace towline::diff
