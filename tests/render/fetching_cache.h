#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "program/process.h"
#include "render/charts/chart_cache.h"
#include "render/declared.h"
#include "render/fixture.h"
#include "support/real_tools.h"

namespace towline::render::test {

/// A cache that may fetch from this machine.
struct FetchingCache {
  TemporaryDirectory directory = TemporaryDirectory::create("towline-charts-").value();
  ChartCache::Options options;
  FetchingCache() {
    options.directory = directory.path();
    options.allowed_hosts = {"127.0.0.1"};
    options.sandbox = probe_sandbox(options.search_path = "/usr/local/bin:/usr/bin:/bin");
    if (const auto folder = towline::test::real_tools()) options.search_path = *folder + ":" + options.search_path;
  }
  Result<std::filesystem::path> find(const ChartName& name) const { return ChartCache(options).find(name); }
  std::string said(const ChartName& name) const {
    const auto found = find(name);
    return found ? "found " + std::filesystem::relative(*found, directory.path()).string() : found.error().message;
  }
  /// Whether a fetch left its working directory.
  bool has_leftovers() const {
    const auto all = std::filesystem::directory_iterator(directory.path());
    return std::any_of(begin(all), end(all),
                       [](const auto& entry) { return entry.path().filename().string()[0] == '.'; });
  }
  /// Names of all that lies in the cache.
  Texts files() const {
    Texts all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
      if (entry.is_regular_file()) all.push_back(std::filesystem::relative(entry.path(), directory.path()).string());
    }
    std::sort(all.begin(), all.end());
    return all;
  }
};

/// The test chart of that version, with so many zeros beside it, packed by the real helm.
inline std::string packed(const std::string& folder, const std::string& version, std::size_t zeros = 0) {
  const auto into = TemporaryDirectory::create("towline-pack-").value();
  const std::filesystem::path chart = into.path() / "lib";
  std::filesystem::copy(chart_directory("lib"), chart, std::filesystem::copy_options::recursive);
  REQUIRE(write_file(chart / "zeros", std::string(zeros, '0')).has_value());
  ProcessSpec spec;
  spec.argv = {"helm", "package", chart.string(), "--version", version, "--destination", into.path().string()};
  spec.environment = {{"HOME", into.path().string()}};
  spec.search_path = folder;
  REQUIRE(run_process(spec).value().exit_code == 0);
  return read_file(into.path() / ("lib-" + version + ".tgz")).value();
}

}  // namespace towline::render::test
