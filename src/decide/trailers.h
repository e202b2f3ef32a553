#pragma once

#include <string>

#include "decide/decide.h"
#include "decide/gates/gates.h"

namespace towline::decide {

/// "Towline-Base": the commit of the default branch that the merge was evaluated on.
inline constexpr std::string_view kBaseTrailer = "Base";

/// The merge that the view's pull request gets: what was checked, and the trailers that answer an auditor
/// (Towline-Environment, -Service, -Image, -Approved-By, -Policy, -Pull-Request) as the last paragraph.
Merge merge_of(const PullView& view, const std::vector<Gate>& gates);

}  // namespace towline::decide
