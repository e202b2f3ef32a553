#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/files.h"
#include "engine/engine.h"
#include "forge/forge.h"
#include "store/store.h"
#include "web/server.h"

namespace towline::test {

/// A forge with the sample infra repository, people, and the bot in this process; the same story is told on the sandbox
/// and on a real Gitea. "alice" and "bob" can write, "carol" cannot. Webhooks go over HTTP.
class Arena {
 public:
  using Files = std::map<std::string, std::optional<std::string>>;

  /// Of the kind "sandbox" or "gitea"; null when that cannot be had here. `extra` is added to the sample's files.
  static std::unique_ptr<Arena> open(std::string_view kind, const std::map<std::string, std::string>& extra = {});
  virtual ~Arena();

  /// From now on the forge tells the bot what happens. Until then pushes are not recorded.
  void connect();
  /// Called between the last look at the default branch and the merge.
  std::function<void()> before_merge;

  /// The installation's key, from the configuration.
  static Secret key() { return Secret(std::string(32, 'k')); }

  /// Forges keep whole seconds, and what happens in one has no order: goes on to a later one.
  virtual void later() = 0;
  // What people do, each in a later second than everything before it.
  virtual CommitId commit(std::string_view branch, const Files& edits, std::string_view author) = 0;
  virtual PullNumber open_pull(std::string_view author, std::string_view head, std::string_view base = "main") = 0;
  virtual void review(PullNumber number, std::string_view author, bool approve = true) = 0;
  virtual void say(PullNumber number, std::string_view author, std::string_view body) = 0;
  void retarget(PullNumber number, std::string_view author, std::string_view base);
  /// Pushes a commit by nobody known to a branch, which is made from "main" if there is none, by `git push`.
  CommitId push(std::string_view branch, const Files& edits, std::string_view author, std::string_view date = "");

  /// Works until it is so; false when it does not become so.
  virtual bool until(const std::function<bool()>& so) = 0;
  /// Works until what the report says contains the text.
  bool reports(PullNumber number, std::string_view text);

  forge::PullRequest pull(PullNumber number) const;
  std::string report(PullNumber number) const;
  std::optional<forge::CommitStatus> status(const CommitId& commit, std::string_view context) const;
  forge::Forge& bot() const { return *bot_; }
  /// The forge's API with that user's token.
  std::unique_ptr<forge::Forge> as(const std::string& login) const;
  engine::Engine& engine() { return *engine_; }
  store::Store& store() { return *store_; }
  const RepoName& repo() const { return repo_; }
  /// The bot starts again with an empty store; its key and mirrors stay. Webhooks of what happens meanwhile are lost.
  void lose_store(const std::function<void()>& meanwhile = {});
  /// The bot starts again as it was.
  void restart(const std::function<void()>& meanwhile = {});

 protected:
  struct Place {
    std::string kind;
    std::string url;
    RepoName repo;
    std::map<std::string, Secret> tokens;
    std::shared_ptr<Clock> clock;
  };
  Arena(Place place, TemporaryDirectory directory);
  virtual void add_webhook(const std::string& url) = 0;
  /// Returns once nothing that happened before is delivered any more.
  virtual void spend_webhooks() = 0;
  void start();
  void stop();

  RepoName repo_;

 private:
  Place place_;
  TemporaryDirectory directory_;
  config::ServerConfig config_;
  std::unique_ptr<forge::Forge> bot_;
  std::shared_ptr<store::Store> store_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<web::Server> server_;
};

}  // namespace towline::test
