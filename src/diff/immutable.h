#pragma once

#include <string>
#include <vector>

#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::diff {

/// The paths of fields that differ and that the API server does not let change, such as "spec.selector". Source: the
/// validation of updates in k8s.io/kubernetes, pkg/apis/*/validation.
std::vector<std::string> changed_immutable_fields(const manifest::ResourceKey& key, const yaml::Node& base,
                                                  const yaml::Node& head);

}  // namespace towline::diff
