#pragma once

#include <map>
#include <string>
#include <vector>

#include "discovery/inputs.h"
#include "render/toolbox.h"

namespace towline::render {

/// A chart that is not in this repository, as the cache holds it.
struct HeldChart {
  std::string name;
  std::string version;
  std::filesystem::path file;
};

/// What a chart needs beside the repository's files.
struct ChartNeeds {
  std::vector<HeldChart> source;  ///< the chart itself, when it comes from elsewhere; one or none
  std::map<std::string, std::vector<HeldChart>> dependencies;  ///< by the directory of the chart that names them
  std::map<std::string, std::vector<discovery::ChartDependency>> local;  ///< "file://" ones, likewise
  std::vector<std::string> problems;
  bool lasting = true;      ///< false: asking again may help
  std::string fingerprint;  ///< of the held charts
};
Result<ChartNeeds> find_needs(const Toolbox& toolbox, const Job& job);

/// The arguments of `helm template` with paths below these roots, as Argo CD runs it. What cannot be is a problem.
struct HelmCommand {
  /// A file that is named in the arguments.
  struct File {
    Workspace::Part part;
    std::string path;
  };
  std::vector<std::string> arguments;
  std::vector<File> files;
  std::vector<std::string> problems;
};
HelmCommand helm_command(const Toolbox& toolbox, const Job& job, const std::string& repository_root,
                         const std::string& chart_root, const std::string& values_file);
/// Adds a value of a HelmRelease's valuesFrom with a targetPath. Source of the rules: github.com/fluxcd/pkg/chartutil,
/// values.go: quoted values are strings, and commas and backslashes mean what they mean to `helm --set`.
void add_flux_value(HelmCommand& command, const std::string& name, std::string_view value);

/// A path as the value of `--set-file`, which ends at a comma and unescapes backslashes.
std::string set_file_value(std::string_view path);
/// A path as the value of `--values`, which is a record of CSV.
std::string values_flag(std::string_view path);

Result<Outcome> render_helm(const Toolbox& toolbox, const Job& job, const SourceFiles& files, const ChartNeeds& needs,
                            const std::string& key);

}  // namespace towline::render
