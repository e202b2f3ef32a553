#include "render/toolbox.h"

#include <system_error>
#include <utility>

#include "base/text.h"
#include "program/process.h"
#include "render/plain.h"

namespace towline::render {
namespace {

namespace fs = std::filesystem;

/// Nothing listens there: a program that goes to the network in spite of all fails at once.
constexpr std::string_view kNowhere = "http://127.0.0.1:1";

ProcessSpec command(const Renderer::Options& options, const Workspace& workspace, const ProgramRun& run) {
  const RenderLimits& limits = options.limits;
  ProcessSpec spec;
  spec.argv = {run.program};
  spec.argv.insert(spec.argv.end(), run.arguments.begin(), run.arguments.end());
  const std::string home = workspace.home().string();
  spec.environment = {{"HOME", home},
                      {"PATH", home},
                      {"LC_ALL", "C"},
                      {"GOMEMLIMIT", std::to_string(limits.max_memory_bytes / 4 * 3)},
                      // A run is short and its memory limited: collecting more seldom saves a sixth of its time.
                      {"GOGC", "400"}};
  for (const char* name : {"HTTP_PROXY", "HTTPS_PROXY"}) spec.environment.emplace_back(name, kNowhere);
  spec.directory = run.directory;
  spec.deadline = limits.deadline;
  spec.max_output_bytes = limits.max_output_bytes;
  spec.search_path = options.search_path;
  spec.limits.memory_bytes = limits.max_memory_bytes;
  spec.limits.file_bytes = limits.max_output_bytes;
  // One program is not to keep all processors busy until its deadline.
  constexpr std::size_t kProcessors = 2;
  constexpr std::size_t kOpenFiles = 1'024;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(limits.deadline).count();
  spec.limits.cpu_seconds = static_cast<std::size_t>(seconds) * kProcessors;
  spec.limits.open_files = kOpenFiles;
  return spec;
}

ProcessSpec confined_command(const Renderer::Options& options, Confinement sandbox, const Workspace& workspace,
                             const ProgramRun& run, bool held) {
  SandboxView view;
  view.held = held;
  view.readable = {workspace.top()};
  view.writable = {workspace.home()};
  if (run.writes) view.writable.insert(view.writable.end(), {workspace.root(), workspace.chart()});
  return confined(command(options, workspace, run), sandbox, view);
}

/// What the program said, fit for a reader: no secrets, no path of ours, one paragraph.
std::string complaint(std::string_view text, const Workspace& workspace, const Job& job,
                      const std::vector<LoadedFile>& files) {
  const std::pair<fs::path, std::string_view> ours[] = {
      {workspace.root(), "the repository"}, {workspace.chart(), "the chart"}, {workspace.home(), "the home directory"}};
  std::string said(trim(text));
  const fs::path directory = workspace.root() / job.source.path;
  said = replace_all(std::move(said), workspace.application().string(), directory.string());
  for (const auto& [path, name] : ours) {
    said = replace_all(std::move(said), path.string() + "/", "");
    said = replace_all(std::move(said), path.string(), name);
  }
  said = replace_all(secrets_of(files).redact(said), "\n", " ");
  if (said.starts_with("Error: ")) said.erase(0, 7);
  return printable_utf8(ellipsize(said, 1'500));
}

Outcome not_run(const Job& job, const std::string& program, const Error& error) {
  const std::string message = program + " could not render this application: " + error.message;
  switch (error.kind) {
    case ErrorKind::timeout:
      return failed(job, message + "; make it smaller, or try again", false);
    case ErrorKind::invalid:
      return failed(job, message + "; split it", true);
    default:
      return failed(job, message, false);
  }
}

/// What Go's runtime says when the kernel gives it no more.
bool ran_out_of_memory(const ProcessOutput& output) {
  return output.exit_code == 2 && (output.standard_error.find("out of memory") != std::string::npos ||
                                   output.standard_error.find("cannot allocate memory") != std::string::npos);
}

}  // namespace

Result<ProgramResult> run_program(const Toolbox& toolbox, const Job& job, const Workspace& workspace,
                                  const ProgramRun& run, const std::vector<LoadedFile>& files, HeldProcess* held) {
  const std::string name = fs::path(run.program).filename().string();
  if (auto refused = refused_without_sandbox(toolbox, job, name)) return ProgramResult{{}, *std::move(refused)};
  if (const auto checked = workspace.check_links(); !checked) {
    if (checked.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(checked.error());
    return ProgramResult{{}, failed(job, name + " was not run: " + checked.error().message, true)};
  }
  ProgramRun found = run;
  if (run.program.find('/') == std::string::npos) {
    const fs::path program = find_program(run.program, toolbox.options.search_path);
    if (program.empty()) {
      return ProgramResult{
          {}, failed(job, name + " could not render this application: " + how_to_install(run.program), false)};
    }
    found.program = program.string();
  }
  const ConcurrencyLimit::Turn turn(toolbox.runs);
  const auto go = [&]() -> Result<ProcessOutput> {
    if (held != nullptr) {
      auto output = held->go();
      if (output || output.error().kind != ErrorKind::unavailable) return output;
    }
    return run_process(confined_command(toolbox.options, *toolbox.sandbox, workspace, found, false));
  };
  auto output = go();
  if (!output) {
    // The sandbox's own program is no matter of the reader.
    Error error = std::move(output).error();
    error.message = replace_all(std::move(error.message), "'" + confining_program(toolbox.options.search_path) + "'",
                                "'" + name + "'");
    error.message = replace_all(std::move(error.message), "'" + found.program + "'", "'" + name + "'");
    return ProgramResult{{}, not_run(job, name, error)};
  }
  if (output->exit_code == 0) return ProgramResult{std::move(output->standard_output), std::nullopt};
  if (ran_out_of_memory(*output)) {
    return ProgramResult{{},
                         failed(job,
                                name + " needs more memory for this than the limit of " +
                                    plural(toolbox.options.limits.max_memory_bytes >> 20, "MiB") + "; make it smaller",
                                true)};
  }
  const bool killed = output->exit_code > 128;
  return ProgramResult{
      {},
      failed(job, name + " cannot build this: " + complaint(output->standard_error, workspace, job, files), !killed)};
}

Result<WarmSandbox> stand_by(const Renderer::Options& options, Confinement sandbox,
                             const std::function<ProgramRun(const Workspace&)>& run) {
  TRY(Workspace workspace, Workspace::create(Workspace::Medium::memory));
  ProgramRun standing = run(workspace);
  std::string identity = program_identity(standing.program, options.search_path);
  if (standing.program.find('/') == std::string::npos) {
    standing.program = find_program(standing.program, options.search_path).string();
  }
  if (standing.program.empty()) return fail(ErrorKind::not_found, "there is no such program");
  TRY(HeldProcess program, HeldProcess::start(confined_command(options, sandbox, workspace, standing, true)));
  return WarmSandbox{std::move(workspace), std::move(program), std::move(identity)};
}

manifest::NullItems null_items_of(const Job& job) {
  const bool by_argocd = !job.application.declared_in.empty() && !job.source.flux.applies;
  return by_argocd ? manifest::NullItems::empty_list : manifest::NullItems::object;
}

Outcome read_output(const Toolbox& toolbox, const Job& job, std::string_view program, const std::string& text) {
  Outcome outcome;
  manifest::ParsedManifests parsed = manifest::parse_manifests("", text, job.application.ns, null_items_of(job));
  outcome.rendered.resources = std::move(parsed.resources);
  for (const manifest::ManifestProblem& problem : parsed.problems) {
    const std::string place = problem.line == 0 ? "" : " at line " + std::to_string(problem.line);
    outcome.rendered.problems.push_back(
        problem_of(job.application, "in what " + std::string(program) + " gives" + place + ": " + problem.message));
  }
  finish(job.application, toolbox.options.limits, outcome.rendered);
  return outcome;
}

std::string how_to_install(const std::string& program) {
  return "the machine that runs Towline has no program '" + program +
         "'; install it in a folder of its PATH, or add the folder that it is in (search_path in the server's "
         "configuration)";
}

Outcome failed(const Job& job, std::string message, bool lasting) {
  Outcome outcome;
  outcome.rendered.problems.push_back(problem_of(job.application, std::move(message)));
  outcome.lasting = lasting;
  return outcome;
}

std::optional<Outcome> refused_without_sandbox(const Toolbox& toolbox, const Job& job, std::string_view program) {
  if (toolbox.sandbox) return std::nullopt;
  return failed(job, not_sandboxed(program), false);
}

std::string program_identity(const std::string& name, const std::string& search_path) {
  const fs::path program = name.find('/') == std::string::npos ? find_program(name, search_path) : fs::path(name);
  if (program.empty()) return "none";
  std::error_code error;
  const auto written = fs::last_write_time(program, error);
  const auto size = fs::file_size(program, error);
  return program.string() + " " + std::to_string(written.time_since_epoch().count()) + " " + std::to_string(size);
}

}  // namespace towline::render
