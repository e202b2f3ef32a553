#pragma once

#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "decide/snapshot.h"
#include "forge/forge.h"
#include "forge/types.h"
#include "git/repository.h"
#include "store/store.h"

namespace towline::engine {

/// What a signed delivery of a push tells: who moved a branch from which commit to which. Nothing for a deletion, or
/// when the delivery does not name the sender.
std::vector<store::Fact> push_facts(std::string_view forge, const forge::Event& event);

/// That `sender` pushed `after`, which has nothing but their own on top of `before`.
store::Fact push_fact(std::string_view forge, const RepoName& repo, const CommitId& before, const CommitId& after,
                      std::string_view sender);

/// Reads who pushed the pull request's commits into `pushers`, and whether the recorded pushes go down to the default
/// branch, from the commit at `base` on, into `pushes_recorded`: from the head, or from the head at which the pull
/// request's own timeline begins. Of a fork's branch none is known.
Result<void> read_pushes(store::Store& store, const git::Repository& mirror, const CommitId& base,
                         decide::PullSnapshot& snapshot);

/// Where the recorded pushes do not tell who pushed what an open pull request was opened with: records those of the
/// forge's activity feed, and reads again. A forge that does not show the feed leaves them unknown.
Result<void> ask_for_pushes(forge::Forge& forge, store::Store& store, const git::Repository& mirror,
                            const CommitId& base, decide::PullSnapshot& snapshot);

}  // namespace towline::engine
