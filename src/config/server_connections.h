#pragma once

#include <string_view>

#include "config/server.h"
#include "yaml/node.h"

namespace towline::config {

/// Reads `connections` of `towline.yaml`, if it is there. Error invalid: a value is out of its bounds.
Result<void> read_connections(std::string_view path, const yaml::Node& root, ConnectionConfig& config);

}  // namespace towline::config
