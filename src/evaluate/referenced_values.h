#pragma once

#include <vector>

#include "base/result.h"
#include "evaluate/generated_applications.h"
#include "git/repository.h"
#include "manifest/object.h"
#include "render/renderer.h"

namespace towline::evaluate {

/// The applications of one side and what those that are affected render.
struct RenderedState {
  const State& state;
  std::vector<const discovery::Application*> applications;
  std::vector<const manifest::Resource*> resources;  ///< of the affected ones
};

/// ConfigMaps and Secrets that Flux takes values from and that are rendered here only where they stand beside the
/// object that names them. A problem is told where the change makes that wrong: an optional reference to one that is
/// not there is new, and where an application adds, changes or removes the object that a reference means elsewhere.
/// Errors are of reading the repository.
Result<std::vector<manifest::ManifestProblem>> referenced_value_problems(const git::Repository& repository,
                                                                         const RenderedState& base,
                                                                         const RenderedState& head);

}  // namespace towline::evaluate
