#pragma once

#include "base/result.h"
#include "decide/snapshot.h"
#include "git/repository.h"
#include "store/store.h"

namespace towline::engine {

/// Reads into `merge_check` whether the bot's merge of the pull request made the tree that was evaluated, from the
/// store or by comparing: the merge commit names the commit it was evaluated on (Towline-Base). The mirror has the
/// merge commit. Nothing for what people merged, and for merges by a Towline that did not write that trailer.
Result<void> read_merge_check(store::Store& store, const git::Repository& mirror, decide::PullSnapshot& snapshot);

/// Keeps it, for read_merge_check().
Result<void> keep_merge_check(store::Store& store, const decide::PullSnapshot& snapshot,
                              const decide::MergeCheck& check);

/// Whether the bot's merge of that pull request was checked.
Result<bool> is_merge_checked(store::Store& store, std::string_view pull_key);

}  // namespace towline::engine
