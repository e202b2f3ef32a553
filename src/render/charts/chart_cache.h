#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "program/bubblewrap.h"

namespace towline::render {

struct FetchedChart;

/// A chart in a chart repository (http, https) or an OCI registry (oci, or no scheme), or a directory of a git
/// repository.
struct ChartName {
  std::string repository;  ///< address, as written
  std::string chart;       ///< "": a git repository
  std::string version;     ///< of a chart a version or a constraint on it; of a git repository a branch, tag or commit
};

/// Charts and git repositories from elsewhere, kept in a directory that people can fill by hand:
///   HOST/PATH/CHART-VERSION.tgz   a chart, as `helm pull` writes it
///   HOST/PATH@REVISION/           a git repository, as `git clone` writes it
/// HOST/PATH is the repository's address without its scheme. Thread-safe.
class ChartCache {
 public:
  struct Options {
    std::filesystem::path directory;  ///< empty: there is none
    std::vector<std::string> allowed_hosts;
    std::string search_path;
    std::chrono::milliseconds deadline{60'000};
    std::optional<Confinement> sandbox = {};  ///< for git; nullopt: git is not run
    std::size_t max_bytes = 64u << 20;        ///< of a packed chart, and of a git revision's files together
  };
  /// Removes what fetches that were cut off have left there more than an hour ago.
  explicit ChartCache(Options options);

  /// The file of the chart, or the directory of the git repository; fetched when it is not there and its host is
  /// allowed, to which nothing but allowed hosts is asked (an OCI registry's layers may be where registry::Client
  /// follows it to). Of several versions that a constraint allows the highest that is there. Errors: not_found (a
  /// sentence that names the chart and how to put it there), unavailable (it could not be fetched), invalid (an
  /// impossible name).
  Result<std::filesystem::path> find(const ChartName& name) const;

 private:
  Result<std::filesystem::path> find_chart(const ChartName& name) const;
  Result<std::filesystem::path> find_git(const ChartName& name) const;
  /// `place`: HOST/PATH below the cache.
  Result<void> fetch(const ChartName& name, const std::string& place) const;
  Result<void> pull(const ChartName& name, const std::string& place) const;
  Result<void> keep(const ChartName& name, const FetchedChart& chart, const std::string& place) const;
  Result<void> clone(const ChartName& name, const std::string& place) const;

  const Options options_;
  mutable std::mutex fetching_;  ///< one at a time: two that want the same chart fetch it once
};

/// "charts.example.com" of "https://bob@charts.example.com:8443/stable"; lower case.
std::string host_of(std::string_view address);
bool is_allowed_host(std::string_view address, const std::vector<std::string>& hosts);

}  // namespace towline::render
