#pragma once

#include <optional>

#include "yaml/node.h"

namespace towline::diff {

/// The canonical YAML or JSON document that a string holds, as files in ConfigMaps and annotations do; nullopt when it
/// holds none, several, a scalar, or one of over a megabyte.
std::optional<yaml::Node> document_in(const yaml::Node& scalar);

}  // namespace towline::diff
