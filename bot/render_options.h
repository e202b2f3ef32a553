#pragma once

#include <string>

#include "render/renderer.h"

namespace CLI {
class App;
}

namespace towline::bot {

/// --branch: which branch declarations mean by this repository's.
void add_branch_option(CLI::App& command, std::string& branch);

/// The options of every command that renders on this machine: where charts from elsewhere are, and what the clusters
/// are. Programs are looked for in PATH.
void add_render_options(CLI::App& command, render::Renderer::Options& options);

}  // namespace towline::bot
