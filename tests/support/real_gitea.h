#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "support/child_process.h"

namespace towline::test {

/// A real Gitea in a temporary directory, on a loopback port, built by tests/support/build-tools.sh.
///
/// It has the administrator "root-admin"; the users "alice", "bob", "carol" and the bot "towline"; the
/// organisation "acme" with the teams "writers" (alice, bob, towline: write access to every repository),
/// "payments" (alice, towline: no repository) and "auditors" (carol, towline: read access to every repository).
/// The bot's token has the least scopes that Towline documents; the people's have all.
class RealGitea {
 public:
  /// Where the binaries are, or nothing when they were not built.
  static std::optional<std::filesystem::path> tools();
  /// One for the whole test program, started at the first call. Null when the binaries are absent: then it has
  /// said so on standard error. Throws when they are required (TOWLINE_REQUIRE_REAL_TOOLS=1) or do not start.
  static RealGitea* shared();
  static Result<std::unique_ptr<RealGitea>> start(const std::filesystem::path& tools);

  const std::string& url() const { return url_; }  ///< "http://127.0.0.1:PORT"
  const Secret& token(const std::string& login) const { return tokens_.at(login); }
  /// A client with that user's token.
  HttpClient& as(const std::string& login) const { return *clients_.at(login); }

  /// Makes a repository of "acme" or of a user whose branch "main" has these files, in one commit by `author`.
  Result<CommitId> create_repository(const RepoName& repo, const std::map<std::string, std::string>& files,
                                     std::string_view author);
  Result<void> add_webhook(const RepoName& repo, const std::string& url, const Secret& secret);

  // What people do. A branch that does not exist is made from "main".
  Result<CommitId> commit(const RepoName& repo, std::string_view branch,
                          const std::map<std::string, std::optional<std::string>>& edits, std::string_view author,
                          std::string_view message);
  /// In the author's fork, which is made when there is none.
  Result<CommitId> commit_to_fork(const RepoName& repo, std::string_view branch,
                                  const std::map<std::string, std::optional<std::string>>& edits,
                                  std::string_view author, std::string_view message);
  Result<PullNumber> open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                               std::string_view title, std::string_view body);
  Result<std::int64_t> comment(const RepoName& repo, PullNumber number, std::string_view author, std::string_view body);
  Result<void> edit_comment(const RepoName& repo, std::int64_t id, std::string_view body);
  Result<void> review(const RepoName& repo, PullNumber number, std::string_view author, bool approve);
  Result<void> close_pull(const RepoName& repo, PullNumber number, std::string_view by);
  Result<void> reopen_pull(const RepoName& repo, PullNumber number, std::string_view by);

  /// One API request as that user, with `path` after "/api/v1"; an error for any status but 2xx.
  Result<Json> api(std::string_view login, std::string_view method, const std::string& path, const Json& body = {});

 private:
  RealGitea(TemporaryDirectory directory, std::filesystem::path tools)
      : directory_(std::move(directory)), tools_(std::move(tools)) {}
  Result<void> prepare();
  Result<std::string> command(const std::vector<std::string>& arguments) const;
  Result<void> listen();
  Result<void> write_configuration(int port) const;
  Result<void> add_user(const std::string& login, const Json& scopes);
  Result<void> add_organisation();
  Result<void> add_team(const std::string& name, const std::string& access, bool every_repository,
                        const std::vector<std::string>& members);
  Result<void> add_client(const std::string& login, Secret token);
  Result<Json> file_operations(const RepoName& repo, std::string_view branch,
                               const std::map<std::string, std::optional<std::string>>& edits, std::string_view author);

  TemporaryDirectory directory_;
  std::filesystem::path tools_;
  std::string url_;
  std::map<std::string, Secret> tokens_;
  std::map<std::string, std::unique_ptr<HttpClient>> clients_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace towline::test
