#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "engine/engine.h"

namespace towline::web {

/// Counts webhooks and writes all of Towline's metrics. Thread-safe.
class Metrics {
 public:
  /// `source` is "forge/gitea" or "registry/ci" of the configuration, "unknown" for any other, so that nobody can
  /// make up series; `outcome` is "accepted", "duplicate", "ignored", "refused" or "failed".
  void count_webhook(std::string_view source, std::string_view outcome);
  /// The Prometheus text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
  std::string text(const engine::Engine::Metrics& engine) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, double> webhooks_;
};

}  // namespace towline::web
