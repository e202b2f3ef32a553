#pragma once

#include <string>
#include <string_view>

namespace towline::git {

/// A unified diff of one file, with "a/" and "b/" headers; "" when the texts are equal.
std::string unified_diff(std::string_view path, std::string_view before, std::string_view after);

}  // namespace towline::git
