#include "render/helm.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "base/beneath.h"
#include "base/crypto.h"
#include "base/text.h"
#include "discovery/fields.h"
#include "manifest/paths.h"
#include "render/charts/archive.h"
#include "render/flux.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileScheme = "file://";

std::string joined(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

/// A name that becomes a file's and a directory's below charts/.
bool is_chart_name(std::string_view name) {
  return is_file_name(name) && name[0] != '.' && name[0] != '-' && std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
         });
}

/// Finds what a chart in the repository and those beside it that it names need from elsewhere.
class NeedsFinder {
 public:
  NeedsFinder(const Toolbox& toolbox, const Job& job) : toolbox_(toolbox), job_(job) {}

  Result<ChartNeeds> find() {
    const discovery::Source& source = job_.source;
    if (source.origin == discovery::Origin::chart) {
      add_held({source.repo_url, source.chart, source.target_revision}, source.chart, needs_.source);
    } else if (source.origin == discovery::Origin::here) {
      CHECK_OK(look_through(job_.directory));
    }
    return std::move(needs_);
  }

 private:
  Result<void> look_through(const std::string& chart) {
    if (!seen_.insert(chart).second) return {};
    for (const char* name : {"Chart.yaml", "requirements.yaml"}) {
      const std::string path = joined(chart, name);
      if (!job_.index.has_file(path)) continue;
      TRY(const std::string text, job_.index.read(path));
      for (const discovery::ChartDependency& dependency : discovery::chart_dependencies(text)) {
        CHECK_OK(add(chart, name, dependency));
      }
    }
    return {};
  }

  /// `from`: the name of the chart's file that has the dependency.
  Result<void> add(const std::string& chart, std::string_view from, const discovery::ChartDependency& dependency) {
    for (const auto& [what, name] : {std::pair("name", dependency.name), std::pair("alias", dependency.alias)}) {
      const bool absent = name.empty() && what == std::string_view("alias");
      if (absent || is_chart_name(name)) continue;
      needs_.problems.push_back(joined(chart, from) + ": the " + what + " '" + printable_utf8(ellipsize(name, 200)) +
                                "' of a dependency is not a chart's name; use letters, digits, '-', '_' and '.'");
      return {};
    }
    if (is_vendored(chart, dependency.name)) return {};
    if (dependency.repository.starts_with(kFileScheme)) {
      const auto path = manifest::resolve(chart, std::string_view(dependency.repository).substr(kFileScheme.size()));
      if (!path || !job_.index.has_file(joined(*path, "Chart.yaml"))) {
        needs_.problems.push_back("the chart's dependency '" + dependency.name + "' names " +
                                  printable_utf8(ellipsize(dependency.repository, 200)) +
                                  ", which is no chart in this repository");
        return {};
      }
      needs_.local[chart].push_back({dependency.name, dependency.version, *path});
      return look_through(*path);
    }
    if (dependency.repository.starts_with('@') || dependency.repository.starts_with("alias:")) {
      needs_.problems.push_back("the chart's dependency '" + dependency.name + "' names its repository by an alias, '" +
                                printable_utf8(ellipsize(dependency.repository, 200)) +
                                "', which only the machine it was added on knows; write its address");
      return {};
    }
    if (dependency.repository.empty()) return {};  // helm itself says that it is missing under charts/
    add_held({dependency.repository, dependency.name, dependency.version}, dependency.name, needs_.dependencies[chart]);
    return {};
  }

  bool is_vendored(const std::string& chart, const std::string& name) const {
    if (job_.index.has_file(joined(chart, "charts/" + name + "/Chart.yaml"))) return true;
    const auto entries = job_.index.below(joined(chart, "charts"));
    const std::string packed = joined(chart, "charts/" + name + "-");
    return std::any_of(entries.begin(), entries.end(), [&](const git::TreeEntry& entry) {
      return entry.path.starts_with(packed) && entry.path.ends_with(".tgz");
    });
  }

  void add_held(const ChartName& chart, const std::string& name, std::vector<HeldChart>& into) {
    const auto file = toolbox_.charts.find(chart);
    if (!file) {
      needs_.problems.push_back(file.error().message);
      needs_.lasting = needs_.lasting && file.error().kind == ErrorKind::invalid;
      return;
    }
    const auto bytes = read_file(*file, toolbox_.options.limits.max_output_bytes);
    if (!bytes) {
      needs_.problems.push_back(bytes.error().message);
      needs_.lasting = false;
      return;
    }
    needs_.fingerprint += file->filename().string() + '\0' + sha256_hex(*bytes);
    into.push_back({name, chart.version, *file});
  }

  const Toolbox& toolbox_;
  const Job& job_;
  ChartNeeds needs_;
  std::set<std::string> seen_;
};

Outcome all_of(const Job& job, const std::vector<std::string>& problems, bool lasting) {
  Outcome outcome;
  for (const std::string& problem : problems) {
    outcome.rendered.problems.push_back(failed(job, problem, lasting).rendered.problems.front());
  }
  outcome.lasting = lasting;
  return outcome;
}

/// Writes the "file://" dependencies and held ones of charts under their charts/. Charts that name each other's
/// dependencies more than once multiply, so what is written is bounded.
class Vendor {
 public:
  Vendor(Workspace& workspace, const ChartNeeds& needs, const std::vector<LoadedFile>& files, std::size_t max_bytes)
      : workspace_(workspace), needs_(needs), files_(files), max_bytes_(max_bytes) {}

  /// `placed`: where the chart was written, which is elsewhere for one that is a dependency itself.
  Result<void> add(const std::string& chart, const std::string& placed, std::size_t depth = 0) {
    constexpr std::size_t kMaxDepth = 16;
    if (depth > kMaxDepth) {
      return fail(ErrorKind::invalid, "the chart's dependencies are nested deeper than " + std::to_string(kMaxDepth));
    }
    if (const auto local = needs_.local.find(chart); local != needs_.local.end()) {
      for (const discovery::ChartDependency& dependency : local->second) {
        const std::string into = joined(placed, "charts/" + dependency.name);
        CHECK_OK(write(into, copy_of(dependency.repository)));
        CHECK_OK(add(dependency.repository, into, depth + 1));
      }
    }
    if (const auto held = needs_.dependencies.find(chart); held != needs_.dependencies.end()) {
      for (const HeldChart& dependency : held->second) {
        TRY(std::string bytes, read_file(dependency.file));
        CHECK_OK(write(joined(placed, "charts"), {{dependency.file.filename().string(), std::move(bytes), false}}));
      }
    }
    return {};
  }

 private:
  std::vector<LoadedFile> copy_of(const std::string& directory) const {
    std::vector<LoadedFile> copied;
    for (const LoadedFile& file : files_) {
      if (!file.link && file.path.starts_with(directory + "/")) {
        copied.push_back({file.path.substr(directory.size() + 1), file.text, false});
      }
    }
    return copied;
  }

  Result<void> write(const std::string& directory, const std::vector<LoadedFile>& files) {
    constexpr std::size_t kMostWrites = 1'000;
    for (const LoadedFile& file : files) bytes_ += file.path.size() + file.text.size();
    if (++writes_ > kMostWrites || bytes_ > max_bytes_) {
      return fail(ErrorKind::invalid, "the chart has more than " + std::to_string(kMostWrites) + " dependencies" +
                                          ", or they are larger than the limit of " + plural(max_bytes_, "byte") +
                                          " together");
    }
    return workspace_.write(Workspace::Part::repository, directory, files);
  }

  Workspace& workspace_;
  const ChartNeeds& needs_;
  const std::vector<LoadedFile>& files_;
  const std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::size_t writes_ = 0;
};

/// The chart from elsewhere, unpacked. Its files are below a directory of its name.
Result<void> unpack_source(Workspace& workspace, const ChartNeeds& needs, std::size_t max_bytes) {
  TRY(const std::string bytes, read_file(needs.source.front().file, max_bytes));
  auto files = unpack(bytes, max_bytes);
  if (!files) return fail_while("the chart " + needs.source.front().file.filename().string(), files.error());
  for (LoadedFile& file : *files) {
    const std::size_t slash = file.path.find('/');
    file.path = slash == std::string::npos ? file.path : file.path.substr(slash + 1);
  }
  return workspace.write(Workspace::Part::chart, "", *files);
}

/// Writes the repository's files and the charts. Gives the directory of the chart that is rendered.
Result<fs::path> lay_out(Workspace& workspace, const Job& job, const ChartNeeds& needs,
                         const std::vector<LoadedFile>& files, std::size_t max_bytes) {
  CHECK_OK(workspace.write(Workspace::Part::repository, "", files));
  if (!needs.source.empty()) {
    CHECK_OK(unpack_source(workspace, needs, max_bytes));
    return workspace.chart();
  }
  CHECK_OK(Vendor(workspace, needs, files, max_bytes).add(job.directory, job.directory));
  CHECK_OK(workspace.check_inside(Workspace::Part::repository, job.source.path));
  return workspace.root() / job.source.path;
}

}  // namespace

Result<ChartNeeds> find_needs(const Toolbox& toolbox, const Job& job) { return NeedsFinder(toolbox, job).find(); }

Result<Outcome> render_helm(const Toolbox& toolbox, const Job& job, const SourceFiles& files, const ChartNeeds& needs,
                            const std::string& key) {
  if (!files.problems.empty()) {
    Outcome refused;
    refused.rendered.problems = files.problems;
    return refused;
  }
  if (auto not_run = refused_without_sandbox(toolbox, job, "helm")) return *std::move(not_run);
  if (!needs.problems.empty()) return all_of(job, needs.problems, needs.lasting);
  if (const auto known = toolbox.disk.find(key)) {
    Outcome outcome = read_output(toolbox, job, "helm", *known);
    outcome.from_disk = true;
    return outcome;
  }
  const RenderLimits& limits = toolbox.options.limits;
  const auto loaded = load(job.repository, files.files, limits.max_output_bytes);
  if (!loaded) {
    if (loaded.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(loaded.error());
    return failed(job, loaded.error().message, true);
  }
  // Charts that are unpacked or copied into others are larger than what is read here.
  const bool alone = needs.source.empty() && needs.dependencies.empty() && needs.local.empty();
  TRY(Workspace workspace, Workspace::create(alone ? Workspace::medium_for(*loaded) : Workspace::Medium::disk));
  const auto chart = lay_out(workspace, job, needs, *loaded, limits.max_output_bytes);
  if (!chart) {
    if (chart.error().kind == ErrorKind::internal) return tl::unexpected<Error>(chart.error());
    return failed(job, chart.error().message, chart.error().kind == ErrorKind::invalid);
  }
  FluxValues values = helm_values(job, *loaded);
  std::string values_file;
  if (!values.text.empty()) {
    CHECK_OK(workspace.write(Workspace::Part::home, "", {{"values.yaml", values.text, false}}));
    values_file = (workspace.home() / "values.yaml").string();
  }
  HelmCommand command = helm_command(toolbox, job, workspace.root().string(), workspace.chart().string(), values_file);
  for (const HelmCommand::File& file : command.files) {
    const auto inside = workspace.check_inside(file.part, file.path);
    if (!inside) command.problems.push_back(inside.error().message);
  }
  command.problems.insert(command.problems.end(), values.problems.begin(), values.problems.end());
  for (const auto& [name, value] : values.parameters) add_flux_value(command, name, value);
  if (!command.problems.empty()) return all_of(job, command.problems, true);
  TRY(ProgramResult result,
      run_program(toolbox, job, workspace, {toolbox.options.helm_program, command.arguments, *chart}, *loaded));
  if (result.failure) return *std::move(result.failure);
  toolbox.disk.keep(key, result.output);
  return read_output(toolbox, job, "helm", result.output);
}

}  // namespace towline::render
