#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "store/store.h"

namespace towline::engine {

/// When those of the commits that were the tip of the repository's default branch were first seen as such.
/// `repository` is "forge/owner/name".
Result<std::map<CommitId, TimePoint>> first_seen_of(store::Store& store, std::string_view repository,
                                                    const std::vector<CommitId>& commits);

}  // namespace towline::engine
