#pragma once

#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "forge/types.h"
#include "git/repository.h"
#include "promote/snapshot.h"
#include "store/store.h"

namespace towline::engine {

/// What a signed delivery of a push tells: who moved a branch from which commit to which. Nothing for a deletion, or
/// when the delivery does not name the sender.
std::vector<store::Fact> push_facts(std::string_view forge, const forge::Event& event);

/// Reads who pushed the pull request's commits into `pushers`, and whether the deliveries tell each push down to the
/// default branch, from the commit at `base` on, into `pushes_recorded`. Of a fork's branch none is known.
Result<void> read_pushes(store::Store& store, const git::Repository& mirror, const CommitId& base,
                         promote::PullSnapshot& snapshot);

}  // namespace towline::engine
