#pragma once

#include <optional>

#include "promote/decide.h"
#include "promote/gates.h"

namespace towline::promote {

/// Which comments the report is published in; nothing when those that are there say it already, nor for a pull request
/// that is over and has no report.
std::optional<PublishReport> publication(const PullView& view, const Conclusion& conclusion);

}  // namespace towline::promote
