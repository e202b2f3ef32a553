#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "image/reference.h"

namespace towline::forge {

struct Repo {
  RepoName name;
  std::string default_branch;
  std::string clone_url;  ///< http(s), without credentials
  std::string web_url;
  bool can_push = false;  ///< as the bot
};

struct Branch {
  std::string name;
  CommitId head;
};

struct PullRequest {
  PullNumber number;
  std::string title;
  std::string body;
  std::string author;  ///< login
  std::string head_branch;
  std::string base_branch;
  CommitId head;
  bool from_fork = false;
  std::string fork_owner;  ///< whose fork the head branch is in; "": it is in no fork, or not told
  bool open = true;
  bool merged = false;
  bool draft = false;
  CommitId merge_commit;  ///< empty unless merged
  std::optional<TimePoint> merged_at = {};
  std::string merged_by;
  std::string url;  ///< for people
  TimePoint created;
  TimePoint updated;
};

struct Comment {
  std::int64_t id = 0;
  std::string author;
  std::string body;
  TimePoint created;
  bool edited = false;  ///< changed after it was created
  std::string url;
  TimePoint updated;  ///< when it got its present body, as the forge tells it
};

enum class ReviewState { approved, changes_requested, commented, dismissed, pending };

struct Review {
  std::int64_t id = 0;
  std::string author;
  ReviewState state = ReviewState::commented;
  CommitId commit;  ///< the head it was given for
  TimePoint submitted;
};

/// The PR's head became this commit at this time, as the forge tells it; empty: it became one that is not told.
struct HeadEvent {
  CommitId commit;
  TimePoint at;
  bool reopened = false;    ///< the PR was opened again; who pushed while it was closed is told nowhere
  bool retargeted = false;  ///< the PR got another target branch; who pushed before that may no longer be told
};

enum class StatusState { pending, success, failure, error };
std::string_view to_string(StatusState state);

struct CommitStatus {
  std::string context;  ///< "towline/merge"
  StatusState state = StatusState::pending;
  std::string description;  ///< at most 140 bytes are sent
  std::string target_url;
  bool operator==(const CommitStatus&) const = default;
};

enum class EventKind { push, pull, comment, review, status, package, ignored };
std::string_view to_string(EventKind kind);

/// What a webhook says, as far as Towline cares: where to look again.
struct Event {
  EventKind kind = EventKind::ignored;
  RepoName repo;
  std::optional<PullNumber> pull;              ///< pull, comment, review
  std::string branch;                          ///< push: without refs/heads/
  CommitId commit;                             ///< status: the commit; push: after, empty when the branch is gone
  std::optional<std::int64_t> edited_comment;  ///< comment: one that was edited
  std::string sender;                          ///< login of whoever caused it
  CommitId before;                             ///< push: what the branch was, empty when it is new
};

}  // namespace towline::forge
