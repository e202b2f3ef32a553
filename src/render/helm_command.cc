#include "render/helm.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/secret.h"
#include "base/text.h"
#include "discovery/environment.h"
#include "render/charts/chart_scan.h"
#include "render/kubernetes_kinds.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;

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

/// Whether helm takes the whole name for one key: an '=' or ',' would end it, and begin another key or a path.
bool is_one_key(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '=' || name[i] == ',') return false;
    if (name[i] == '\\' && ++i == name.size()) return false;
  }
  return !name.empty();
}

class CommandMaker {
 public:
  CommandMaker(const Toolbox& toolbox, const Job& job, std::string repository_root, std::string chart_root)
      : toolbox_(toolbox),
        job_(job),
        repository_root_(std::move(repository_root)),
        chart_root_(std::move(chart_root)) {}

  HelmCommand make(const std::string& values_file) {
    const discovery::HelmOptions& helm = job_.source.helm;
    const auto or_else = [](const std::string& text, const std::string& otherwise) {
      return text.empty() ? otherwise : text;
    };
    add("template", ".");
    const std::string release = or_else(helm.release_name, job_.application.name);
    if (release.find("{{") != std::string::npos) {
      // helm would run it as a template, with functions that read its environment.
      refuse("the release name", release, "has a template, which is not run; write the name itself");
    }
    add("--name-template", release);
    const std::string ns = or_else(helm.ns, job_.application.ns);
    if (!ns.empty()) add("--namespace", ns);
    const std::string version = or_else(helm.kube_version, toolbox_.options.kube_version);
    if (!version.empty()) add("--kube-version", version);
    for (const discovery::HelmParameter& parameter : helm.parameters) {
      add(parameter.force_string ? "--set-string" : "--set", parameter.name + "=" + set_value(expand(parameter.value)));
    }
    for (const auto& [name, path] : helm.file_parameters) {
      if (!is_one_key(name)) {
        refuse("the file parameter", name, "has no name that helm takes as one key; escape ',' and '=' by a backslash");
      } else if (const auto file = locate(path, "the file of the parameter")) {
        add("--set-file", name + "=" + set_file_value(*file));
      }
    }
    for (const std::string& path : helm.value_files) {
      if (const auto file = locate(path, "the value file")) add("--values", values_flag(*file));
    }
    if (!values_file.empty()) add("--values", values_flag(values_file));
    if (helm.api_versions.empty()) {
      for (const std::string_view kind : kubernetes_kinds()) add("--api-versions", std::string(kind));
    }
    for (const std::string& api : helm.api_versions.empty() ? toolbox_.options.api_versions : helm.api_versions) {
      add("--api-versions", api);
    }
    if (helm.api_versions.empty()) {
      for (const std::string& api : delivered_api_versions(job_)) add("--api-versions", api);
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
    return discovery::expand_environment(text, job_.application, job_.source, job_.commit);
  }

  /// nullopt: it is left out, and told unless that is wanted.
  std::optional<std::string> locate(const std::string& written, std::string_view what) {
    using Place = discovery::HelmFile::Place;
    const discovery::HelmFile file = discovery::resolve_helm_file(job_.application, job_.source, written);
    const bool harmless = std::none_of(file.path.begin(), file.path.end(),
                                       [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; });
    if (!harmless) return refuse(what, written, "has a control character in its name");
    switch (file.place) {
      case Place::here: {
        const auto followed = job_.index.follow(file.path);
        if (followed && *followed && job_.index.has_file((*followed)->path)) {
          command_.files.push_back({Workspace::Part::repository, file.path});
          return repository_root_ + "/" + file.path;
        }
        if (job_.source.helm.ignore_missing_value_files && what == "the value file") return std::nullopt;
        return refuse(what, written, "is not in this repository");
      }
      case Place::in_chart: {
        std::error_code error;
        const std::string path = chart_root_ + "/" + file.path;
        if (fs::exists(path, error)) {
          command_.files.push_back({Workspace::Part::chart, file.path});
          return path;
        }
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

}  // namespace

std::string set_file_value(std::string_view path) {
  return replace_all(replace_all(std::string(path), "\\", "\\\\"), ",", "\\,");
}

std::string values_flag(std::string_view path) {
  if (path.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(path);
  return '"' + replace_all(std::string(path), "\"", "\"\"") + '"';
}

void add_flux_value(HelmCommand& command, const std::string& name, std::string_view value) {
  const auto is_quoted_by = [&](char quote) { return value.starts_with(quote) && value.ends_with(quote); };
  if (!is_one_key(name)) {
    command.problems.push_back("the target path '" + printable_utf8(ellipsize(name, 200)) +
                               "' is not one key for helm; escape ',' and '=' by a backslash");
    return;
  }
  if (!is_quoted_by('\'') && !is_quoted_by('"')) {
    command.arguments.insert(command.arguments.end(), {"--set", name + "=" + std::string(value)});
    return;
  }
  // As Go's strings.Trim: every quote of both kinds at both ends.
  const std::size_t first = value.find_first_not_of("'\"");
  const std::size_t last = value.find_last_not_of("'\"");
  const std::string_view bare = first == std::string_view::npos ? "" : value.substr(first, last - first + 1);
  command.arguments.insert(command.arguments.end(), {"--set-string", name + "=" + std::string(bare)});
}

HelmCommand helm_command(const Toolbox& toolbox, const Job& job, const std::string& repository_root,
                         const std::string& chart_root, const std::string& values_file) {
  return CommandMaker(toolbox, job, repository_root, chart_root).make(values_file);
}

}  // namespace towline::render
