#pragma once

#include <string>

#include "promote/decide.h"
#include "promote/gates.h"

namespace towline::promote {

/// The merge that the view's pull request gets: what was checked, and the trailers that answer an auditor
/// (Towline-Environment, -Service, -Image, -Approved-By, -Policy, -Pull-Request) as the last paragraph.
Merge merge_of(const PullView& view, const std::vector<Gate>& gates);

}  // namespace towline::promote
