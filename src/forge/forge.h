#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"
#include "forge/types.h"
#include "net/http_client.h"

namespace towline::forge {

struct NewPull {
  std::string head_branch;
  std::string base_branch;
  std::string title;
  std::string body;
};

struct MergeRequest {
  PullNumber number;
  CommitId head;  ///< merge only if this is still the head
  std::string title;
  std::string message;  ///< body of the merge commit, with trailers
  bool delete_branch = true;
};

/// How a merge attempt ended, beside success.
/// conflict: the head changed, or the base moved: observe again.
/// unavailable: "Please try again later", 5xx, mergeability still being computed: the same call may work soon.
/// timeout: no answer came, also to a proxy (502, 504); the forge may still merge.
/// forbidden/invalid: it will not work; the sentence says why.

/// A push as the forge's activity feed reports it.
struct RecentPush {
  std::string branch;
  CommitId before;  ///< a commit below what the push brought; `after` itself when the feed reports none
  CommitId after;
  std::string sender;  ///< login
};

/// A code host as one repository's bot sees it. Every call is one or more HTTP requests under a deadline.
/// Errors: not_found, forbidden (the sentence names the right that is missing), unavailable (with
/// retry_after), timeout, conflict, invalid. Thread-safe.
class Forge {
 public:
  virtual ~Forge() = default;

  /// Login of the account the token belongs to.
  virtual Result<std::string> whoami() = 0;
  virtual Result<Repo> repo(const RepoName& repo) = 0;
  virtual Result<Branch> branch(const RepoName& repo, std::string_view name) = 0;

  virtual Result<PullRequest> pull(const RepoName& repo, PullNumber number) = 0;
  /// Every open one, oldest first.
  virtual Result<std::vector<PullRequest>> open_pulls(const RepoName& repo) = 0;
  /// The most recently updated closed ones, newest first, at most `limit` (<= 50).
  virtual Result<std::vector<PullRequest>> closed_pulls(const RepoName& repo, std::size_t limit) = 0;
  /// Error conflict: one for the same head and base is open already.
  virtual Result<PullRequest> open_pull(const RepoName& repo, const NewPull& pull) = 0;
  virtual Result<void> edit_pull(const RepoName& repo, PullNumber number, std::string_view title,
                                 std::string_view body) = 0;
  virtual Result<void> close_pull(const RepoName& repo, PullNumber number) = 0;
  virtual Result<void> delete_branch(const RepoName& repo, std::string_view branch) = 0;
  /// Gives the merge commit. Errors as told above.
  virtual Result<CommitId> merge(const RepoName& repo, const MergeRequest& request) = 0;
  /// Logins of the authors and committers of the PR's commits, where the forge knows them, and of those who pushed
  /// to it.
  virtual Result<std::set<std::string>> commit_authors(const RepoName& repo, PullNumber number) = 0;
  /// Oldest first. A head holds from its event until the next one; before the first event, and from an event
  /// with an empty commit on, the forge does not tell what the head was.
  virtual Result<std::vector<HeadEvent>> head_events(const RepoName& repo, PullNumber number) = 0;

  /// Pushes by anyone to any branch, in no certain order, from the latest 200 entries of the activity feed. Entries
  /// appear a moment after the push; those of users who hide their activity are missing.
  virtual Result<std::vector<RecentPush>> recent_pushes(const RepoName& repo) = 0;

  /// All of them, oldest first.
  virtual Result<std::vector<Comment>> comments(const RepoName& repo, PullNumber number) = 0;
  virtual Result<Comment> add_comment(const RepoName& repo, PullNumber number, std::string_view body) = 0;
  virtual Result<void> edit_comment(const RepoName& repo, std::int64_t id, std::string_view body) = 0;
  /// Error not_found: it is gone already.
  virtual Result<void> delete_comment(const RepoName& repo, std::int64_t id) = 0;
  virtual Result<std::vector<Review>> reviews(const RepoName& repo, PullNumber number) = 0;

  /// The latest of each context.
  virtual Result<std::vector<CommitStatus>> statuses(const RepoName& repo, const CommitId& commit) = 0;
  virtual Result<void> set_status(const RepoName& repo, const CommitId& commit, const CommitStatus& status) = 0;

  /// Logins with write access (or more).
  virtual Result<std::set<std::string>> writers(const RepoName& repo) = 0;
  /// Members of the owner's team. Error not_found: no such team, or it cannot be seen.
  virtual Result<std::set<std::string>> team_members(const RepoName& repo, std::string_view team) = 0;

  /// URL-path pieces under which the web hooks and pages live, for `doctor`: the hooks that are set up for this URL.
  virtual Result<bool> has_webhook_for(const RepoName& repo, std::string_view url_prefix) = 0;

  /// Where to fetch a PR's head from: "refs/pull/12/head".
  virtual std::string pull_ref(PullNumber number) const = 0;
  /// User name for git over HTTP with the token as password.
  virtual std::string git_user() const = 0;
  /// Largest comment body in bytes.
  virtual std::size_t max_comment_bytes() const = 0;
};

}  // namespace towline::forge
