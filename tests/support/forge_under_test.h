#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"
#include "forge/forge.h"

namespace towline::test {

/// A forge with people at it, so that one test tells the same story on the sandbox and on the real thing.
/// "alice", "bob" and the bot "towline" may write to every repository of "acme"; "carol" may only read and
/// comment. The team "payments" is alice and towline.
class ForgeUnderTest {
 public:
  virtual ~ForgeUnderTest() = default;

  virtual std::string url() const = 0;
  virtual Secret token(const std::string& login) const = 0;
  /// Towline's client, with that user's token.
  virtual std::unique_ptr<forge::Forge> client(const std::string& login) const = 0;

  virtual Result<CommitId> create_repository(const RepoName& repo, const std::map<std::string, std::string>& files,
                                             std::string_view author) = 0;
  virtual Result<void> add_webhook(const RepoName& repo, const std::string& url, const Secret& secret) = 0;
  virtual Result<CommitId> commit(const RepoName& repo, std::string_view branch,
                                  const std::map<std::string, std::optional<std::string>>& edits,
                                  std::string_view author, std::string_view message) = 0;
  /// In the author's fork of the repository, which is made when there is none.
  virtual Result<CommitId> commit_to_fork(const RepoName& repo, std::string_view branch,
                                          const std::map<std::string, std::optional<std::string>>& edits,
                                          std::string_view author, std::string_view message) = 0;
  /// `head` is a branch, or "login:branch" of somebody's fork.
  virtual Result<PullNumber> open_pull(const RepoName& repo, std::string_view author, std::string_view head,
                                       std::string_view title, std::string_view body) = 0;
  virtual Result<std::int64_t> comment(const RepoName& repo, PullNumber number, std::string_view author,
                                       std::string_view body) = 0;
  virtual Result<void> edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) = 0;
  virtual Result<void> review(const RepoName& repo, PullNumber number, std::string_view author, bool approve) = 0;
  virtual Result<void> close_pull(const RepoName& repo, PullNumber number, std::string_view by) = 0;
};

}  // namespace towline::test
