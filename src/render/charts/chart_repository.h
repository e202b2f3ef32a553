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

/// What an index.yaml says of one version of a chart.
struct ChartEntry {
  std::string version;  ///< as it is spelled there
  std::string url;      ///< perhaps relative to the index
  std::string digest;   ///< perhaps with "sha256:"; "" when it does not tell
};
/// The exact version, or the highest that a constraint allows. Error unavailable: why there is none.
Result<ChartEntry> look_up_chart(const std::string& index, std::string_view chart, std::string_view version);

/// Whether it is a .tgz whose top is the chart's directory, and unpacks to no more than that. Error unavailable.
Result<void> check_packed_chart(const std::string& bytes, std::string_view chart, std::size_t max_bytes);

/// A chart of a chart repository (helm.sh/docs/topics/chart_repository: index.yaml and packed charts over http): the
/// exact version, or the highest that a constraint allows. Redirects and the index's addresses lead to allowed hosts
/// only. What comes has the digest that the index names, if any, and is a chart of that name.
/// Errors unavailable or invalid: why there is none, to go behind "cannot be fetched: ".
Result<FetchedChart> fetch_chart(std::string_view repository, std::string_view chart, std::string_view version,
                                 const FetchRules& rules);

}  // namespace towline::render
