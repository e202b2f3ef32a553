#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "forge/forge.h"
#include "forge/types.h"

namespace towline::forge {

/// An entry of a pull request's timeline that concerns its head, oldest first.
struct HeadEntry {
  enum class Kind {
    push,        ///< `commits`: what came in addition, oldest first; the last was the new head
    force_push,  ///< `commits`: the head before, the head after
    reopened,
    retargeted,
  };
  Kind kind = Kind::push;
  TimePoint at;
  std::vector<CommitId> commits;
};

/// The entries among the items of `GET …/issues/N/timeline`. A `pull_push` item's body is JSON:
/// {"is_force_push": bool, "commit_ids": [...]}. Gitea writes one when the pull request is opened. When the target
/// branch is changed it deletes them all and writes a new one, by whoever changed it: who pushed before is no longer
/// told.
std::vector<HeadEntry> read_head_entries(const std::vector<Json>& timeline);

/// The pushes among the items of `GET …/activities/feeds`: those with the op_type "commit_repo" and content, which is
/// JSON: {"HeadCommit": {"Sha1"}, "CompareURL": "acme/infra/compare/BEFORE...AFTER", ...}. For a new branch BEFORE is
/// the parent of the oldest commit that was new, or the name of the default branch if no commit was new. Creating a
/// branch also writes an entry without content.
std::vector<RecentPush> read_recent_pushes(const std::vector<Json>& feed);

/// What the head is known to have been, from when on. Gitea rewrites the entries of earlier pushes at a force
/// push: it takes the commits out that the new head does not contain, and deletes the entries left empty.
/// So an event says only what that cannot have changed; where the head from then on cannot be told, the
/// event's commit is empty. Before the first event the head is not known either.
std::vector<HeadEvent> head_events_of(const std::vector<HeadEntry>& entries);

}  // namespace towline::forge
