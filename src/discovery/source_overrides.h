#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "discovery/tree_index.h"
#include "yaml/node.h"

namespace towline::discovery {

/// Which Argo CD Application a source is of.
struct InstanceName {
  std::string name;
  std::string ns;  ///< of the Application object; "" when its file does not say
};

struct OverriddenSource {
  yaml::Node source;
  std::vector<std::string> files;     ///< links that were followed, and where they lead
  std::vector<std::string> problems;  ///< sentences: why it is not known what Argo CD makes of the source
};

/// `source` with the parameter overrides that lie in its directory: .argocd-source.yaml, then .argocd-source-NAME.yaml,
/// or .argocd-source-NAMESPACE_NAME.yaml for an Application in another namespace than Argo CD's.
/// Source: Argo CD, reposerver/repository, mergeSourceParameters, and Application.InstanceName.
Result<OverriddenSource> override_source(const TreeIndex& index, const std::string& directory,
                                         const InstanceName& instance, yaml::Node source);

}  // namespace towline::discovery
