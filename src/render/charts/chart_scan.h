#pragma once

#include <string>
#include <vector>

#include "render/charts/volatile_calls.h"
#include "render/helm.h"

namespace towline::render {

/// The kinds and versions, beside Kubernetes' own and configured ones, that a cluster has because this application is
/// delivered to it: Argo CD's or Flux's own.
std::vector<std::string> delivered_api_versions(const Job& job);

/// Every use in the chart, in those that it brings along or names, in its value files and other values.
Result<std::vector<VolatileUse>> scan_chart(const Toolbox& toolbox, const Job& job, const SourceFiles& files,
                                            const ChartNeeds& needs);

}  // namespace towline::render
