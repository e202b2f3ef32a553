#pragma once

#include <map>
#include <string>
#include <vector>

#include "manifest/inputs.h"
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
  std::map<std::string, std::vector<manifest::ChartDependency>> local;  ///< "file://" ones, likewise
  std::vector<std::string> problems;
  bool lasting = true;      ///< false: asking again may help
  std::string fingerprint;  ///< of the held charts
};
Result<ChartNeeds> find_needs(const Toolbox& toolbox, const Job& job);

/// The arguments of `helm template` with paths below these roots, as Argo CD runs it. What cannot be is a problem.
struct HelmCommand {
  std::vector<std::string> arguments;
  std::vector<std::string> problems;
};
HelmCommand helm_command(const Toolbox& toolbox, const Job& job, const std::string& repository_root,
                         const std::string& chart_root, const std::string& values_file);

Result<Outcome> render_helm(const Toolbox& toolbox, const Job& job, const SourceFiles& files, const ChartNeeds& needs,
                            const std::string& key);

}  // namespace towline::render
