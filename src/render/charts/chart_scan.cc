#include "render/charts/chart_scan.h"

#include <iterator>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "render/charts/archive.h"
#include "render/charts/chart_version.h"
#include "render/kubernetes_kinds.h"

namespace towline::render {
namespace {

/// Below a chart's directory: whether it is a template of it or of a chart under charts/.
bool is_template(std::string_view path) {
  while (path.starts_with("charts/")) {
    const std::size_t slash = path.find('/', std::string_view("charts/").size());
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
  return path.starts_with("templates/");
}

bool is_packed_chart(std::string_view path) {
  const std::size_t name = path.rfind('/');
  return path.ends_with(".tgz") && name != std::string_view::npos &&
         (path.substr(0, name) == "charts" || path.substr(0, name).ends_with("/charts"));
}

ClusterFacts facts_of(const Toolbox& toolbox, const Job& job) {
  const discovery::HelmOptions& helm = job.source.helm;
  ClusterFacts facts;
  facts.kube_version = !helm.kube_version.empty() || !toolbox.options.kube_version.empty();
  facts.all_api_versions = !helm.api_versions.empty();
  facts.upgrades = !job.source.flux.lookup_directory.empty();
  const auto add = [&](std::string_view told) {
    facts.api_versions.emplace(told);
    const std::size_t kind = told.rfind('/');
    // Of "apps/v1/Deployment", "apps/v1" too. A version has no upper case, a kind begins with it.
    if (kind == std::string_view::npos || kind + 1 == told.size()) return;
    if (told[kind + 1] >= 'A' && told[kind + 1] <= 'Z') facts.api_versions.emplace(told.substr(0, kind));
  };
  for (const std::string_view kind : kubernetes_kinds()) add(kind);
  for (const std::string& version : toolbox.options.api_versions) facts.api_versions.insert(version);
  for (const std::string& version : delivered_api_versions(job)) facts.api_versions.insert(version);
  return facts;
}

class ChartScan {
 public:
  ChartScan(const Toolbox& toolbox, const Job& job, const ChartNeeds& needs)
      : toolbox_(toolbox), job_(job), needs_(needs), facts_(facts_of(toolbox, job)) {}

  std::vector<VolatileUse> scan(const std::vector<LoadedFile>& files) {
    for (const LoadedFile& file : files) {
      if (file.link) continue;
      const std::string_view below = below_chart(file.path);
      if (is_packed_chart(file.path)) {
        add_packed(file.path.substr(0, file.path.rfind('/') + 1), file.path, file.text, 0);
      } else {
        add_text(file.path, file.text, is_template(below) ? TextKind::template_file : TextKind::values);
      }
    }
    for (const HeldChart& chart : needs_.source) add_held("", chart);
    for (const auto& [directory, charts] : needs_.dependencies) {
      for (const HeldChart& chart : charts) {
        add_version(directory, chart);
        add_held(directory + "/charts/", chart);
      }
    }
    add_text("the values of " + job_.application.name, job_.source.helm.values, TextKind::values);
    std::string parameters;
    for (const auto& parameter : job_.source.helm.parameters) {
      parameters += parameter.name + "=" + parameter.value + "\n" + replace_all(parameter.value, "\\", "") + "\n";
    }
    add_text("the parameters of " + job_.application.name, parameters, TextKind::values);
    return std::move(uses_);
  }

 private:
  static constexpr std::size_t kMaxDepth = 8;

  /// The path from the directory of the chart it is in; "" if it is in none.
  std::string_view below_chart(std::string_view path) const {
    const auto below = [&](const std::string& directory) -> std::string_view {
      if (directory.empty()) return path;
      return path.starts_with(directory + "/") ? path.substr(directory.size() + 1) : std::string_view();
    };
    if (const auto found = below(job_.directory); !found.empty()) return found;
    for (const auto& [chart, dependencies] : needs_.local) {
      for (const auto& dependency : dependencies) {
        if (const auto found = below(dependency.repository); !found.empty()) return found;
      }
    }
    return {};
  }

  void add_text(const std::string& path, std::string_view text, TextKind kind) {
    auto found = volatile_uses(path, text, kind, facts_);
    std::move(found.begin(), found.end(), std::back_inserter(uses_));
  }

  /// `helm dependency build` asks the registry at each sync which version is in the range.
  void add_version(const std::string& directory, const HeldChart& chart) {
    if (is_exact_version(chart.version)) return;
    const std::string version = printable_utf8(ellipsize(chart.version, 100));
    uses_.push_back({directory.empty() ? "Chart.yaml" : directory + "/Chart.yaml", 0,
                     printable_utf8(ellipsize(chart.name, 100)) + " " + version, "the newest version in the registry",
                     "write an exact version of the dependency", version});
  }

  void add_held(const std::string& prefix, const HeldChart& chart) {
    const auto bytes = read_file(chart.file, toolbox_.options.limits.max_output_bytes);
    add_packed(prefix, prefix + chart.name, bytes ? std::string_view(*bytes) : std::string_view(), 0);
  }

  /// Without the file's name, which mostly has the version in it: the files of another version have the same paths.
  void add_packed(const std::string& prefix, const std::string& shown, std::string_view bytes, std::size_t depth) {
    const auto files = unpack(bytes, toolbox_.options.limits.max_output_bytes);
    if (!files || depth == kMaxDepth) {
      uses_.push_back({shown, 0, "a packed chart", "an archive that cannot be read", "replace it", {}});
      return;
    }
    for (const LoadedFile& file : *files) {
      const std::size_t top = file.path.find('/');
      const std::string_view below = std::string_view(file.path).substr(top == std::string::npos ? 0 : top + 1);
      if (is_packed_chart(below)) {
        add_packed(prefix + file.path.substr(0, file.path.rfind('/') + 1), prefix + file.path, file.text, depth + 1);
      } else {
        add_text(prefix + file.path, file.text, is_template(below) ? TextKind::template_file : TextKind::values);
      }
    }
  }

  const Toolbox& toolbox_;
  const Job& job_;
  const ChartNeeds& needs_;
  const ClusterFacts facts_;
  std::vector<VolatileUse> uses_;
};

}  // namespace

std::vector<std::string> delivered_api_versions(const Job& job) {
  const discovery::Source& source = job.source;
  if (!source.flux.lookup_directory.empty()) {
    return {"helm.toolkit.fluxcd.io/v2",
            "helm.toolkit.fluxcd.io/v2/HelmRelease",
            "source.toolkit.fluxcd.io/v1",
            "source.toolkit.fluxcd.io/v1/GitRepository",
            "source.toolkit.fluxcd.io/v1/HelmChart",
            "source.toolkit.fluxcd.io/v1/HelmRepository"};
  }
  const bool is_declared = !job.application.declared_in.empty() || !job.application.generated_by.empty();
  // A HelmRelease in the repository's root, which has nothing else of Flux's: it always has both of these.
  const bool may_be_flux = source.helm.skip_tests && !source.helm.release_name.empty();
  if (!is_declared || may_be_flux) return {};
  return {"argoproj.io/v1alpha1", "argoproj.io/v1alpha1/AppProject", "argoproj.io/v1alpha1/Application",
          "argoproj.io/v1alpha1/ApplicationSet"};
}

Result<std::vector<VolatileUse>> scan_chart(const Toolbox& toolbox, const Job& job, const SourceFiles& files,
                                            const ChartNeeds& needs) {
  const auto loaded = load(job.repository, files.files, toolbox.options.limits.max_output_bytes);
  if (!loaded) {
    // What is too large is not rendered either, which is told.
    if (loaded.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(loaded.error());
    return std::vector<VolatileUse>{};
  }
  return ChartScan(toolbox, job, needs).scan(*loaded);
}

}  // namespace towline::render
