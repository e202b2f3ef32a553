#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "forge/sandbox/sandbox.h"

namespace towline::forge::sandbox {

/// What Gitea would answer instead of doing it: an HTTP status and its "message".
struct Refusal {
  int status = 500;
  std::string message;
};

template <class T>
using Outcome = tl::expected<T, Refusal>;

inline tl::unexpected<Refusal> refuse(int status, std::string message = {}) {
  return tl::unexpected<Refusal>(Refusal{status, std::move(message)});
}

/// A failure of the sandbox itself is the forge's "500", with the sentence.
inline tl::unexpected<Refusal> refuse(const Error& error) { return refuse(500, error.message); }

struct User {
  std::int64_t id = 0;
  std::string login;
  Secret token;
  bool writer = false;
  bool bot = false;
  /// Commits with this address are this user's.
  std::string email() const { return login + "@example.com"; }
};

struct Team {
  std::int64_t id = 0;
  std::string name;
  std::vector<std::string> logins;
};

/// One line of a pull request's history, in Gitea's words: "comment", "review", "pull_push", "change_title",
/// "change_target_branch", "close", "reopen", "merge_pull", "delete_branch". All kinds share one number space.
struct Entry {
  std::int64_t id = 0;
  std::string type;
  std::string author;
  std::string body;
  TimePoint created;
  TimePoint updated;
  std::string old_title;
  std::string new_title;
  std::vector<CommitId> commits;  ///< pull_push: oldest first; of a forced one: before and after
  bool forced = false;
  std::string old_ref;  ///< change_target_branch: the branches
  std::string new_ref;
};

struct ReviewRecord {
  std::int64_t id = 0;
  std::int64_t entry = 0;
  std::string author;
  std::string state;  ///< "APPROVED", "REQUEST_CHANGES", "COMMENT"
  std::string body;
  CommitId commit;
  TimePoint submitted;
  bool official = false;
  bool dismissed = false;
};

struct StatusRecord {
  std::int64_t id = 0;
  std::string state;
  std::string context;
  std::string description;
  std::string target_url;
  std::string creator;
  TimePoint created;
};

/// What git says about merging one commit into another.
struct MergeFacts {
  CommitId base;
  CommitId head;
  CommitId merge_base;
  bool mergeable = false;
  std::int64_t additions = 0;
  std::int64_t deletions = 0;
  std::int64_t changed_files = 0;
};

struct Pull {
  std::int64_t id = 0;
  PullNumber number;
  std::string title;
  std::string body;
  std::string author;
  std::string fork;  ///< whose fork the head branch is in; "" when it is in this repository
  std::string head_branch;
  std::string base_branch;
  CommitId head;
  bool open = true;
  bool merged = false;
  CommitId merge_commit;
  std::string merged_by;
  TimePoint created;
  TimePoint updated;
  std::optional<TimePoint> closed;
  std::vector<Entry> timeline;
  std::vector<ReviewRecord> reviews;
  MergeFacts facts;  ///< of the last pair of commits that was asked about; final once merged

  bool draft() const;
};

/// A line of a repository's activity feed, in Gitea's words: "commit_repo" or "delete_branch".
struct FeedEntry {
  std::int64_t id = 0;
  std::string type;
  std::string by;
  std::string branch;
  std::string content;  ///< "" for the creation of a branch, which another entry with its commits follows
  TimePoint created;
};

struct WebHook {
  std::int64_t id = 0;
  std::string url;
  Secret secret;
  TimePoint created;
};

struct Repository {
  std::int64_t id = 0;
  RepoName name;
  std::filesystem::path path;
  std::string default_branch = "main";
  std::map<std::string, CommitId> heads;                               ///< branch -> commit, as last seen
  std::map<std::pair<std::string, std::string>, CommitId> fork_heads;  ///< (login, branch) -> commit
  std::vector<Pull> pulls;                                             ///< the first is number 1
  std::map<std::string, std::vector<StatusRecord>> statuses;
  std::vector<WebHook> hooks;
  std::vector<FeedEntry> feed;  ///< oldest first
  TimePoint created;
  TimePoint updated;
};

/// A webhook to be sent, already signed.
struct OutgoingHook {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

/// Everything the sandbox knows, behind one lock: whoever reads or changes it holds `mutex`.
struct World {
  std::mutex mutex;
  std::filesystem::path directory;
  std::shared_ptr<Clock> clock;
  std::string url;
  std::vector<User> users;
  std::vector<Team> teams;
  std::map<RepoName, Repository> repositories;
  std::string demo_registry_hook;
  Secret demo_registry_secret;
  std::function<void(OutgoingHook)> send;
  std::int64_t last_entry = 0;
  std::int64_t last_review = 0;
  std::int64_t last_status = 0;
  std::int64_t last_pull = 0;
  std::int64_t last_hook = 0;
  std::int64_t last_feed_entry = 0;

  /// Whole seconds, as Gitea keeps time.
  TimePoint now() const;
  const User* find_user(std::string_view login) const;
  const User* user_of_email(std::string_view email) const;
  Repository* find_repository(const RepoName& name);
  Pull* find_pull(Repository& repository, PullNumber number);
};

}  // namespace towline::forge::sandbox
