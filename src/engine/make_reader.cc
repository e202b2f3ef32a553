#include "engine/make_reader.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"
#include "base/private_files.h"
#include "evaluate/evaluator/confinement.h"
#include "evaluate/evaluator/pool.h"
#include "evaluate/local_reader.h"

namespace towline::engine {
namespace {

namespace fs = std::filesystem;

fs::path chart_cache(const config::ServerConfig& config) {
  return config.render.charts.empty() ? config.data / "charts" : config.render.charts;
}

std::unique_ptr<evaluate::RepositoryReader> read_here(const config::ServerConfig& config, const Secret& key) {
  render::Renderer::Options options;
  if (!config.search_path.empty()) options.search_path = config.search_path;
  options.kube_version = config.render.kubernetes_version;
  options.api_versions = config.render.api_versions;
  options.chart_cache = chart_cache(config);
  options.allowed_hosts = config.render.hosts;
  options.disk_cache = config.data / "renders";
  options.sandbox = config.render.sandbox;
  constexpr std::size_t kWarmSandboxes = 2;
  options.warm_sandboxes = kWarmSandboxes;
  return std::make_unique<evaluate::LocalReader>(std::move(options), key, evaluate::MergedBlobs::in_the_mirror);
}

/// It must be there before a sandbox can show it.
Result<std::string> made(const fs::path& directory) {
  std::error_code error;
  if (!fs::exists(directory, error)) CHECK_OK(make_private_directory(directory));
  const fs::path whole = fs::canonical(directory, error);
  if (!error) return whole.string();
  return fail(ErrorKind::invalid, "the directory " + directory.string() + " cannot be found: " + error.message());
}

}  // namespace

Result<std::unique_ptr<evaluate::RepositoryReader>> make_reader(const config::ServerConfig& config,
                                                                const Secret& masking_key,
                                                                const std::vector<std::string>& evaluator) {
  const Secret key(derive_key(masking_key.reveal(), "masked values"));
  if (evaluator.empty()) return read_here(config, key);
  evaluate::EvaluatorSettings settings;
  settings.masking_key = key.reveal();
  settings.kube_version = config.render.kubernetes_version;
  settings.api_versions = config.render.api_versions;
  settings.allowed_hosts = config.render.hosts;
  settings.search_path = config.search_path;
  settings.sandbox = config.render.sandbox;
  settings.program_memory = std::min(render::RenderLimits().max_memory_bytes, config.evaluator.memory);
  settings.processor_milliseconds = static_cast<std::uint64_t>(config.evaluator.processor_time.count());
  settings.protocol = evaluate::kEvaluatorProtocol;
  TRY(settings.chart_cache, made(chart_cache(config)));
  TRY(settings.disk_cache, made(config.data / "renders"));
  TRY(const std::string mirrors, made(config.data / "mirrors"));
  evaluate::EvaluatorView view;
  view.readable = {mirrors};
  view.writable = {settings.chart_cache, settings.disk_cache};
  view.network = !config.render.hosts.empty();
  view.search_path = config.search_path;
  const auto confined = evaluate::confined_evaluator({evaluator}, view);
  if (!confined) {
    std::error_code unknown;
    settings.temporary = fs::temp_directory_path(unknown).string();
    log::warn(
        "evaluators run without a sandbox of their own, since bubblewrap does not work here; they see the files "
        "that this user may read");
  }
  return std::make_unique<evaluate::EvaluatorPool>(evaluate::EvaluatorPool::Options{
      confined.value_or(evaluate::EvaluatorProgram{evaluator}), config.evaluator, std::move(settings), config.workers});
}

}  // namespace towline::engine
