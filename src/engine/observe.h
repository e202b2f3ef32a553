#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "decide/snapshot.h"
#include "engine/infra_repository.h"
#include "engine/registries.h"
#include "engine/shown_ledger.h"
#include "evaluate/repository_reader.h"
#include "store/store.h"

namespace towline::engine {

/// Evaluations by (base, head, configuration), so that a comment does not render anything again; and those that could
/// not be made, so that what crashes an evaluator does not do so at every look. Thread-safe.
class EvaluationCache {
 public:
  std::shared_ptr<const evaluate::Evaluation> find(const std::string& key) const;
  void put(const std::string& key, std::shared_ptr<const evaluate::Evaluation> evaluation);

  /// Why it could not be made lately; nullopt: try it.
  std::optional<Error> failure(const std::string& key, TimePoint now) const;
  /// When an evaluation of that head is tried again, if one could not be made.
  std::optional<TimePoint> next_try(const CommitId& head) const;
  /// The next try is a minute later, then twice as much each time, at most two hours.
  void remember_failure(const std::string& key, const CommitId& head, Error error, TimePoint now);

 private:
  struct Failure {
    CommitId head;
    Error error;
    TimePoint until;
    std::size_t times = 0;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<const evaluate::Evaluation>> entries_;
  std::unordered_map<std::string, Failure> failures_;
};

struct Observer {
  store::Store& store;
  evaluate::RepositoryReader& reader;
  EvaluationCache& evaluations;
  std::string public_url;
  std::string bot_email;  ///< what the bot's commits carry
  Duration patience;      ///< with an evaluation, before `rendering_takes_long` is called
  /// Tells that there is no evaluation yet (PullSnapshot::rendering); called at most once for a pull request, while it
  /// is being made. What it does on the forge is observed again afterwards.
  std::function<void(const decide::PullSnapshot&)> rendering_takes_long;
  const Registries& registries;
  ShownLedger ledger;
  const Clock& clock;
  Secret seal_key;  ///< own_comments.h
};

/// Everything that bears on the repository's own bumps.
Result<decide::RepoSnapshot> observe_repo(const Observer& observer, InfraRepository& workspace,
                                          git::Repository& mirror);

/// Everything that bears on one pull request. nullopt when it is not to the default branch.
Result<std::optional<decide::PullSnapshot>> observe_pull(const Observer& observer, InfraRepository& workspace,
                                                         git::Repository& mirror, PullNumber number);

/// "<public_url>/pulls/<forge>/<owner>/<repo>/<n>"
std::string report_url(std::string_view public_url, std::string_view forge, const RepoName& repo, PullNumber number);

/// How the bot's PR says that it was the bot who closed it; hidden in its description.
inline constexpr std::string_view kClosedByBotMarker = "<!-- towline:closed -->";

}  // namespace towline::engine
