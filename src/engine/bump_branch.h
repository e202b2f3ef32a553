#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engine/workspace.h"
#include "git/repository.h"
#include "promote/decide.h"

namespace towline::engine {

/// Makes the remote branch one commit on `base` with the edits that make the files of `directory` say the images. A
/// branch that already is just that is left alone; one with somebody else's commits is never overwritten (error
/// forbidden). Gives the branch's head.
Result<CommitId> write_bump_branch(Workspace& workspace, git::Repository& mirror, const promote::UpsertBump& action,
                                   const CommitId& base, const std::string& directory, const git::Signature& bot);

}  // namespace towline::engine
