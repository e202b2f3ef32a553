#include "web/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <fstream>
#include <utility>
#include <vector>

namespace towline::web {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// Resident set size of this process, in bytes; 0 where /proc does not tell.
double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

MetricFamily family(MetricType type, std::string name, std::string help) {
  MetricFamily family;
  family.type = type;
  family.name = std::move(name);
  family.help = std::move(help);
  return family;
}

ClientMetric sample(MetricType type, double value) {
  ClientMetric metric;
  if (type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return metric;
}

}  // namespace

void Metrics::count_webhook(std::string_view source, std::string_view outcome) {
  const std::lock_guard lock(mutex_);
  ++webhooks_[{std::string(source), std::string(outcome)}];
}

std::string Metrics::text(const engine::Engine::Metrics& engine) const {
  constexpr auto kCounter = MetricType::Counter;
  constexpr auto kGauge = MetricType::Gauge;
  std::vector<MetricFamily> families;
  families.push_back(family(kCounter, "towline_webhooks_total", "Webhooks received, by source and outcome."));
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [labels, count] : webhooks_) {
      ClientMetric metric = sample(kCounter, count);
      metric.label = {{"source", labels.first}, {"outcome", labels.second}};
      families.back().metric.push_back(std::move(metric));
    }
  }
  struct Row {
    MetricType type;
    const char* name;
    const char* help;
    double value;
  };
  const std::vector<Row> rows = {
      {kCounter, "towline_reconciles_total", "Passes over a key.", static_cast<double>(engine.reconciles)},
      {kCounter, "towline_failures_total", "Passes that failed.", static_cast<double>(engine.failures)},
      {kCounter, "towline_actions_total", "Actions executed.", static_cast<double>(engine.actions)},
      {kCounter, "towline_renders_total", "Applications rendered.", static_cast<double>(engine.renders)},
      {kCounter, "towline_render_cache_hits_total", "Renders answered from the cache.",
       static_cast<double>(engine.render_cache_hits)},
      {kGauge, "towline_queue_length", "Keys waiting or being worked on.", static_cast<double>(engine.queue)},
      {kGauge, "process_resident_memory_bytes", "Resident memory size in bytes.", resident_bytes()},
  };
  for (const Row& row : rows) {
    families.push_back(family(row.type, row.name, row.help));
    families.back().metric.push_back(sample(row.type, row.value));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace towline::web
