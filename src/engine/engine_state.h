#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "engine/execute.h"
#include "engine/image_interests.h"
#include "engine/infra_repository.h"
#include "engine/observe.h"
#include "engine/registries.h"
#include "evaluate/repository_reader.h"
#include "report/report.h"

namespace towline::engine {

struct Engine::State {
  Dependencies dependencies;
  report::Templates templates;
  std::unique_ptr<evaluate::RepositoryReader> reader;
  EvaluationCache evaluations;
  Secret installation_key;
  std::map<std::string, std::unique_ptr<InfraRepository>> workspaces;  ///< by "forge/owner/name"
  std::unique_ptr<Registries> registries;
  ImageInterests interests;

  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable idle;
  bool stopping = false;
  bool resyncing = false;
  std::uint64_t pokes = 0;  ///< counts reasons to look at the queue again
  std::map<std::string, store::Claim> running;
  std::vector<std::thread> threads;
  std::set<std::string> observed;        ///< repositories looked at since start
  std::set<image::ImageName> looked_at;  ///< images whose registry is asked and that are looked at since start

  std::atomic<std::size_t> reconciles{0};
  std::atomic<std::size_t> failures{0};
  std::atomic<std::size_t> actions{0};

  InfraRepository* find_repository(std::string_view forge, const RepoName& repo) const;
  Observer observer();
  Executor executor();
  ShownLedger shown_ledger();
  void poke();

  /// One pass over one key: observe, decide, execute. `again` is when to look next.
  struct Pass {
    RunReport report;
    std::vector<std::string> due;
    std::optional<TimePoint> again;
  };
  Result<void> pass(std::string_view key, Pass& pass);
  /// An exception of a library is a failed pass, not the end of the process.
  Result<void> pass_without_exceptions(std::string_view key, Pass& pass);
  Result<void> pass_repo(InfraRepository& workspace, Pass& pass);
  /// Says on the pull request that it is being rendered; a failure is logged.
  void tell_rendering(InfraRepository& workspace, git::Repository& mirror, const decide::PullSnapshot& meanwhile,
                      Pass& pass);
  Result<void> pass_image(const image::ImageName& name, Pass& pass);
  /// Images of registries that are asked, and that nobody looked at yet.
  std::vector<std::string> new_image_keys();
  std::vector<std::string> repo_keys() const;
  /// Looks at the images that something was announced of, and at those that are new.
  Result<void> reconcile_images();
  Result<void> pass_pull(InfraRepository& workspace, PullNumber number, Pass& pass);
  /// Claims, passes, and finishes one key; false when none was due.
  Result<bool> work_once();
  void work();
  Result<std::vector<std::string>> unchecked_merges(InfraRepository& workspace);
  void resync();
  void resync_once();
};

}  // namespace towline::engine
