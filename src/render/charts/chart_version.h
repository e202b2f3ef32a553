#pragma once

#include <string_view>

namespace towline::render {

/// Whether the text names one version of a chart ("1.2.3", "v1.2.3-rc.1", "=1.2.3") and not a range ("1.*", "1",
/// ">=1.0.0") or a tag that may move ("main").
bool is_exact_version(std::string_view text);

}  // namespace towline::render
