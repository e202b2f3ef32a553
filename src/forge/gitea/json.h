#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "forge/types.h"

namespace towline::forge {

/// Reading Gitea's API objects (https://docs.gitea.com/api, models of version 1.26). What a reader cannot do
/// without (a number, a login) is an error when absent; the rest is empty.

Result<Repo> read_repo(const Json& json);
Result<Branch> read_branch(const Json& json);
Result<PullRequest> read_pull(const Json& json);
Result<Comment> read_comment(const Json& json);
/// Nothing for a request to review, which Gitea lists among the reviews.
Result<std::optional<Review>> read_review(const Json& json);
Result<CommitStatus> read_status(const Json& json);
Result<std::string> read_login(const Json& json);

/// The commit id at the pointer; empty when it is not 40 lower-case hex digits.
CommitId read_commit_id(const Json& json, std::string_view pointer);
/// The time at the pointer; the epoch when it is none.
TimePoint read_time(const Json& json, std::string_view pointer);

}  // namespace towline::forge
