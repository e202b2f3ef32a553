#pragma once

#include <cstddef>

#include "report/parts.h"
#include "report/report.h"
#include "report/view.h"

namespace towline::report {

/// Writes the changed resources of every application, each resource whole where it fits into a part; one that is too
/// large for any is cut between lines. Gives how many resources were left out.
std::size_t write_details(const Templates& templates, const View& view, PartsWriter& writer);

}  // namespace towline::report
