#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "evaluate/evaluator/process.h"
#include "evaluate/repository_reader.h"

namespace towline::evaluate {

/// Asks evaluators, each a process without credentials that answers one question at a time and keeps what it knows of
/// the repositories it was asked about. A question goes to a free evaluator that was asked about that repository last,
/// else to a new one while there are fewer than `most`, else to the one that is free for longest. One that died is
/// replaced at the next question; the question that it died of is answered with an error.
class EvaluatorPool final : public RepositoryReader {
 public:
  struct Options {
    EvaluatorProgram program;
    config::EvaluatorLimits limits;
    EvaluatorSettings settings;
    std::size_t most = 4;
  };
  explicit EvaluatorPool(Options options);
  ~EvaluatorPool() override;

  Result<evaluate::Evaluation> evaluate(const EvaluationQuestion& question,
                                        const std::function<void(std::size_t)>& on_affected) override;
  Result<std::vector<evaluate::ServiceState>> services(const ServicesQuestion& question) override;
  Result<std::vector<sites::ImageSite>> sites(const SitesQuestion& question) override;
  Result<std::vector<FileEdits>> edits(const EditsQuestion& question) override;
  Counters counters() const override;

  /// Of those that run now.
  std::vector<pid_t> ids() const;

 private:
  struct Seat;
  std::shared_ptr<Seat> take(const std::string& mirror);
  void give_back(const std::shared_ptr<Seat>& seat);
  template <class Answer, class Question>
  Result<Answer> ask(MessageKind kind, const Question& question, const std::function<void(std::size_t)>& on_affected);

  const Options options_;
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::shared_ptr<Seat>> seats_;
  std::size_t turn_ = 0;
  Counters counted_;
};

}  // namespace towline::evaluate
