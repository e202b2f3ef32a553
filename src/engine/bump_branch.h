#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "decide/decide.h"
#include "engine/infra_repository.h"
#include "git/repository.h"

namespace towline::engine {

struct BumpBranch {
  CommitId head;
  std::string occupied;  ///< why the branch is not the bot's to write; "": it is written
};

/// Makes the remote branch one commit on `base` with the edits that make the files of `directory` say the images. A
/// branch that already is just that is left alone; one with somebody else's commits is never overwritten.
Result<BumpBranch> write_bump_branch(InfraRepository& workspace, git::Repository& mirror,
                                     const decide::UpsertBump& action, const CommitId& base,
                                     const std::string& directory, const git::Signature& bot);

}  // namespace towline::engine
