#pragma once

#include <string>

#include "decide/decide.h"

namespace towline::decide {

/// Equal when the report of the two would be the same: SHA-256 over everything it shows.
std::string report_digest(const PullSnapshot& snapshot, const Conclusion& conclusion);

}  // namespace towline::decide
