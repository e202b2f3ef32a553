#include "render/helm.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "manifest/environment.h"
#include "manifest/fields.h"
#include "manifest/paths.h"
#include "render/archive.h"
#include "render/flux.h"
#include "render/kubernetes_kinds.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileScheme = "file://";

std::string joined(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

/// Finds what a chart in the repository and those beside it that it names need from elsewhere.
class NeedsFinder {
 public:
  NeedsFinder(const Toolbox& toolbox, const Job& job) : toolbox_(toolbox), job_(job) {}

  Result<ChartNeeds> find() {
    const manifest::Source& source = job_.source;
    if (source.origin == manifest::Origin::chart) {
      add_held({source.repo_url, source.chart, source.target_revision}, source.chart, needs_.source);
    } else if (source.origin == manifest::Origin::here) {
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
      for (const manifest::ChartDependency& dependency : manifest::chart_dependencies(text)) {
        CHECK_OK(add(chart, dependency));
      }
    }
    return {};
  }

  Result<void> add(const std::string& chart, const manifest::ChartDependency& dependency) {
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

/// Commas part values for helm; Argo CD takes them as they are, but in a "{list}".
std::string set_value(std::string_view value) {
  if (value.starts_with('{') && value.ends_with('}')) return std::string(value);
  std::string result;
  char before = '\0';
  for (const char c : value) {
    if (c == ',' && before != '\\') result += '\\';
    result += c;
    before = c;
  }
  return result;
}

class CommandMaker {
 public:
  CommandMaker(const Toolbox& toolbox, const Job& job, std::string repository_root, std::string chart_root)
      : toolbox_(toolbox),
        job_(job),
        repository_root_(std::move(repository_root)),
        chart_root_(std::move(chart_root)) {}

  HelmCommand make(const std::string& values_file) {
    const manifest::HelmOptions& helm = job_.source.helm;
    const auto or_else = [](const std::string& text, const std::string& otherwise) {
      return text.empty() ? otherwise : text;
    };
    add("template", ".");
    add("--name-template", or_else(helm.release_name, job_.application.name));
    const std::string ns = or_else(helm.ns, job_.application.ns);
    if (!ns.empty()) add("--namespace", ns);
    const std::string version = or_else(helm.kube_version, toolbox_.options.kube_version);
    if (!version.empty()) add("--kube-version", version);
    for (const manifest::HelmParameter& parameter : helm.parameters) {
      add(parameter.force_string ? "--set-string" : "--set", parameter.name + "=" + set_value(expand(parameter.value)));
    }
    for (const auto& [name, path] : helm.file_parameters) {
      if (const auto file = locate(path, "the file of the parameter")) add("--set-file", name + "=" + set_value(*file));
    }
    for (const std::string& path : helm.value_files) {
      if (const auto file = locate(path, "the value file")) add("--values", *file);
    }
    if (!values_file.empty()) add("--values", values_file);
    if (helm.api_versions.empty()) {
      for (const std::string_view kind : kubernetes_kinds()) add("--api-versions", std::string(kind));
    }
    for (const std::string& api : helm.api_versions.empty() ? toolbox_.options.api_versions : helm.api_versions) {
      add("--api-versions", api);
    }
    if (!helm.skip_crds) command_.arguments.emplace_back("--include-crds");
    if (helm.skip_schema_validation) command_.arguments.emplace_back("--skip-schema-validation");
    if (helm.skip_tests) command_.arguments.emplace_back("--skip-tests");
    return std::move(command_);
  }

 private:
  void add(std::string option, std::string value) {
    command_.arguments.push_back(std::move(option));
    command_.arguments.push_back(std::move(value));
  }

  std::string expand(std::string_view text) const {
    return manifest::expand_environment(text, job_.application, job_.source, job_.commit);
  }

  /// nullopt: it is left out, and told unless that is wanted.
  std::optional<std::string> locate(const std::string& written, std::string_view what) {
    using Place = manifest::HelmFile::Place;
    const manifest::HelmFile file = manifest::resolve_helm_file(job_.application, job_.source, written);
    switch (file.place) {
      case Place::here: {
        const auto followed = job_.index.follow(file.path);
        if (followed && *followed && job_.index.has_file((*followed)->path)) return joined(repository_root_, file.path);
        if (job_.source.helm.ignore_missing_value_files && what == "the value file") return std::nullopt;
        return refuse(what, written, "is not in this repository");
      }
      case Place::in_chart: {
        std::error_code error;
        const std::string path = joined(chart_root_, file.path);
        if (fs::exists(path, error)) return path;
        if (job_.source.helm.ignore_missing_value_files && what == "the value file") return std::nullopt;
        return refuse(what, written, "is not in the chart");
      }
      case Place::remote:
        return refuse(what, written,
                      "would be fetched from elsewhere, which is not done; put a copy into this repository");
      case Place::outside:
        return refuse(what, written, "leads out of the repository");
      case Place::unknown_ref:
        return refuse(what, written, "names a source by a ref that no source of the Application has");
    }
    return std::nullopt;
  }

  std::optional<std::string> refuse(std::string_view what, std::string_view written, std::string_view why) {
    command_.problems.push_back(std::string(what) + " '" + printable_utf8(ellipsize(redact_url(written), 200)) + "' " +
                                std::string(why));
    return std::nullopt;
  }

  const Toolbox& toolbox_;
  const Job& job_;
  const std::string repository_root_;
  const std::string chart_root_;
  HelmCommand command_;
};

Outcome all_of(const Job& job, const std::vector<std::string>& problems, bool lasting) {
  Outcome outcome;
  for (const std::string& problem : problems) {
    outcome.rendered.problems.push_back(failed(job, problem, lasting).rendered.problems.front());
  }
  outcome.lasting = lasting;
  return outcome;
}

/// Writes a chart's "file://" dependencies and held ones under its charts/. `placed`: where the chart was written,
/// which is elsewhere for one that is a dependency itself.
Result<void> vendor(const Job& job, const ChartNeeds& needs, const std::vector<LoadedFile>& files,
                    const std::string& chart, const fs::path& placed, std::size_t depth) {
  constexpr std::size_t kMaxDepth = 16;
  if (depth > kMaxDepth) {
    return fail(ErrorKind::invalid, "the chart's dependencies are nested deeper than " + std::to_string(kMaxDepth));
  }
  if (const auto local = needs.local.find(chart); local != needs.local.end()) {
    for (const manifest::ChartDependency& dependency : local->second) {
      const std::string& from = dependency.repository;
      std::vector<LoadedFile> copied;
      for (const LoadedFile& file : files) {
        if (!file.link && file.path.starts_with(from + "/"))
          copied.push_back({file.path.substr(from.size() + 1), file.text, false});
      }
      const fs::path into = placed / "charts" / dependency.name;
      CHECK_OK(Workspace::write(into, copied));
      CHECK_OK(vendor(job, needs, files, from, into, depth + 1));
    }
  }
  if (const auto held = needs.dependencies.find(chart); held != needs.dependencies.end()) {
    for (const HeldChart& dependency : held->second) {
      TRY(std::string bytes, read_file(dependency.file));
      CHECK_OK(Workspace::write(placed / "charts", {{dependency.file.filename().string(), std::move(bytes), false}}));
    }
  }
  return {};
}

/// The chart from elsewhere, unpacked. Its files are below a directory of its name.
Result<void> unpack_source(const ChartNeeds& needs, const fs::path& into, std::size_t max_bytes) {
  TRY(const std::string bytes, read_file(needs.source.front().file, max_bytes));
  auto files = unpack(bytes, max_bytes);
  if (!files) return fail_while("the chart " + needs.source.front().file.filename().string(), files.error());
  for (LoadedFile& file : *files) {
    const std::size_t slash = file.path.find('/');
    file.path = slash == std::string::npos ? file.path : file.path.substr(slash + 1);
  }
  return Workspace::write(into, *files);
}

}  // namespace

Result<ChartNeeds> find_needs(const Toolbox& toolbox, const Job& job) { return NeedsFinder(toolbox, job).find(); }

HelmCommand helm_command(const Toolbox& toolbox, const Job& job, const std::string& repository_root,
                         const std::string& chart_root, const std::string& values_file) {
  return CommandMaker(toolbox, job, repository_root, chart_root).make(values_file);
}

Result<Outcome> render_helm(const Toolbox& toolbox, const Job& job, const SourceFiles& files, const ChartNeeds& needs,
                            const std::string& key) {
  if (!files.problems.empty()) {
    Outcome refused;
    refused.rendered.problems = files.problems;
    return refused;
  }
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
  TRY(const Workspace workspace, Workspace::create(alone ? Workspace::medium_for(*loaded) : Workspace::Medium::disk));
  CHECK_OK(Workspace::write(workspace.root(), *loaded));
  fs::path chart = workspace.root() / job.source.path;
  if (!needs.source.empty()) {
    chart = workspace.chart();
    const auto unpacked = unpack_source(needs, chart, limits.max_output_bytes);
    if (!unpacked) return failed(job, unpacked.error().message, unpacked.error().kind == ErrorKind::invalid);
  } else {
    const auto vendored = vendor(job, needs, *loaded, job.directory, workspace.root() / job.directory, 0);
    if (!vendored) return failed(job, vendored.error().message, vendored.error().kind == ErrorKind::invalid);
  }
  FluxValues values = helm_values(job, *loaded);
  std::string values_file;
  if (!values.text.empty()) {
    CHECK_OK(Workspace::write(workspace.home(), {{"values.yaml", values.text, false}}));
    values_file = (workspace.home() / "values.yaml").string();
  }
  HelmCommand command = helm_command(toolbox, job, workspace.root().string(), workspace.chart().string(), values_file);
  command.problems.insert(command.problems.end(), values.problems.begin(), values.problems.end());
  if (!command.problems.empty()) return all_of(job, command.problems, true);
  for (const auto& [name, value] : values.parameters) {
    command.arguments.emplace_back("--set");
    command.arguments.push_back(name + "=" + set_value(value));
  }
  TRY(ProgramResult result,
      run_program(toolbox, job, workspace, {toolbox.options.helm_program, command.arguments, chart}, *loaded));
  if (result.failure) return *std::move(result.failure);
  toolbox.disk.keep(key, result.output);
  return read_output(toolbox, job, "helm", result.output);
}

}  // namespace towline::render
