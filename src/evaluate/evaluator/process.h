#pragma once

#include <sys/types.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/evaluator_limits.h"
#include "evaluate/evaluator/frames.h"
#include "evaluate/evaluator/messages.h"

namespace towline::evaluate {

/// The program of evaluators. It gets a socket as descriptor 3 (kEvaluatorSocket), an empty environment, and nothing
/// else that this process has open.
struct EvaluatorProgram {
  std::vector<std::string> argv;  ///< a full path first
};

/// One evaluator, from the outside. Killed, with its process group, at the end of its life. For one thread at a time.
class EvaluatorProcess {
 public:
  static Result<std::unique_ptr<EvaluatorProcess>> start(const EvaluatorProgram& program,
                                                         const config::EvaluatorLimits& limits,
                                                         const EvaluatorSettings& settings);
  ~EvaluatorProcess();
  EvaluatorProcess(const EvaluatorProcess&) = delete;
  EvaluatorProcess& operator=(const EvaluatorProcess&) = delete;

  pid_t id() const { return id_; }
  /// Whether it runs and can be asked again.
  bool usable() const;

  /// The bytes of the answer. Errors: what the evaluator answers; timeout (it was too slow) and internal (it died, or
  /// what it wrote cannot be read): then it is not usable any more, and the detail has the end of its log.
  Result<std::string> ask(MessageKind kind, std::string_view question,
                          const std::function<void(std::size_t)>& on_affected);

 private:
  EvaluatorProcess(pid_t id, const config::EvaluatorLimits& limits) : id_(id), limits_(limits) {}
  tl::unexpected<Error> ended(const Error& cause);
  void drain_log();
  /// How it ended, as a clause: "it was killed by signal 11 (Segmentation fault)".
  std::string stop();

  std::atomic<pid_t> id_;
  config::EvaluatorLimits limits_;
  int socket_ = -1;
  int log_ = -1;
  int exit_ = -1;  ///< pidfd
  std::atomic<bool> broken_ = false;
  std::string log_tail_;
};

}  // namespace towline::evaluate
