#pragma once

#include <vector>

#include "base/result.h"
#include "evaluate/generated_applications.h"
#include "git/repository.h"
#include "manifest/object.h"

namespace towline::evaluate {

/// Objects of Argo CD or Flux of one kind, namespace and name that `head` declares more than once and `base` does not:
/// in a cluster the one that is applied last replaces the others. Where the base has such pairs already in the same two
/// directories (one for each cluster), and where different Flux Kustomizations that apply themselves apply the two,
/// they are taken to be in different clusters. Errors are of reading the repository.
Result<std::vector<manifest::ManifestProblem>> new_duplicates(const git::Repository& repository, const State& base,
                                                              const GeneratedApplications& at_base, const State& head,
                                                              const GeneratedApplications& at_head);

}  // namespace towline::evaluate
