// An evaluator that misbehaves as its first argument says; for tests of the bot's side.
//   real        a true evaluator
//   trap        a true one, but for heads with a file "crash.me", "hang.me" or "compute.me"
//   others      see `misbehave`
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "evaluate/evaluator/frames.h"
#include "evaluate/evaluator/main.h"
#include "evaluate/evaluator/wire_types.h"
#include "git/repository.h"

extern char** environ;

#ifdef __SANITIZE_ADDRESS__
/// The tests compare how the process ends, so signals are left to the kernel.
extern "C" const char* __asan_default_options() { return "handle_segv=0:handle_abort=0:detect_leaks=0"; }
#endif

using namespace towline;
using namespace towline::evaluate;

namespace {

constexpr int kSocket = kEvaluatorSocket;

[[noreturn]] void compute() {
  const rlimit limit{1, 2};
  ::setrlimit(RLIMIT_CPU, &limit);
  for (std::atomic<unsigned> turn = 0;; ++turn) {
  }
}

void raw(std::string_view bytes) { static_cast<void>(!::write(kSocket, bytes.data(), bytes.size())); }

void answer_nothing() {
  Encoder answer;
  answer(std::vector<sites::ImageSite>(), RepositoryReader::Counters{1, 2, 0});
  static_cast<void>(send_frame(kSocket, MessageKind::answer, answer.take()));
}

/// Its environment, and what it has open, as an error.
void tell_surroundings() {
  std::string seen;
  for (char** one = environ; *one != nullptr; ++one) seen += std::string(*one) + "\n";
  std::size_t open = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    static_cast<void>(entry);
    ++open;
  }
  // One of them is the directory that is being read.
  const Failure failure{ErrorKind::invalid, "environment: " + seen + "; open: " + std::to_string(open - 1), ""};
  static_cast<void>(send_frame(kSocket, MessageKind::failure, encode(failure)));
}

int misbehave(const std::string& how) {
  static_cast<void>(receive_frame(kSocket));
  while (const auto question = receive_frame(kSocket)) {
    if (how == "answer") answer_nothing();
    if (how == "crash") ::raise(SIGSEGV);
    if (how == "exit") return 7;
    if (how == "hang") ::pause();
    if (how == "compute") compute();
    if (how == "allocate") std::vector<char>(std::size_t{8} << 30, 'x').swap(*new std::vector<char>());
    if (how == "rubbish") raw("HTTP/1.1 200 OK\r\n\r\n");
    if (how == "large") raw(std::string("\xff\xff\xff\xff\x07", 5));
    if (how == "flood") static_cast<void>(send_frame(kSocket, MessageKind::affected, encode(std::size_t{1})));
    if (how == "flood") static_cast<void>(send_frame(kSocket, MessageKind::affected, encode(std::size_t{1})));
    if (how == "lie") static_cast<void>(send_frame(kSocket, MessageKind::answer, "\xff\xff\xff\x7f"));
    if (how == "shout") {
      const std::string line(8'000, 'y');
      for (int i = 0; i < 1'000; ++i) static_cast<void>(!::write(2, line.data(), line.size()));
      answer_nothing();
    }
    if (how == "answer-and-die") {
      answer_nothing();
      return 0;
    }
    if (how == "surroundings") tell_surroundings();
  }
  return 0;
}

/// Does what a file's name in the head says.
void spring(const Frame& frame) {
  const auto question = decode<EvaluationQuestion>(frame.bytes);
  const auto repository = git::Repository::open(question->mirror);
  const auto has = [&](const char* name) {
    const auto entry = repository->entry(question->head, name);
    return entry && *entry;
  };
  if (has("crash.me")) ::raise(SIGSEGV);
  if (has("hang.me")) ::pause();
  if (has("compute.me")) compute();
}

/// Passes frames on to a true evaluator in this process.
int trap() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return 1;
  std::thread([theirs = ends[1]] { run_evaluator(theirs, kEvaluatorProtocol); }).detach();
  while (const auto frame = receive_frame(kSocket)) {
    if (frame->kind == MessageKind::evaluate) spring(*frame);
    if (!send_frame(ends[0], frame->kind, frame->bytes)) return 1;
    if (frame->kind == MessageKind::settings) continue;
    while (const auto reply = receive_frame(ends[0])) {
      if (!send_frame(kSocket, reply->kind, reply->bytes)) return 1;
      if (reply->kind != MessageKind::affected) break;
    }
  }
  ::_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string how = argv[1];
  if (how == "real") return run_evaluator(kSocket, kEvaluatorProtocol);
  if (how == "other-protocol") return run_evaluator(kSocket, "0");
  if (how == "trap") return trap();
  return misbehave(how);
}
