#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"

namespace towline::forge {

/// A forge in this process, on loopback: bare repositories on disk served by `git http-backend`, the subset
/// of Gitea's REST v1 that Towline uses with Gitea's status codes and messages, Gitea's webhooks over HTTP,
/// and pages for people. It is what `towline demo` and the tests talk to; state is in memory.
/// A user's commits carry the address "<login>@example.com". Thread-safe.
class Sandbox {
 public:
  /// The kind of forge that it behaves as.
  static constexpr std::string_view kKind = "gitea";

  struct User {
    std::string login;
    Secret token;
    bool writer = true;  ///< has write access to every repository (and may see its webhooks)
    bool bot = false;    ///< not offered as a speaker on the pages
  };
  struct Options {
    std::filesystem::path directory;  ///< for the repositories
    int port = 0;
    std::shared_ptr<Clock> clock;
    std::vector<User> users;
    std::map<std::string, std::vector<std::string>> teams;  ///< name -> logins, in every owner
    std::string demo_registry_hook;  ///< URL the page's "push image" button posts to; empty: no button
    Secret demo_registry_secret;
  };
  static Result<std::unique_ptr<Sandbox>> start(Options options);
  ~Sandbox();

  std::string url() const;  ///< "http://127.0.0.1:PORT"
  /// Where the page's "push image" button posts to, when that is known only after the start.
  void set_demo_registry(std::string hook, Secret secret);
  /// Makes a repository whose default branch "main" has these files.
  Result<CommitId> create_repository(const RepoName& repo, const std::map<std::string, std::string>& files,
                                     std::string_view author);
  void add_webhook(const RepoName& repo, std::string url, Secret secret);
  std::filesystem::path repository_path(const RepoName& repo) const;

  // What people do; each sends the webhooks that Gitea would.
  Result<CommitId> commit(const RepoName& repo, std::string_view branch,
                          const std::map<std::string, std::optional<std::string>>& edits, std::string_view author,
                          std::string_view message);
  /// The same in the author's fork: a branch that does not exist is made from the default branch.
  Result<CommitId> commit_to_fork(const RepoName& repo, std::string_view branch,
                                  const std::map<std::string, std::optional<std::string>>& edits,
                                  std::string_view author, std::string_view message);
  /// `head` is a branch, or "login:branch" of somebody's fork.
  Result<PullNumber> open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                               std::string_view title, std::string_view body);
  Result<std::int64_t> comment(const RepoName& repo, PullNumber number, std::string_view author, std::string_view body);
  Result<void> edit_comment(const RepoName& repo, std::int64_t id, std::string_view body);
  Result<void> review(const RepoName& repo, PullNumber number, std::string_view author, bool approve);
  Result<void> close_pull(const RepoName& repo, PullNumber number, std::string_view by);
  /// What the page's "push image" button does: tells the registry webhook of a new tag, with a digest made up
  /// from the name, and gives that digest. Errors: invalid, unavailable.
  Result<std::string> push_image(std::string_view image, std::string_view tag);
  /// Sends every webhook so far unsent and waits until all were answered.
  void flush_webhooks();

  /// Called with "METHOD /path" before an API request is handled; what it gives is answered instead.
  struct Fault {
    int status = 500;
    std::string body;
    bool after = false;  ///< answer it after the request has taken effect (a lost answer)
    bool hang = false;   ///< close the connection without an answer
  };
  void set_fault_hook(std::function<std::optional<Fault>(std::string_view request)> hook);

 private:
  struct State;
  explicit Sandbox(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace towline::forge
