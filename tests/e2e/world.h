#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "engine/engine.h"
#include "forge/forge.h"
#include "forge/sandbox/sandbox.h"
#include "store/store.h"
#include "web/server.h"

namespace towline::test {

inline const RepoName kInfra{"acme", "infra"};
inline constexpr std::string_view kForgeSecret = "forge-secret";
inline constexpr std::string_view kImageSecret = "image-secret";
inline constexpr std::string_view kDigest = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";

/// The sample infra repository: path -> text.
std::map<std::string, std::string> sample_files();

/// A sandbox forge with the sample infra repository and its people: alice, bob (writers), carol (none), the
/// bot "towline". Its clock stands still until it is told to move.
struct Town {
  std::shared_ptr<ManualClock> clock;
  TemporaryDirectory directory;
  std::unique_ptr<forge::Sandbox> sandbox;

  static Town build(std::map<std::string, std::string> files = sample_files());
  /// The forge's API as the bot, or as somebody else.
  std::unique_ptr<forge::Forge> as_bot() const;
  std::unique_ptr<forge::Forge> as(const std::string& login) const;
  config::ServerConfig bot_config() const;

  std::string file(std::string_view path) const;              ///< on the default branch
  std::vector<forge::PullRequest> pulls() const;              ///< all, oldest first
  forge::PullRequest pull_on(std::string_view branch) const;  ///< the newest; fails the test when missing
  std::vector<forge::Comment> comments(PullNumber number) const;
  std::vector<forge::Comment> bot_comments(PullNumber number) const;
  std::optional<forge::CommitStatus> status(const CommitId& commit, std::string_view context) const;
  /// Somebody's comment, a second later than everything before it.
  std::int64_t say(PullNumber number, std::string_view author, std::string_view body) const;
};

/// A town with the bot in this process: real webhooks over HTTP, the queue worked off on the test's thread.
class World {
 public:
  using Configure = std::function<void(config::ServerConfig&)>;
  explicit World(std::map<std::string, std::string> files = sample_files(), engine::Probe probe = {},
                 Duration say_rendering_after = std::chrono::hours(1), const Configure& configure = {},
                 std::vector<std::string> evaluator = {});
  ~World();

  Town& town() { return town_; }
  const Town& town() const { return town_; }
  engine::Engine& engine() { return *engine_; }
  store::Store& store() { return *store_; }
  std::string bot_url() const;
  /// A signed webhook of the registry; fails the test unless it is accepted.
  void push_image(std::string_view name, std::string_view tag, std::string_view digest = "");
  /// The bot ends: webhooks are lost until it starts again.
  void stop();
  /// It starts on the same port, with its store or without it; settle() then looks at everything.
  enum class Records { kept, lost };
  void start(Records records = Records::kept);
  /// Works until nothing is left to do: webhooks delivered, queue empty; the clock moves to what is due within
  /// the next hour.
  void settle();
  /// Works off what is due now, without moving the clock.
  void work();

 private:
  void run();

  Town town_;
  config::ServerConfig config_;
  engine::Probe probe_;
  Duration say_rendering_after_;
  std::vector<std::string> evaluator_;
  std::shared_ptr<store::Store> store_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<web::Server> server_;
};

}  // namespace towline::test
