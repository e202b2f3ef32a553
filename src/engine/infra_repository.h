#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/repository.h"
#include "config/server.h"
#include "evaluate/repository_reader.h"
#include "forge/forge.h"
#include "git/repository.h"
#include "git/transport.h"
#include "store/store.h"

namespace towline::engine {

/// The configuration in force at a commit of the default branch.
struct ConfigInForce {
  config::RepoConfig config;
  std::optional<std::string> error;  ///< the file there is broken; `config` is the last good one
  std::string identity;              ///< equal when the configuration is the same
  evaluate::ConfigSource source;     ///< what `config` was read from
};

/// One infra repository: its forge, its mirror and what is remembered of it. Thread-safe.
class InfraRepository {
 public:
  struct Parts {
    std::string forge_name;
    RepoName repo;
    std::shared_ptr<forge::Forge> forge;
    std::string url;  ///< of the forge, as configured: the only place the token is sent to
    Secret token;
    std::filesystem::path mirror;
    std::shared_ptr<Clock> clock;
    std::shared_ptr<store::Store> store;
    evaluate::RepositoryReader* reader = nullptr;  ///< must outlive it
  };
  explicit InfraRepository(Parts parts);

  const std::string& forge_name() const { return parts_.forge_name; }
  const RepoName& repo() const { return parts_.repo; }
  forge::Forge& forge() const { return *parts_.forge; }

  /// What the forge says of the repository, and the bot's login there; asked once an hour.
  struct Facts {
    forge::Repo repo;
    std::string bot;
  };
  Result<Facts> facts();

  /// A handle on the mirror for this thread; the mirror is made when missing.
  Result<git::Repository> open();
  /// Makes sure that the mirror has the commit; fetches the references that lead to it only when it has not.
  /// Error conflict: the forge does not have it (any more) under these references.
  Result<void> ensure(const git::Repository& repository, const CommitId& commit, const std::vector<std::string>& refs);
  Result<git::Remote> remote();
  /// Keeps the mirror small; for the periodic resync.
  Result<void> tidy();

  Result<ConfigInForce> config_at(const git::Repository& repository, const CommitId& commit);
  /// Services with their image sites at a commit of the default branch; remembered for the last one asked.
  Result<std::shared_ptr<const std::vector<evaluate::ServiceState>>> services_at(const git::Repository& repository,
                                                                                 const CommitId& commit,
                                                                                 const ConfigInForce& config);
  /// The image sites below a directory; remembered by its tree.
  Result<std::shared_ptr<const std::vector<sites::ImageSite>>> sites_below(const git::Repository& repository,
                                                                           const CommitId& commit,
                                                                           const std::string& directory);
  /// The new contents of the files below a directory that make them say the new images. The reader names spans of
  /// existing files and short texts for them, which is checked. Error conflict: none of the images is there.
  Result<std::vector<git::PathEdit>> edits(const git::Repository& repository, const CommitId& base,
                                           const std::string& directory,
                                           const std::vector<evaluate::ImageChange>& images);

  /// The tip of the default branch at the last look, and whether this one differs; for noticing that every
  /// pull request must be looked at again.
  bool base_differs(const CommitId& base) const;
  void remember_base(const CommitId& base);

  /// Keeps when the commit was first seen as the tip of the default branch.
  Result<void> note_tip(const CommitId& tip);
  /// Since when the commit of the default branch is there: when the forge merged it, or else when it, or a commit above
  /// it, was first seen; `above` are those up to the tip, the nearest first. Never by what the commit says of itself.
  Result<TimePoint> there_since(const git::Commit& commit, const std::vector<CommitId>& above);

  /// The turn to merge into a branch: held from the last look at its tip until the forge has answered, so that two
  /// merges by this process cannot meet. `waits` is called first when another merge has it.
  std::unique_lock<std::mutex> merge_turn(const std::string& branch, const std::function<void()>& waits);
  /// The pull request whose merge into the branch the forge did not answer in the last two minutes, and may still do.
  void set_unanswered_merge(const std::string& branch, std::optional<PullNumber> pull);
  std::optional<PullNumber> unanswered_merge(const std::string& branch) const;

  /// What the bot's branches change, by head commit.
  std::optional<std::vector<evaluate::ImageChange>> known_branch_images(const CommitId& head) const;
  void remember_branch_images(const CommitId& head, std::vector<evaluate::ImageChange> images);

  /// Which pull request a commit is the head of, as far as looked at; statuses name only the commit.
  void remember_head(const CommitId& head, PullNumber pull);
  std::optional<PullNumber> pull_with_head(const CommitId& head) const;

  /// A merge that the forge refused for a reason of its own, until something is said about the pull request.
  void remember_refusal(PullNumber pull, std::string reason);
  std::optional<std::string> refusal(PullNumber pull) const;
  void forget_refusal(PullNumber pull);
  /// A merge that failed for a reason that may pass. Once it has failed several times for over a minute, that is a
  /// refusal too; true then. `branch` is where it is merged to.
  bool note_failed_merge(PullNumber pull, const std::string& branch, const std::string& reason);

 private:
  Result<std::optional<TimePoint>> first_seen(const CommitId& commit);
  Result<void> keep_first_seen(const CommitId& commit, TimePoint at);
  Result<std::optional<TimePoint>> merged_at(const git::Commit& commit);
  Result<std::optional<ConfigInForce>> last_good_config(const git::Repository& repository, const CommitId& commit);

  Parts parts_;
  std::mutex fetch_mutex_;
  mutable std::mutex mutex_;
  std::optional<Facts> facts_;
  TimePoint facts_at_{};
  CommitId base_;
  std::map<std::string, ConfigInForce> configs_;  ///< by blob id of the file, "" when there is none
  std::string services_identity_;
  std::shared_ptr<const std::vector<evaluate::ServiceState>> services_;
  std::map<std::pair<TreeId, std::string>, std::shared_ptr<const std::vector<sites::ImageSite>>> sites_;
  std::map<CommitId, std::vector<evaluate::ImageChange>> branch_images_;
  std::map<CommitId, PullNumber> heads_;
  struct Refusal {
    std::string reason;
    TimePoint at;
  };
  std::map<PullNumber, Refusal> refusals_;
  struct FailedMerges {
    TimePoint since;
    std::size_t count = 0;
  };
  std::map<PullNumber, FailedMerges> failed_merges_;
  std::map<std::string, std::mutex> merge_turns_;  ///< by branch
  struct Unanswered {
    PullNumber pull;
    TimePoint at;
  };
  std::map<std::string, Unanswered> unanswered_;  ///< by branch
};

}  // namespace towline::engine
