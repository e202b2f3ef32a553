#pragma once

#include <string_view>

#include "base/result.h"
#include "render/allowed_fetch.h"
#include "render/charts/chart_repository.h"

namespace towline::render {

/// A chart of an OCI registry, whose repository ends in its name: the exact version, or the highest that a constraint
/// allows. Over https, but from this machine. The registry is asked by nobody in particular, for tokens only where it
/// or an allowed host gives them; the chart itself may lie elsewhere as any layer may (registry::Client). Errors
/// unavailable or timeout: why there is none, to go behind "cannot be fetched: ".
Result<FetchedChart> fetch_oci_chart(std::string_view host, std::string_view repository, std::string_view version,
                                     const FetchRules& rules);

}  // namespace towline::render
