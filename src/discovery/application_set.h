#pragma once

#include <string>
#include <vector>

#include "discovery/cluster.h"
#include "discovery/source.h"
#include "discovery/tree_index.h"
#include "manifest/object.h"
#include "yaml/node.h"

namespace towline::discovery {

/// An Application that an ApplicationSet makes.
struct GeneratedApplication {
  yaml::Node root;  ///< the whole object; lines are those of the template
  /// Files and directories of the repository that its parameters come from.
  std::vector<std::string> made_from;
};

/// How much work expanding may be, over all ApplicationSets of a repository: about a step of a template, 64 bytes of a
/// text, or a path looked at.
struct ExpansionBudget {
  std::size_t left = 10'000'000;
  /// How much of it one ApplicationSet may use, so that it leaves something to the others.
  static constexpr std::size_t kMostOfASet = 5'000'000;
  /// Error invalid: it is used up.
  Result<void> take(std::size_t amount);
};

struct ExpandedSet {
  std::vector<GeneratedApplication> applications;  ///< none when there are problems: Argo CD leaves all as it was
  std::vector<manifest::ManifestProblem> problems;
};

/// What Argo CD's controller makes of an ApplicationSet (argoproj.io/v1alpha1, as of 3.2): the generators list,
/// clusters, git, matrix and merge; their selectors and templates; plain and Go templates; templatePatch. Whatever else
/// is in it is a problem ("… is not supported"). Every git generator reads `index`, whatever revision it names.
/// `clusters`: those of the configuration; none means that they are not configured.
ExpandedSet expand_application_set(const TreeIndex& index, const std::string& path, const yaml::Node& root,
                                   const std::vector<Cluster>& clusters, ExpansionBudget& budget);

/// Addresses and revisions of the repositories that its git generators read.
std::vector<NamedText> generator_repositories(const yaml::Node& root);

}  // namespace towline::discovery
