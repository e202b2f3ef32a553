#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "render/allowed_fetch.h"

namespace towline::render {

struct FetchedChart {
  std::string version;  ///< as the index spells it
  std::string bytes;    ///< the .tgz
};

/// A chart of a chart repository (helm.sh/docs/topics/chart_repository: index.yaml and packed charts over http): the
/// exact version, or the highest that a constraint allows. Redirects and the index's addresses lead to allowed hosts
/// only. What comes has the digest that the index names, if any, and is a chart of that name.
/// Errors unavailable or invalid: why there is none, to go behind "cannot be fetched: ".
Result<FetchedChart> fetch_chart(std::string_view repository, std::string_view chart, std::string_view version,
                                 const FetchRules& rules);

}  // namespace towline::render
