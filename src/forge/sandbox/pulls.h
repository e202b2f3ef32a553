#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "forge/sandbox/world.h"

namespace towline::forge::sandbox {

/// What people and programs do to pull requests, with Gitea's refusals; each sends the webhooks that Gitea
/// would. The caller holds the world's lock.

/// A pull request's, computed anew when a branch moved.
Outcome<MergeFacts> current_facts(const Repository& repository, Pull& pull);

struct PullForm {
  std::string head;  ///< a branch, or "login:branch" of somebody's fork
  std::string base;
  std::string title;
  std::string body;
};
Outcome<Pull*> open_pull(World& world, Repository& repository, const User& by, const PullForm& form);
/// Absent: stays as it is.
struct PullEdit {
  std::optional<std::string> title;
  std::optional<std::string> body;
  std::optional<bool> open;
  std::optional<std::string> base;
};
Outcome<void> edit_pull(World& world, Repository& repository, Pull& pull, const User& by, const PullEdit& edit);
/// Closes or reopens it, without asking whether `by` may.
Outcome<void> set_open(World& world, Repository& repository, Pull& pull, bool open, std::string_view by);

Outcome<Entry*> add_comment(World& world, Repository& repository, Pull& pull, const User& by, std::string body);
Outcome<Entry*> edit_comment(World& world, Repository& repository, std::int64_t id, const User& by, std::string body);
Outcome<void> delete_comment(World& world, Repository& repository, std::int64_t id, const User& by);
/// The pull request that has the comment, and the comment.
std::pair<Pull*, Entry*> find_comment(Repository& repository, std::int64_t id);

struct ReviewForm {
  std::string state;  ///< "APPROVED", "REQUEST_CHANGES" or "COMMENT"
  std::string body;
  CommitId commit;  ///< empty: the head
};
Outcome<ReviewRecord*> add_review(World& world, Repository& repository, Pull& pull, const User& by,
                                  const ReviewForm& form);

Outcome<StatusRecord*> add_status(World& world, Repository& repository, const CommitId& commit, const User& by,
                                  StatusRecord status);
/// The newest of each context, sorted by context.
std::vector<StatusRecord> latest_statuses(const Repository& repository, const CommitId& commit);

}  // namespace towline::forge::sandbox
