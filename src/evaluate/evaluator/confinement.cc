#include "evaluate/evaluator/confinement.h"

#include <chrono>
#include <initializer_list>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "program/bubblewrap.h"
#include "program/process.h"

namespace towline::evaluate {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTemporaryBytes = "1073741824";  // of each of the two places for temporary files

void add(std::vector<std::string>& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words.begin(), words.end());
}

/// The directories of the search path, and those that its links lead to for the programs that are run.
std::set<std::string> program_directories(const std::string& search_path) {
  std::set<std::string> directories;
  for (const std::string_view folder : split(search_path, ':')) {
    std::error_code error;
    if (!folder.empty() && folder.starts_with('/') && fs::is_directory(folder, error)) {
      directories.insert(std::string(folder));
    }
  }
  for (const char* name : {"kustomize", "helm", "git", "bwrap"}) {
    std::error_code error;
    const fs::path program = fs::canonical(find_program(name, search_path), error);
    if (!error) directories.insert(program.parent_path().string());
  }
  std::erase_if(directories, [](const std::string& one) {
    return one == "/" || one == "/usr" || one.starts_with("/usr/") || one == "/bin" || one == "/sbin";
  });
  return directories;
}

std::vector<std::string> outer_arguments(const std::string& bubblewrap, const EvaluatorProgram& program,
                                         const EvaluatorView& view) {
  // A user other than 0, since a sandbox within this one may not map that one again (user_namespaces(7)).
  std::vector<std::string> argv = {bubblewrap, "--unshare-user"};
  add(argv, {"--uid", "1000", "--gid", "1000", "--unshare-pid", "--unshare-ipc", "--unshare-uts"});
  add(argv, {"--unshare-cgroup-try", "--cap-drop", "ALL", "--proc", "/proc"});
  for (const char* directory : {"/tmp", "/dev/shm"}) add(argv, {"--size", kTemporaryBytes, "--tmpfs", directory});
  for (const std::string directory : {"/usr", "/bin", "/sbin", "/lib", "/lib64"}) {
    std::error_code error;
    const fs::path target = fs::read_symlink(directory, error);
    if (error) {
      add(argv, {"--ro-bind-try", directory, directory});
    } else {
      add(argv, {"--symlink", target.string(), directory});
    }
  }
  for (const char* device : {"/dev/null", "/dev/urandom"}) add(argv, {"--dev-bind", device, device});
  for (const std::string& directory : program_directories(view.search_path)) {
    add(argv, {"--ro-bind", directory, directory});
  }
  add(argv, {"--ro-bind", program.argv.front(), program.argv.front()});
  for (const fs::path& path : view.readable) add(argv, {"--ro-bind", path.string(), path.string()});
  for (const fs::path& path : view.writable) add(argv, {"--bind", path.string(), path.string()});
  if (!view.network) {
    argv.emplace_back("--unshare-net");
    return argv;
  }
  for (const char* path : {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/ssl",
                           "/etc/pki", "/etc/ca-certificates"}) {
    add(argv, {"--ro-bind-try", path, path});
  }
  return argv;
}

/// Whether a sandbox of rendering works within that one.
bool works(const std::vector<std::string>& outer, const std::string& bubblewrap, const std::string& search_path) {
  ProcessSpec inner;
  inner.argv = {bubblewrap, "--version"};
  inner.search_path = search_path;
  inner = towline::confined(std::move(inner), towline::Confinement::bubblewrap, {});
  ProcessSpec spec;
  spec.argv = outer;
  spec.argv.emplace_back("--");
  spec.argv.insert(spec.argv.end(), inner.argv.begin(), inner.argv.end());
  spec.new_session = true;
  spec.deadline = std::chrono::seconds(10);
  const auto output = run_process(spec);
  return output && output->exit_code == 0;
}

}  // namespace

std::optional<EvaluatorProgram> confined_evaluator(const EvaluatorProgram& program, const EvaluatorView& view) {
  const std::string bubblewrap = towline::confining_program(view.search_path);
  if (bubblewrap.empty()) return std::nullopt;
  EvaluatorProgram confined{outer_arguments(bubblewrap, program, view)};
  if (!works(confined.argv, bubblewrap, view.search_path)) return std::nullopt;
  confined.argv.emplace_back("--");
  confined.argv.insert(confined.argv.end(), program.argv.begin(), program.argv.end());
  return confined;
}

}  // namespace towline::evaluate
