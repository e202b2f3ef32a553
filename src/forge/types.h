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
  TimePoint updated = {};  ///< when it got its present body, as the forge tells it
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

/// What happened to a comment on a pull request.
struct CommentEvent {
  enum class Kind { created, edited, deleted };
  Kind kind = Kind::created;
  std::int64_t id = 0;
  std::string author;  ///< login of the comment's author; Event::sender created, edited or deleted it
  std::string body;    ///< after the event; of a deleted comment, its last text
  std::string before;  ///< edited: the text before
  TimePoint created;
  TimePoint updated;  ///< when it was last edited; `created` when it never was
  CommitId head;      ///< the pull request's head when the delivery was made; empty when not told
};

/// What a webhook says, as far as Towline cares: where to look again, and what was said.
struct Event {
  EventKind kind = EventKind::ignored;
  RepoName repo;
  std::optional<PullNumber> pull;       ///< pull, comment, review
  std::string branch;                   ///< push: without refs/heads/
  CommitId commit;                      ///< status: the commit; push: after, empty when the branch is gone
  std::optional<CommentEvent> comment;  ///< comment: unless the action is none of those in CommentEvent
  std::string sender;                   ///< login of whoever caused it
  CommitId before;                      ///< push: what the branch was, empty when it is new
};

}  // namespace towline::forge
