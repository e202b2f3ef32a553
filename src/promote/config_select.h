#pragma once

#include <string_view>

#include "base/result.h"
#include "image/select.h"
#include "yaml/node.h"

namespace towline::promote {

/// Reads the value of `select`, whose shape has been checked. Error invalid: a wrong value, where it stands.
Result<image::Selector> read_select(std::string_view path, const yaml::Node& node);

}  // namespace towline::promote
