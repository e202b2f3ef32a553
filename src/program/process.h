#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace towline {

/// What the kernel holds a program and its children to, beyond deadline and output.
struct ProcessLimits {
  std::size_t memory_bytes = 0;  ///< private memory of each process; 0: no limit
  std::size_t file_bytes = 0;    ///< of each file it writes; 0: no limit
  std::size_t cpu_seconds = 0;   ///< that each process may compute, on all processors together; 0: no limit
  std::size_t open_files = 0;    ///< of each process at the same time; 0: no limit
  bool no_sockets = false;       ///< a seccomp filter that leaves only sockets within the machine (AF_UNIX)
  bool operator==(const ProcessLimits&) const = default;
};

/// The files that a program may use, where the kernel has Landlock; all others are closed to it.
struct FileAccess {
  std::vector<std::filesystem::path> programs;  ///< files and directories that are read and run
  std::vector<std::filesystem::path> readable;
  std::vector<std::filesystem::path> writable;
  bool network = false;  ///< whether it may use TCP ports
};

/// One run of an external program. No shell; the environment is only what is named here.
struct ProcessSpec {
  std::vector<std::string> argv;  ///< argv[0] is looked up in `search_path` unless it has a '/'
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::pair<std::string, Secret>> secret_environment;
  std::filesystem::path directory;  ///< empty: the current one
  bool new_session = false;         ///< without the terminal that this process may have
  std::string standard_input;
  std::chrono::milliseconds deadline{60'000};  ///< then the whole process group is killed
  std::size_t max_output_bytes = 64u << 20;    ///< of stdout; stderr keeps its last 64 KiB
  std::string search_path = "/usr/local/bin:/usr/bin:/bin";
  ProcessLimits limits;
  std::optional<FileAccess> files;  ///< absent: all that this process may use
};

struct ProcessOutput {
  int exit_code = 0;  ///< 128 + signal when killed by a signal
  std::string standard_output;
  std::string standard_error;
};

/// Runs it to its end. Errors: not_found (no such program, says where it was looked for), timeout
/// (deadline), invalid (too much output), internal. A non-zero exit code is not an error here.
Result<ProcessOutput> run_process(const ProcessSpec& spec);

/// A program that was started ahead of its use. It is to wait until it reads a byte from the descriptor `kHold`, and to
/// close that before it does anything else. Killed, with its group, at the end of its life.
class HeldProcess {
 public:
  static constexpr int kHold = 3;

  /// The deadline of the run begins with `go`. Errors: as of run_process.
  static Result<HeldProcess> start(const ProcessSpec& spec);
  HeldProcess(HeldProcess&&) noexcept;
  HeldProcess& operator=(HeldProcess&&) noexcept;
  ~HeldProcess();

  /// Whether it still waits.
  bool stands() const;
  /// Lets it run to its end; once. Errors: as of run_process, and unavailable: it ended before.
  Result<ProcessOutput> go();

 private:
  struct State;
  explicit HeldProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The program's full path, or nothing. `search_path` as in PATH.
std::filesystem::path find_program(std::string_view name, std::string_view search_path);

}  // namespace towline
