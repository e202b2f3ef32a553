#pragma once

#include <vector>

#include "decide/decide.h"
#include "decide/gates/gates.h"

namespace towline::decide {

/// The commit statuses that the head should have and does not.
std::vector<Action> missing_statuses(const PullView& view, const std::vector<GateResult>& gates,
                                     const Conclusion& conclusion);

/// towline/merge fails on the head of a pull request that somebody merged past its gates.
std::vector<Action> bypass_status(const PullView& view, const std::string& verdict);

}  // namespace towline::decide
