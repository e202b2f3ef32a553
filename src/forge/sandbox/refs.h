#pragma once

#include <map>
#include <string>
#include <string_view>

#include "forge/sandbox/world.h"

namespace towline::forge::sandbox {

/// What happens to branches and what follows from it. The caller holds the world's lock.

/// Records that the branch is at `after` now (on disk it is already): pull requests with this head follow,
/// webhooks are sent.
Outcome<void> branch_moved(World& world, Repository& repository, const std::string& branch, const CommitId& after,
                           std::string_view by);
/// The same of a branch in somebody's fork: its pull requests follow.
Outcome<void> fork_moved(World& world, Repository& repository, const std::string& branch, const CommitId& after,
                         std::string_view by);
/// Records that the branch is gone: the open pull requests from it or into it are closed.
Outcome<void> branch_deleted(World& world, Repository& repository, const std::string& branch, std::string_view by);
/// Compares what is on disk with what was last seen, after a push by `by`.
Outcome<void> heads_pushed(World& world, Repository& repository, std::string_view by);

/// Deletes it from the disk too. Refused with Gitea's words for the default branch.
Outcome<void> delete_branch(World& world, Repository& repository, const std::string& branch, const User& by);

struct MergeForm {
  std::string style;  ///< "merge" or empty
  CommitId head;      ///< empty: any
  std::string title;
  std::string message;
  bool delete_branch = false;
};
/// Makes a true merge commit on the base branch.
Outcome<void> merge_pull(World& world, Repository& repository, Pull& pull, const User& by, const MergeForm& form);

/// The entry of a push to a pull request: the commits from `before` (the base branch when it is empty) on.
/// A forced push takes the commits that it replaced out of the earlier entries.
Outcome<void> add_push_entries(World& world, Repository& repository, Pull& pull, const CommitId& before,
                               const CommitId& after, std::string_view by);

/// A new line of the pull request's history.
Entry& add_entry(World& world, Pull& pull, std::string type, std::string_view by, std::string body = {});

}  // namespace towline::forge::sandbox
