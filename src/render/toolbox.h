#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "program/bubblewrap.h"
#include "program/concurrency_limit.h"
#include "render/charts/chart_cache.h"
#include "render/disk_cache.h"
#include "render/render_cache.h"
#include "render/renderer.h"
#include "render/source_files.h"
#include "render/warm_sandboxes.h"
#include "render/workspace.h"

namespace towline::render {

/// What every render uses.
struct Toolbox {
  const Renderer::Options& options;
  std::optional<Confinement> sandbox;  ///< nullopt: no program is run
  const ChartCache& charts;
  DiskCache& disk;
  ConcurrencyLimit& runs;
  WarmSandboxes& warm;  ///< of `kustomize build`
};

/// One source of one application at one commit.
struct Job {
  const git::Repository& repository;
  const CommitId& commit;
  const discovery::TreeIndex& index;
  const discovery::Application& application;
  const discovery::Source& source;
  std::string directory;  ///< the source's, links followed
};

struct ProgramRun {
  std::string program;  ///< name or path
  std::vector<std::string> arguments;
  std::filesystem::path directory;
  bool writes = false;  ///< in the workspace; otherwise it sees it read-only
};

/// What the program wrote, or why nothing came of it.
struct ProgramResult {
  std::string output;
  std::optional<Outcome> failure;
};
/// Runs it confined, with an empty home. The values of Secrets in `files` are blanked out of what it complains of.
/// `held`: the same run, started before; where it is gone by now, it is done anew.
Result<ProgramResult> run_program(const Toolbox& toolbox, const Job& job, const Workspace& workspace,
                                  const ProgramRun& run, const std::vector<LoadedFile>& files,
                                  HeldProcess* held = nullptr);

/// A workspace with the program before it. Error not_found: there is no such program.
Result<WarmSandbox> stand_by(const Renderer::Options& options, Confinement sandbox,
                             const std::function<ProgramRun(const Workspace&)>& run);

/// What applies the source decides it.
manifest::NullItems null_items_of(const Job& job);

/// The objects in what a program wrote.
Outcome read_output(const Toolbox& toolbox, const Job& job, std::string_view program, const std::string& text);

Outcome failed(const Job& job, std::string message, bool lasting);
/// The finding that stands in place of a rendering where programs are not run; nullopt where they are.
std::optional<Outcome> refused_without_sandbox(const Toolbox& toolbox, const Job& job, std::string_view program);

/// What to do about a program that is not found: a clause for the reader of a finding.
std::string how_to_install(const std::string& program);

/// Which program would run: another version is another file, so that its renders are not mixed with the old ones.
std::string program_identity(const std::string& program, const std::string& search_path);

}  // namespace towline::render
