#include "evaluate/evaluator/main.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <exception>
#include <new>
#include <thread>

#include "evaluate/evaluator/frames.h"
#include "evaluate/evaluator/wire_types.h"
#include "evaluate/local_reader.h"

namespace towline::evaluate {
namespace {

constexpr int kDone = 0;
constexpr int kBroken = 3;

/// Ends the process when the bot is gone, also in the middle of a question.
void end_with_the_bot(int socket) {
  std::thread([socket] {
    pollfd watched{socket, POLLRDHUP, 0};
    while (::poll(&watched, 1, -1) < 0) {
    }
    ::_exit(kDone);
  }).detach();
}

/// From now on the process may compute for so long; then the kernel ends it.
void allow_processor_time(std::uint64_t milliseconds) {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  const auto seconds = static_cast<rlim_t>(used.tv_sec) + 1 + static_cast<rlim_t>((milliseconds + 999) / 1000);
  rlimit limit{};
  ::getrlimit(RLIMIT_CPU, &limit);
  limit.rlim_cur = seconds;
  ::setrlimit(RLIMIT_CPU, &limit);
}

render::Renderer::Options renderer_options(const EvaluatorSettings& settings) {
  constexpr std::size_t kWarmSandboxes = 2;
  render::Renderer::Options options;
  if (!settings.search_path.empty()) options.search_path = settings.search_path;
  options.kube_version = settings.kube_version;
  options.api_versions = settings.api_versions;
  options.chart_cache = settings.chart_cache;
  options.allowed_hosts = settings.allowed_hosts;
  options.disk_cache = settings.disk_cache;
  options.sandbox = settings.sandbox;
  options.warm_sandboxes = kWarmSandboxes;
  options.limits.max_memory_bytes = settings.program_memory;
  return options;
}

class Evaluator {
 public:
  Evaluator(int socket, EvaluatorSettings settings)
      : socket_(socket),
        settings_(std::move(settings)),
        reader_(renderer_options(settings_), Secret(settings_.masking_key), MergedBlobs::beside_it) {}

  /// Until the bot is gone.
  int run() {
    while (true) {
      const auto frame = receive_frame(socket_);
      if (!frame) return frame.error().kind == ErrorKind::unavailable ? kDone : kBroken;
      allow_processor_time(settings_.processor_milliseconds);
      if (!answer(*frame)) return kBroken;
    }
  }

 private:
  Result<void> answer(const Frame& frame) {
    switch (frame.kind) {
      case MessageKind::evaluate:
        return reply<EvaluationQuestion>(frame, [this](const EvaluationQuestion& question) {
          return reader_.evaluate(question, [this](std::size_t count) {
            static_cast<void>(send_frame(socket_, MessageKind::affected, encode(count)));
          });
        });
      case MessageKind::services:
        return reply<ServicesQuestion>(frame, [this](const auto& question) { return reader_.services(question); });
      case MessageKind::sites:
        return reply<SitesQuestion>(frame, [this](const auto& question) { return reader_.sites(question); });
      case MessageKind::edits:
        return reply<EditsQuestion>(frame, [this](const auto& question) { return reader_.edits(question); });
      default:
        return fail(ErrorKind::internal, "no question");
    }
  }

  template <class Question, class Read>
  Result<void> reply(const Frame& frame, const Read& read) {
    TRY(const Question question, decode<Question>(frame.bytes));
    try {
      const auto found = read(question);
      if (!found) return send_failure({found.error().kind, found.error().message, found.error().detail});
      Encoder answer;
      answer(*found, reader_.counters());
      auto sent = send_frame(socket_, MessageKind::answer, answer.take());
      if (sent || sent.error().kind != ErrorKind::invalid) return sent;
      return send_failure({ErrorKind::invalid, sent.error().message, ""});
    } catch (const std::bad_alloc&) {
      // The heap may be in pieces: a new process is better.
      CHECK_OK(send_failure({ErrorKind::internal, "it takes more memory than limits.evaluator.memory allows", ""}));
      return fail(ErrorKind::internal, "out of memory");
    } catch (const std::exception& problem) {
      return send_failure({ErrorKind::internal, "an unexpected failure: " + std::string(problem.what()), ""});
    }
  }

  Result<void> send_failure(const Failure& failure) {
    return send_frame(socket_, MessageKind::failure, encode(failure));
  }

  int socket_;
  EvaluatorSettings settings_;
  LocalReader reader_;
};

}  // namespace

int run_evaluator(int socket, std::string_view protocol) {
  // What it reads may be another customer's: no other process of this user may look into it.
#ifndef __SANITIZE_ADDRESS__
  // LeakSanitizer traces the process at its end, which this would forbid.
  ::prctl(PR_SET_DUMPABLE, 0);
#endif
  const auto first = receive_frame(socket);
  if (!first || first->kind != MessageKind::settings) return kBroken;
  auto settings = decode<EvaluatorSettings>(first->bytes);
  if (!settings || settings->protocol != protocol) return kBroken;
  if (!settings->temporary.empty()) ::setenv("TMPDIR", settings->temporary.c_str(), 1);
  end_with_the_bot(socket);
  return Evaluator(socket, *std::move(settings)).run();
}

}  // namespace towline::evaluate
