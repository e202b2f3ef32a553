#include "evaluate/evaluator/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// glibc 2.36 forgets to say so itself.
extern "C" {
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "evaluate/evaluator/wire_types.h"
#include "program/spawn_limited.h"

namespace towline::evaluate {
namespace {

constexpr std::size_t kMostLogBytes = 4u << 10;
constexpr int kFirstFree = 10;  ///< descriptors below it are given to the child

/// A descriptor for the time of starting a process.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

int above_given(int descriptor) {
  const int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstFree);
  ::close(descriptor);
  return moved;
}

tl::unexpected<Error> cannot_start(const std::string& what) {
  return fail(ErrorKind::internal,
              "cannot start an evaluator: " + what + ": " + std::generic_category().message(errno));
}

/// Waits until it is gone, for so long.
bool wait_for_exit(int pidfd, int milliseconds) {
  pollfd watched{pidfd, POLLIN, 0};
  return ::poll(&watched, 1, milliseconds) > 0;
}

std::string signal_sentence(int signal) {
  if (signal == SIGXCPU) return "it computed for longer than limits.evaluator.processor_time allows";
  return "it was killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

}  // namespace

Result<std::unique_ptr<EvaluatorProcess>> EvaluatorProcess::start(const EvaluatorProgram& program,
                                                                  const config::EvaluatorLimits& limits,
                                                                  const EvaluatorSettings& settings) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return cannot_start("no socket");
  Descriptor ours(above_given(ends[0]));
  const Descriptor theirs(above_given(ends[1]));
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return cannot_start("no pipe");
  Descriptor log(above_given(ends[0]));
  const Descriptor log_writer(above_given(ends[1]));
  const Descriptor nothing(above_given(::open("/dev/null", O_RDWR | O_CLOEXEC)));
  for (const int one : {ours.get(), theirs.get(), log.get(), log_writer.get(), nothing.get()}) {
    if (one < 0) return cannot_start("no descriptor");
  }
  std::vector<std::string> arguments = program.argv;
  LimitedProgram limited{arguments.front().c_str(),
                         {},
                         {nullptr},
                         "/",
                         {nothing.get(), nothing.get(), log_writer.get(), theirs.get()},
                         true};
  for (std::string& argument : arguments) limited.arguments.push_back(argument.data());
  limited.arguments.push_back(nullptr);
  ProcessLimits held;
#ifndef __SANITIZE_ADDRESS__
  // AddressSanitizer's shadow memory counts as private memory: no limit would be large enough.
  held.memory_bytes = limits.memory;
#endif
  pid_t id = 0;
  if (const int error = spawn_limited(limited, held, id); error != 0) {
    errno = error;
    return cannot_start(program.argv.front());
  }
  std::unique_ptr<EvaluatorProcess> process(new EvaluatorProcess(id, limits));
  process->socket_ = ours.release();
  process->log_ = log.release();
  process->exit_ = ::pidfd_open(id, 0);
  if (process->exit_ < 0) return cannot_start("it cannot be watched");
  const auto told = send_frame(process->socket_, MessageKind::settings, encode(settings),
                               std::chrono::steady_clock::now() + limits.wall_time);
  if (!told) return process->ended(told.error());
  return process;
}

EvaluatorProcess::~EvaluatorProcess() {
  stop();
  for (const int descriptor : {socket_, log_, exit_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

bool EvaluatorProcess::usable() const { return !broken_ && id_ > 0 && !wait_for_exit(exit_, 0); }

std::string EvaluatorProcess::stop() {
  if (id_ <= 0) return "it had ended";
  const pid_t id = id_.exchange(0);
  ::kill(-id, SIGKILL);
  ::kill(id, SIGKILL);
  int status = 0;
  while (::waitpid(id, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int kSignalled = 128;  // as a sandbox before it tells the signal
  if (WIFSIGNALED(status)) return signal_sentence(WTERMSIG(status));
  const int code = WEXITSTATUS(status);
  if (code > kSignalled && code < kSignalled + NSIG) return signal_sentence(code - kSignalled);
  return "it ended with exit code " + std::to_string(code);
}

void EvaluatorProcess::drain_log() {
  std::array<char, 4096> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  ssize_t got = 0;
  // Bounded: it may write faster than this reads.
  for (int turn = 0; turn < 64 && (got = ::read(log_, chunk.data(), chunk.size())) > 0; ++turn) {
    log_tail_.append(chunk.data(), static_cast<std::size_t>(got));
  }
  if (log_tail_.size() > kMostLogBytes) log_tail_.erase(0, log_tail_.size() - kMostLogBytes);
}

tl::unexpected<Error> EvaluatorProcess::ended(const Error& cause) {
  broken_ = true;
  std::string what = cause.message;
  if (cause.kind == ErrorKind::timeout) {
    what = "it took longer than limits.evaluator.wall_time allows (" + format_duration(limits_.wall_time) + ")";
    stop();
  } else if (cause.kind == ErrorKind::unavailable) {
    // It closed its end: mostly because it is about to be gone, and then its own end is what is told.
    constexpr int kPatience = 2'000;
    wait_for_exit(exit_, kPatience);
    what = stop();
  } else {
    stop();
  }
  drain_log();
  return fail(cause.kind == ErrorKind::timeout ? ErrorKind::timeout : ErrorKind::internal,
              "the evaluator was lost: " + what, printable_utf8(log_tail_));
}

Result<std::string> EvaluatorProcess::ask(MessageKind kind, std::string_view question,
                                          const std::function<void(std::size_t)>& on_affected) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + limits_.wall_time;
  const auto sent = send_frame(socket_, kind, question, deadline);
  if (!sent && sent.error().kind == ErrorKind::invalid) return tl::unexpected<Error>(sent.error());
  if (!sent) return ended(sent.error());
  bool told = false;
  while (true) {
    auto frame = receive_frame(socket_, deadline);
    drain_log();
    if (!frame) return ended(frame.error());
    if (frame->kind == MessageKind::answer) return std::move(frame->bytes);
    if (frame->kind == MessageKind::failure) {
      auto failure = decode<Failure>(frame->bytes);
      if (!failure) return ended(failure.error());
      return fail(failure->kind, printable_utf8(failure->message), printable_utf8(failure->detail));
    }
    const auto count = decode<std::size_t>(frame->bytes);
    if (frame->kind != MessageKind::affected || told || !count) {
      return ended({ErrorKind::internal, "it wrote what is no answer", ""});
    }
    told = true;
    if (on_affected) on_affected(*count);
  }
}

}  // namespace towline::evaluate
