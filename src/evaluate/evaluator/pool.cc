#include "evaluate/evaluator/pool.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "evaluate/evaluator/wire_types.h"

namespace towline::evaluate {

/// The place of one evaluator.
struct EvaluatorPool::Seat {
  bool busy = false;
  std::size_t used = 0;  ///< the turn at which it was free last
  std::string mirror;    ///< that it was asked about last
  std::unique_ptr<EvaluatorProcess> process;
  Counters counted;  ///< what the process had told of itself at its last answer
};

EvaluatorPool::EvaluatorPool(Options options) : options_(std::move(options)) {}
EvaluatorPool::~EvaluatorPool() = default;

std::shared_ptr<EvaluatorPool::Seat> EvaluatorPool::take(const std::string& mirror) {
  std::unique_lock lock(mutex_);
  const auto rank = [&](const std::shared_ptr<Seat>& seat) {
    return std::pair(seat->mirror != mirror, seat->mirror == mirror ? turn_ - seat->used : seat->used);
  };
  while (true) {
    std::shared_ptr<Seat> best;
    for (const auto& seat : seats_) {
      if (!seat->busy && (best == nullptr || rank(seat) < rank(best))) best = seat;
    }
    const bool knows = best != nullptr && best->mirror == mirror;
    if (!knows && seats_.size() < std::max<std::size_t>(1, options_.most)) {
      best = std::make_shared<Seat>();
      seats_.push_back(best);
    }
    if (best != nullptr) {
      best->busy = true;
      best->mirror = mirror;
      return best;
    }
    freed_.wait(lock);
  }
}

void EvaluatorPool::give_back(const std::shared_ptr<Seat>& seat) {
  {
    const std::lock_guard lock(mutex_);
    seat->busy = false;
    seat->used = ++turn_;
  }
  freed_.notify_one();
}

template <class Answer, class Question>
Result<Answer> EvaluatorPool::ask(MessageKind kind, const Question& question,
                                  const std::function<void(std::size_t)>& on_affected) {
  const std::shared_ptr<Seat> seat = take(question.mirror);
  struct Return {
    EvaluatorPool& pool;
    const std::shared_ptr<Seat>& seat;
    ~Return() { pool.give_back(seat); }
  } const at_the_end{*this, seat};
  if (seat->process == nullptr || !seat->process->usable()) {
    if (seat->process != nullptr) {
      const std::lock_guard lock(mutex_);
      ++counted_.restarts;
    }
    auto started = EvaluatorProcess::start(options_.program, options_.limits, options_.settings);
    const std::lock_guard lock(mutex_);
    seat->counted = {};
    seat->process = nullptr;
    if (!started) return tl::unexpected<Error>(std::move(started).error());
    seat->process = *std::move(started);
  }
  auto bytes = seat->process->ask(kind, encode(question), on_affected);
  if (!bytes) {
    if (!seat->process->usable()) {
      log::error(bytes.error().message, {{"mirror", question.mirror}, {"detail", bytes.error().detail}});
    }
    return tl::unexpected<Error>(std::move(bytes).error());
  }
  auto decoded = decode<std::pair<Answer, Counters>>(*bytes);
  const std::lock_guard lock(mutex_);
  if (!decoded) {
    // Whatever took it over shall not be asked again.
    seat->process.reset();
    ++counted_.restarts;
    return tl::unexpected<Error>(std::move(decoded).error());
  }
  auto& answer = *decoded;
  counted_.renders += answer.second.renders - std::min(answer.second.renders, seat->counted.renders);
  counted_.render_cache_hits +=
      answer.second.render_cache_hits - std::min(answer.second.render_cache_hits, seat->counted.render_cache_hits);
  seat->counted = answer.second;
  return std::move(answer.first);
}

Result<evaluate::Evaluation> EvaluatorPool::evaluate(const EvaluationQuestion& question,
                                                     const std::function<void(std::size_t)>& on_affected) {
  return ask<evaluate::Evaluation>(MessageKind::evaluate, question, on_affected);
}

Result<std::vector<evaluate::ServiceState>> EvaluatorPool::services(const ServicesQuestion& question) {
  return ask<std::vector<evaluate::ServiceState>>(MessageKind::services, question, {});
}

Result<std::vector<sites::ImageSite>> EvaluatorPool::sites(const SitesQuestion& question) {
  return ask<std::vector<sites::ImageSite>>(MessageKind::sites, question, {});
}

Result<std::vector<FileEdits>> EvaluatorPool::edits(const EditsQuestion& question) {
  return ask<std::vector<FileEdits>>(MessageKind::edits, question, {});
}

RepositoryReader::Counters EvaluatorPool::counters() const {
  const std::lock_guard lock(mutex_);
  return counted_;
}

std::vector<pid_t> EvaluatorPool::ids() const {
  const std::lock_guard lock(mutex_);
  std::vector<pid_t> ids;
  for (const auto& seat : seats_) {
    if (seat->process != nullptr && seat->process->usable()) ids.push_back(seat->process->id());
  }
  return ids;
}

}  // namespace towline::evaluate
