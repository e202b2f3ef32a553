#pragma once

#include "discovery/inputs.h"
#include "discovery/tree_index.h"
#include "render/render_cache.h"

namespace towline::render {

struct Job;
struct SourceFiles;

/// The objects of the YAML and JSON files in the source's directory, as Argo CD's directory source reads them: the
/// files directly in it, or all below it with `recurse`, that the globs let through; links to files are followed.
Result<Outcome> render_directory(const Job& job, const SourceFiles& files, const RenderLimits& limits);

/// Sorts by key and tells when there are more than the limit, in place of what is over it.
void finish(const discovery::Application& application, const RenderLimits& limits, Rendered& rendered);

/// A problem of the application as a whole.
manifest::ManifestProblem problem_of(const discovery::Application& application, std::string message);

}  // namespace towline::render
