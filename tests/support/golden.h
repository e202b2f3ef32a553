#pragma once

#include <string>
#include <string_view>

namespace towline::test {

/// Compares with tests/golden/<name>; with TOWLINE_UPDATE_GOLDEN=1 in the environment it writes the file
/// instead. Gives "" when equal, else a message with both texts' first difference.
std::string golden_difference(std::string_view name, std::string_view actual);

}  // namespace towline::test
