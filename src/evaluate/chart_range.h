#pragma once

#include <vector>

#include "discovery/application.h"
#include "evaluate/evaluation.h"
#include "policy/finding.h"

namespace towline::evaluate {

/// Charts that the application takes in no exact version: the cluster's controller asks the registry at each sync, and
/// what is rendered here is the newest version in the chart cache. One that the base has too is a remark; any other is
/// a problem of the report, and a finding that no severity turns off. Both sides may be nullptr.
void note_chart_ranges(const discovery::Application* base, const discovery::Application* head,
                       evaluate::ApplicationReport& report, std::vector<policy::Finding>& findings);

}  // namespace towline::evaluate
