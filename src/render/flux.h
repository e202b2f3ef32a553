#pragma once

#include <string>
#include <vector>

#include "render/toolbox.h"

namespace towline::render {

/// The values that helm is given beside its files.
struct FluxValues {
  std::string text;                              ///< YAML; "": none
  std::vector<discovery::NamedText> parameters;  ///< of references with a target path
  std::vector<std::string> problems;
};
/// Those of the source, laid over those of the ConfigMaps that a HelmRelease names.
FluxValues helm_values(const Job& job, const std::vector<LoadedFile>& files);

/// The kustomization that Flux makes up for a directory without one. `files` are those of the repository.
std::string generated_kustomization(const std::string& directory, const std::vector<LoadedFile>& files);

/// What Flux does with what kustomize built: replaces variables, adds labels and annotations. Gives problems.
std::vector<std::string> finish_flux(const Job& job, const std::vector<LoadedFile>& files,
                                     std::vector<manifest::Resource>& resources);

/// "${name}", "${name:=default}" and "${name:-default}" replaced, an unknown name by nothing; "$${" is "${".
/// Error invalid: another operation. Source: github.com/fluxcd/pkg/envsubst.
Result<std::string> substitute(std::string_view text, const std::vector<discovery::NamedText>& variables);

}  // namespace towline::render
