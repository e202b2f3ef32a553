#pragma once

#include <optional>
#include <string>

namespace towline::test {

/// The folder of the real programs; nothing, said aloud, when they were not built and are not required
/// (TOWLINE_REQUIRE_REAL_TOOLS=1).
std::optional<std::string> real_tools();

}  // namespace towline::test
