#pragma once

#include <string_view>

#include "base/result.h"
#include "image/select.h"
#include "yaml/node.h"

namespace towline::config {

/// Whoever opens a pull request can have its file read, and regular expressions take time to compile: at most a few
/// hundred patterns and ignored tags in all. `environments` has the right shape.
Result<void> check_pattern_count(std::string_view path, const yaml::Node& environments);

/// Reads the value of `select`, whose shape has been checked. Error invalid: a wrong value, where it stands.
Result<image::Selector> read_select(std::string_view path, const yaml::Node& node);

}  // namespace towline::config
