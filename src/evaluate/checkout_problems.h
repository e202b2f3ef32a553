#pragma once

#include <vector>

#include "base/result.h"
#include "evaluate/generated_applications.h"
#include "git/repository.h"
#include "manifest/object.h"

namespace towline::evaluate {

/// Why what Argo CD or Flux applies of a state may differ from the blobs that are read here: attributes by which Git
/// changes files of an application when it checks them out, and files by which Flux leaves some out.
Result<std::vector<manifest::ManifestProblem>> checkout_problems(const git::Repository& repository, const State& state,
                                                                 const GeneratedApplications& generated);

}  // namespace towline::evaluate
