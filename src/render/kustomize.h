#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "render/toolbox.h"

namespace towline::render {

/// Runs `kustomize build` on a copy of the files in a directory of its own, as Argo CD does: without plugins, Helm or
/// files from outside of a kustomization's directory, after `kustomize edit` with the options of the source. It has no
/// git and no way to the network: what lies elsewhere on a host that is allowed is put beside the files before.
Result<Outcome> render_kustomize(const Toolbox& toolbox, const Job& job, const SourceFiles& files,
                                 const std::string& key);

/// The run of `kustomize build`, which is the same for whatever the workspace holds.
ProgramRun kustomize_build(const Renderer::Options& options, const Workspace& workspace);

/// The runs of `kustomize edit`, each by its arguments, that Argo CD does before it builds.
std::vector<std::vector<std::string>> kustomize_edits(const Job& job);

/// What a kustomization may not do, by path and line; and whether it names something that may be fetched.
struct Inspection {
  std::vector<manifest::ManifestProblem> problems;
  bool remote = false;
};
/// Remote resources of hosts that are not allowed, Helm charts.
Inspection inspect_kustomizations(const std::vector<LoadedFile>& files, const std::vector<std::string>& allowed_hosts);

/// Whether kustomize would fetch it from the network, when there is no file of that name.
bool is_remote(std::string_view reference);

}  // namespace towline::render
