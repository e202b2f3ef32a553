#pragma once

#include <string>
#include <vector>

#include "discovery/application.h"
#include "discovery/tree_index.h"
#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::discovery {

/// The application that an Argo CD Application object declares, with the overrides that lie beside its sources
/// (source_overrides.h). Origins are not settled: what has no chart is taken to be here.
/// `ns` is the namespace of the Application object; "" when it is not known.
/// A source path that leaves the repository is a problem, and the source left out.
/// Source: Argo CD, docs/operator-manual/application.yaml.
Result<Application> read_argocd_application(const TreeIndex& index, const std::string& declared_in,
                                            const yaml::Node& root, const std::string& ns,
                                            std::vector<manifest::ManifestProblem>& problems);

}  // namespace towline::discovery
