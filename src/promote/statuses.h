#pragma once

#include <vector>

#include "promote/decide.h"
#include "promote/gates.h"

namespace towline::promote {

/// The commit statuses that the head should have and does not.
std::vector<Action> missing_statuses(const PullView& view, const std::vector<GateResult>& gates,
                                     const Conclusion& conclusion);

}  // namespace towline::promote
