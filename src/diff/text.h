#pragma once

#include <string>
#include <string_view>

namespace towline::diff {

/// `before` and `after` line by line: "- " what went, "+ " what came, "  " up to three lines around them that stayed,
/// "@@ … @@" where more stayed. Every line ends in a newline.
std::string line_diff(std::string_view before, std::string_view after);

/// Every line of the text behind `prefix`.
std::string prefixed(std::string_view text, std::string_view prefix);

}  // namespace towline::diff
