#pragma once

#include <string>

#include "engine/engine.h"
#include "engine/infra_repository.h"

namespace towline::engine {

struct MergeOrder {
  forge::MergeRequest request;
  std::string branch;  ///< the target
  CommitId base;       ///< where the target was when the pull request was evaluated
};

/// Merges if the target branch is still where the pull request was evaluated. Merges into one branch take turns: a look
/// at the branch would not see one that the forge is carrying out. For the same reason none is begun for a while after
/// one whose answer did not come. Gives the merge commit; errors as those of forge::Forge::merge, conflict: the branch
/// moved, or that answer is outstanding. What people should know of is remembered as the pull request's refusal.
Result<CommitId> merge_on_base(InfraRepository& workspace, const Probe& probe, const MergeOrder& order);

}  // namespace towline::engine
