#pragma once

#include <string>
#include <vector>

#include "manifest/application.h"
#include "manifest/object.h"
#include "manifest/tree_index.h"
#include "yaml/node.h"

namespace towline::manifest {

/// The application that an Argo CD Application object declares, with the overrides that lie beside its sources
/// (.argocd-source.yaml, .argocd-source-NAME.yaml). Origins are not settled: what has no chart is taken to be here.
/// A source path that leaves the repository is a problem, and the source left out.
/// Source: Argo CD, docs/operator-manual/application.yaml, and reposerver/repository, mergeSourceParameters.
Result<Application> read_argocd_application(const TreeIndex& index, const std::string& declared_in,
                                            const yaml::Node& root, std::vector<ManifestProblem>& problems);

}  // namespace towline::manifest
