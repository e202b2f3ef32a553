#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/server.h"
#include "forge/forge.h"
#include "forge/webhook.h"
#include "registry/receiver.h"
#include "store/store.h"

namespace towline::engine {

/// "pull:gitea/acme/infra#12" and "repo:gitea/acme/infra".
std::string pull_key(std::string_view forge, const RepoName& repo, PullNumber number);
std::string repo_key(std::string_view forge, const RepoName& repo);

/// For tests that crash or delay at a known place: called with "observed", "acting:<action>", "acted:<action>".
using Probe = std::function<void(std::string_view point)>;

struct Dependencies {
  config::ServerConfig config;
  std::shared_ptr<Clock> clock;
  std::shared_ptr<store::Store> store;
  /// By forge name; made from the configuration unless given.
  std::map<std::string, std::shared_ptr<forge::Forge>> forges;
  Probe probe;
  /// The program of evaluators, which read what is in repositories (evaluate::run_evaluator), with its arguments; none:
  /// this process reads them itself.
  std::vector<std::string> evaluator;
  /// A rendering that takes longer is told on the pull request; 0: each is.
  Duration say_rendering_after = std::chrono::seconds(10);
};

struct RunReport {
  std::vector<std::string> actions;  ///< described, in order
  std::vector<std::string> refusals;
};

/// Where images_pushed() has what the person who runs Towline says: it counts also if it may be old.
inline constexpr std::string_view kCommandLine = "command-line";

/// The loop: intake, claim, observe, decide, execute. Thread-safe.
class Engine {
 public:
  static Result<std::unique_ptr<Engine>> create(Dependencies dependencies);
  ~Engine();

  /// Durable when it returns; wakes a worker.
  Result<store::IntakeResult> forge_event(std::string_view forge, const forge::Delivery& delivery);
  /// An empty `delivery` is never a duplicate.
  Result<store::IntakeResult> images_pushed(std::string_view registry, std::string_view delivery,
                                            const std::vector<registry::ImagePushed>& images);

  /// The keys that sign the identity tokens of that registry's notifications, read anew when that one is unknown. Error
  /// unavailable: it is, and they cannot be read now.
  Result<registry::KeySet> token_keys(std::string_view registry, std::string_view key_id) const;
  TimePoint now() const;

  /// Starts the workers and the periodic resync; stop() takes no new work, and waits for what is running up to
  /// the deadline, then releases it.
  void start();
  /// False when something was still running at the deadline: its keys are released, and the process must end
  /// without destroying the engine.
  bool stop(Duration deadline);

  /// One pass over one key or everything, on the caller's thread (`towline reconcile`, tests).
  Result<RunReport> reconcile(std::string_view key);
  Result<RunReport> reconcile_all();
  /// Works off the queue on the caller's thread until nothing is due now.
  Result<void> drain();

  /// True once every repository has been observed once since start.
  bool ready() const;
  /// The full report page of a PR, once it has been looked at.
  Result<std::string> pull_page(std::string_view forge, const RepoName& repo, PullNumber number);

  struct Metrics {
    std::size_t reconciles = 0, failures = 0, actions = 0, queue = 0, renders = 0, render_cache_hits = 0;
  };
  Metrics metrics() const;

  /// What start-up says it will do: one line per repository and environment.
  Result<std::vector<std::string>> describe();

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace towline::engine
