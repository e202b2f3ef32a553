#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/secret.h"
#include "render/chart_cache.h"
#include "render/disk_cache.h"
#include "render/render_cache.h"
#include "render/renderer.h"
#include "render/run_limit.h"
#include "render/sandbox.h"
#include "render/source_files.h"

namespace towline::render {

/// What every render uses.
struct Toolbox {
  const Renderer::Options& options;
  SandboxKind sandbox;
  const ChartCache& charts;
  DiskCache& disk;
  RunLimit& runs;
};

/// One source of one application at one commit.
struct Job {
  const git::Repository& repository;
  const CommitId& commit;
  const manifest::TreeIndex& index;
  const manifest::Application& application;
  const manifest::Source& source;
  std::string directory;  ///< the source's, links followed
};

/// The files of one render on disk, gone at the end of its life.
class Workspace {
 public:
  static Result<Workspace> create();
  std::filesystem::path root() const { return directory_.path() / "tree"; }  ///< of the repository
  std::filesystem::path chart() const { return directory_.path() / "chart"; }
  std::filesystem::path home() const { return directory_.path() / "home"; }
  std::filesystem::path scratch(std::string_view name) const { return directory_.path() / name; }

  /// Files first, then links, so that nothing is written through a link.
  static Result<void> write(const std::filesystem::path& root, const std::vector<LoadedFile>& files);

 private:
  explicit Workspace(TemporaryDirectory directory) : directory_(std::move(directory)) {}
  TemporaryDirectory directory_;
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
/// Runs it confined, with an empty home. `secrets` are blanked out of what it complains of.
Result<ProgramResult> run_program(const Toolbox& toolbox, const Job& job, const Workspace& workspace,
                                  const ProgramRun& run, const Redactor& secrets);

/// The objects in what a program wrote.
Outcome read_output(const Toolbox& toolbox, const Job& job, std::string_view program, const std::string& text);

Outcome failed(const Job& job, std::string message, bool lasting);

/// What to do about a program that is not found: a clause for the reader of a finding.
std::string how_to_install(const std::string& program);

/// Which program would run: another version is another file, so that its renders are not mixed with the old ones.
std::string program_identity(const std::string& program, const std::string& search_path);

}  // namespace towline::render
