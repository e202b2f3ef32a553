#include "cli/program.h"

#include <stdexcept>

#include "program/process.h"
#include "support/paths.h"

namespace towline::cli {

namespace {

constexpr const char* kSearchPath = "/usr/local/bin:/usr/bin:/bin";

std::string program() { return towline::test::binary_dir() + "/towline"; }

Ran run(std::vector<std::string> argv, const std::filesystem::path& directory, const Variables& variables) {
  ProcessSpec spec;
  spec.argv = std::move(argv);
  spec.environment = {{"PATH", kSearchPath}, {"HOME", "/nonexistent"}, {"LC_ALL", "C"}, {"TOWLINE", program()}};
  spec.environment.insert(spec.environment.end(), variables.begin(), variables.end());
  spec.directory = directory;
  spec.deadline = std::chrono::seconds(60);
  const auto output = run_process(spec);
  if (!output) throw std::runtime_error(output.error().message);
  return {output->exit_code, output->standard_output, output->standard_error};
}

}  // namespace

Ran towline(const std::vector<std::string>& arguments, const std::filesystem::path& directory,
            const Variables& variables) {
  std::vector<std::string> argv = {program()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return run(std::move(argv), directory, variables);
}

Ran shell(const std::string& script, const std::filesystem::path& directory, const Variables& variables) {
  return run({"/bin/bash", "-c", script}, directory, variables);
}

void Place::put(const std::string& path, const std::string& text) const {
  const auto file = directory_.path() / path;
  std::filesystem::create_directories(file.parent_path());
  if (const auto written = write_file(file, text); !written) throw std::runtime_error(written.error().message);
}

std::string Place::read(const std::string& path) const { return read_file(directory_.path() / path).value(); }

std::filesystem::path sample() { return std::filesystem::path(towline::test::source_dir()) / "config/sample"; }

}  // namespace towline::cli
