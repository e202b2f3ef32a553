#pragma once

#include "render/kustomize_inputs.h"
#include "render/render_cache.h"

namespace towline::render {

/// Runs `kustomize build` on a copy of the files in a directory of its own, as Argo CD does: without plugins, Helm or
/// files from outside of a kustomization's directory. It has no git, no home and no way to the network.
Result<Outcome> render_kustomize(const git::Repository& repository, const KustomizeFiles& files,
                                 const manifest::Application& application, const Renderer::Options& options);

}  // namespace towline::render
