#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace towline::test {

/// A program that runs beside the test, in a process group of its own. It is killed, with its group, at the
/// end of this object's life or of the thread that started it, whichever comes first.
class ChildProcess {
 public:
  struct Spec {
    std::vector<std::string> argv;  ///< argv[0] is a path
    std::vector<std::pair<std::string, std::string>> environment;
    std::filesystem::path directory;
    std::filesystem::path log;  ///< standard output and error, appended
  };
  static Result<std::unique_ptr<ChildProcess>> start(const Spec& spec);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  pid_t pid() const { return pid_; }
  /// Whether it still runs; collects its exit status when it does not.
  bool running();
  /// Sends the signal to the process, not to its group.
  void signal(int number) const;
  /// Exit code, or 128 + signal; meaningful once it no longer runs.
  int exit_code() const { return exit_code_; }

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}
  pid_t pid_;
  bool collected_ = false;
  int exit_code_ = -1;
};

/// A port of 127.0.0.1 that nobody listened on a moment ago.
Result<int> free_port();

}  // namespace towline::test
