#include "program/bubblewrap.h"

#include <array>
#include <chrono>
#include <initializer_list>
#include <system_error>
#include <utility>

#include "program/landlock.h"

namespace towline {
namespace {

constexpr std::string_view kProgram = "bwrap";

/// What programs need to run; and what finding and trusting a host needs.
constexpr std::array<const char*, 4> kSystem = {"/usr", "/bin", "/lib", "/lib64"};
constexpr std::array<const char*, 5> kForNetwork = {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl",
                                                    "/etc/gai.conf"};

void add(std::vector<std::string>& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words.begin(), words.end());
}

/// Namespaces of everything, and no terminal (`new_session`); of the machine's files what programs need to run.
std::vector<std::string> base_arguments(const std::string& search_path) {
  std::vector<std::string> argv = {confining_program(search_path), "--unshare-all", "--die-with-parent", "--cap-drop",
                                   "ALL"};
  // What is mounted costs time: links stay links, and of the devices there are those that Go programs open.
  for (const std::string directory : kSystem) {
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(directory, error);
    if (error) {
      add(argv, {"--ro-bind-try", directory, directory});
    } else {
      add(argv, {"--symlink", target.string(), directory});
    }
  }
  for (const char* device : {"/dev/null", "/dev/urandom"}) add(argv, {"--dev-bind", device, device});
  add(argv, {"--tmpfs", "/tmp"});
  return argv;
}

/// The same files for Landlock, which cannot give a program a /tmp of its own.
FileAccess files_of(const ProcessSpec& spec, const SandboxView& view) {
  FileAccess access;
  access.programs.assign(kSystem.begin(), kSystem.end());
  access.programs.emplace_back(spec.argv[0]);
  access.readable = view.readable;
  access.readable.insert(access.readable.end(), {"/dev/urandom", "/etc/ld.so.cache"});
  access.writable = view.writable;
  access.writable.emplace_back("/dev/null");
  access.network = view.network;
  if (view.network) access.readable.insert(access.readable.end(), kForNetwork.begin(), kForNetwork.end());
  return access;
}

}  // namespace

std::string_view to_string(Confinement kind) {
  switch (kind) {
    case Confinement::bubblewrap:
      return "bubblewrap";
    case Confinement::seccomp:
      return landlock_version() > 0 ? "Landlock, seccomp and resource limits" : "seccomp and resource limits";
  }
  return "";
}

std::optional<Confinement> choose_confinement(ConfinementRule rule, const std::string& search_path) {
  if (rule == ConfinementRule::limits_only) return Confinement::seccomp;
  if (probe_sandbox(search_path) == Confinement::bubblewrap) return Confinement::bubblewrap;
  return std::nullopt;
}

std::string not_sandboxed(std::string_view program) {
  return std::string(program) +
         " was not run, because there is no working sandbox on the machine that runs Towline: install bubblewrap and "
         "let Towline's user make user namespaces, or set render.sandbox to limits-only in the server's configuration "
         "(--sandbox limits-only on the command line) to run it without a sandbox";
}

std::string limits_only_note() {
  return landlock_version() > 0 ? "Rendered without bubblewrap (render.sandbox: limits-only); Landlock alone keeps the "
                                  "files of the machine from the programs that render."
                                : "Rendered without a sandbox (render.sandbox: limits-only); the programs that render "
                                  "can read every file that Towline can read.";
}

std::string confining_program(const std::string& search_path) {
  // A search path for renderers need not have it.
  for (const std::string& path : {search_path, std::string("/usr/bin:/usr/local/bin")}) {
    const auto program = find_program(kProgram, path);
    if (!program.empty()) return program.string();
  }
  return "";
}

Confinement probe_sandbox(const std::string& search_path) {
  const std::string program = confining_program(search_path);
  if (program.empty()) return Confinement::seccomp;
  ProcessSpec spec;
  spec.argv = base_arguments(search_path);
  add(spec.argv, {"--ro-bind", program, program, program, "--version"});
  spec.search_path = search_path;
  spec.deadline = std::chrono::seconds(10);
  const auto output = run_process(spec);
  return output && output->exit_code == 0 ? Confinement::bubblewrap : Confinement::seccomp;
}

ProcessSpec confined(ProcessSpec spec, Confinement kind, const SandboxView& view) {
  if (kind == Confinement::seccomp) {
    spec.limits.no_sockets = !view.network;
    spec.files = files_of(spec, view);
    return spec;
  }
  std::vector<std::string> argv = base_arguments(spec.search_path);
  const std::string& program = spec.argv[0];
  add(argv, {"--ro-bind", program, program});
  for (const auto& path : view.readable) add(argv, {"--ro-bind", path.string(), path.string()});
  for (const auto& path : view.writable) add(argv, {"--bind", path.string(), path.string()});
  if (view.network) {
    argv.emplace_back("--share-net");
    for (const char* path : kForNetwork) add(argv, {"--ro-bind-try", path, path});
  }
  if (view.held) add(argv, {"--block-fd", std::to_string(HeldProcess::kHold)});
  if (!spec.directory.empty()) add(argv, {"--chdir", spec.directory.string()});
  argv.emplace_back("--");
  argv.insert(argv.end(), spec.argv.begin(), spec.argv.end());
  spec.argv = std::move(argv);
  // bubblewrap could make the session too, but where the kernel groups what it schedules by session, that is the moment
  // at which a program starts all over to wait for its turn.
  spec.new_session = true;
  return spec;
}

}  // namespace towline
