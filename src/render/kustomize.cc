#include "render/kustomize.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/process.h"
#include "base/text.h"
#include "render/plain.h"

namespace towline::render {
namespace {

tl::unexpected<Error> cannot_write(const std::filesystem::path& path) {
  return fail(ErrorKind::internal, "cannot write " + path.string() + ", which kustomize is to read");
}

/// Plain writes: the directory is gone after the run, so nothing need be durable or whole.
Result<void> write_files(const std::filesystem::path& root, const std::vector<LoadedFile>& files) {
  for (const LoadedFile& file : files) {
    const std::filesystem::path path = root / file.path;
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) return cannot_write(path);
    std::ofstream stream(path, std::ios::binary);
    stream << file.text;
    stream.close();
    if (!stream) return cannot_write(path);
  }
  return {};
}

ProcessSpec build_command(const std::filesystem::path& root, const std::filesystem::path& home,
                          const manifest::Application& application, const Renderer::Options& options) {
  // Nothing listens there: a program that goes to the network in spite of all fails at once.
  constexpr std::string_view kNowhere = "http://127.0.0.1:1";
  ProcessSpec spec;
  spec.argv = {options.kustomize_program, "build", (root / application.path).string()};
  spec.environment = {{"HOME", home.string()}, {"PATH", home.string()}, {"LC_ALL", "C"}};
  for (const char* name : {"HTTP_PROXY", "HTTPS_PROXY"}) spec.environment.emplace_back(name, kNowhere);
  spec.directory = root;
  spec.deadline = options.limits.deadline;
  spec.max_output_bytes = options.limits.max_output_bytes;
  spec.search_path = options.search_path;
  return spec;
}

/// What the program said, fit for a reader: no secrets, no path of ours, one paragraph.
std::string complaint(std::string_view text, const std::filesystem::path& root, const std::vector<LoadedFile>& files) {
  std::string said = replace_all(std::string(trim(text)), root.string() + "/", "");
  said = replace_all(std::move(said), root.string(), "the repository");
  said = replace_all(secrets_of(files).redact(said), "\n", " ");
  if (said.starts_with("Error: ")) said.erase(0, 7);
  return printable_utf8(ellipsize(said, 1'500));
}

Outcome failed(const manifest::Application& application, std::string message, bool lasting) {
  Outcome outcome;
  outcome.rendered.problems.push_back(problem_of(application, std::move(message)));
  outcome.lasting = lasting;
  return outcome;
}

Outcome not_run(const manifest::Application& application, const Error& error) {
  const std::string message = "kustomize could not render this application: " + error.message;
  switch (error.kind) {
    case ErrorKind::not_found:
      return failed(application, message + " on the machine that runs Towline", false);
    case ErrorKind::timeout:
      return failed(application, message + "; make it smaller, or try again", false);
    case ErrorKind::invalid:
      return failed(application, message + "; split it", true);
    default:
      return failed(application, message, false);
  }
}

Outcome read_output(const manifest::Application& application, const std::string& text, const RenderLimits& limits) {
  Outcome outcome;
  manifest::ParsedManifests parsed = manifest::parse_manifests("", text, application.ns);
  outcome.rendered.resources = std::move(parsed.resources);
  for (const manifest::ManifestProblem& problem : parsed.problems) {
    const std::string place = problem.line == 0 ? "" : " at line " + std::to_string(problem.line);
    outcome.rendered.problems.push_back(
        problem_of(application, "in what kustomize gives" + place + ": " + problem.message));
  }
  finish(application, limits, outcome.rendered);
  return outcome;
}

}  // namespace

Result<Outcome> render_kustomize(const git::Repository& repository, const KustomizeFiles& files,
                                 const manifest::Application& application, const Renderer::Options& options) {
  Outcome refused;
  refused.rendered.problems = files.problems;
  if (!refused.rendered.problems.empty()) return refused;
  auto loaded = load(repository, files.files, options.limits.max_output_bytes);
  if (!loaded) {
    if (loaded.error().kind != ErrorKind::invalid) return tl::unexpected(std::move(loaded).error());
    return failed(application, loaded.error().message, true);
  }
  refused.rendered.problems = refused_parts(*loaded);
  if (!refused.rendered.problems.empty()) return refused;

  TRY(const auto directory, TemporaryDirectory::create("towline-kustomize-"));
  const std::filesystem::path root = directory.path() / "tree";
  const std::filesystem::path home = directory.path() / "home";
  std::error_code error;
  if (!std::filesystem::create_directory(home, error)) return cannot_write(home);
  CHECK_OK(write_files(root, *loaded));
  const auto output = run_process(build_command(root, home, application, options));
  if (!output) return not_run(application, output.error());
  if (output->exit_code != 0) {
    const bool killed = output->exit_code > 128;
    return failed(application, "kustomize cannot build this: " + complaint(output->standard_error, root, *loaded),
                  !killed);
  }
  return read_output(application, output->standard_output, options.limits);
}

}  // namespace towline::render
