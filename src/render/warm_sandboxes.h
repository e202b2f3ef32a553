#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "program/process.h"
#include "render/workspace.h"

namespace towline::render {

/// An empty workspace, and a program that stands before it in its sandbox, ready to run.
struct WarmSandbox {
  Workspace workspace;
  HeldProcess program;
  std::string identity;  ///< of the program (`program_identity`) as it was when it was started
};

/// Sandboxes made ahead of the renders that use them: making one costs a quarter of a small render. Each is used for
/// one render and then thrown away, workspace and all. There are none before the first render, and never more than
/// `most` that stand by. Thread-safe.
class WarmSandboxes {
 public:
  using Make = std::function<Result<WarmSandbox>()>;
  WarmSandboxes(std::size_t most, Make make);
  /// Ends those that stand by.
  ~WarmSandboxes();
  WarmSandboxes(const WarmSandboxes&) = delete;
  WarmSandboxes& operator=(const WarmSandboxes&) = delete;

  /// One that stands and whose program is still the same; nullopt when there is none.
  std::optional<WarmSandbox> take(const std::string& identity);
  /// After each render, with what it used: removes that, and makes up the number, both on another thread.
  void finished(Workspace used);

  std::size_t standing() const;
  std::size_t taken() const;  ///< since the beginning

 private:
  void work();
  /// What is to be removed; waits for something to do. False: it is the end.
  bool next(std::vector<Workspace>& used, std::size_t& missing);

  const std::size_t most_;
  const Make make_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<WarmSandbox> standing_;
  std::vector<Workspace> used_;
  std::size_t taken_ = 0;
  bool asked_ = false;
  bool stopping_ = false;
  std::thread worker_;  ///< starts them all: the kernel ends them when the thread that did is gone
};

}  // namespace towline::render
