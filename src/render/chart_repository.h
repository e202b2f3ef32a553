#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace towline::render {

/// From where a chart repository may send us, and how far.
struct FetchRules {
  std::vector<std::string> allowed_hosts;
  std::size_t max_bytes = 64u << 20;           ///< of a packed chart
  std::chrono::milliseconds deadline{60'000};  ///< of each request
};

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
