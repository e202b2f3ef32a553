#pragma once

#include <string>
#include <vector>

#include "decide/decide.h"
#include "decide/gates/gates.h"

namespace towline::decide {

/// "The merged tree is not the one that was evaluated: ...", for people.
std::string difference_sentence(const MergeCheck& check);

/// What a merge by the bot that has not been checked before needs: its check recorded; before that, when the merged
/// tree differs, the status towline/merge failed on the merge commit and the head, and a comment.
std::vector<Action> merge_check_actions(const PullView& view);

}  // namespace towline::decide
