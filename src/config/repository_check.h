#pragma once

#include <string_view>

#include "base/result.h"
#include "config/repository.h"
#include "yaml/node.h"

namespace towline::config {

/// Letters, digits, '.', '_', '-': it becomes part of branch names and trailers.
bool is_environment_name(std::string_view name);

// What a file with the right shape can still get wrong. Errors are invalid and name the place.
Result<void> check_environment_name(std::string_view path, const yaml::Node& key);
Result<void> check_approver(std::string_view path, const yaml::Node& approver);
/// Approvers and the number of approvals must fit each other.
Result<void> check_approvals(std::string_view path, const yaml::Node& approvers, const Environment& environment);
/// What environments say of each other and about themselves; `node` is the value of `environments`.
Result<void> check_combinations(std::string_view path, const yaml::Node& node, const RepoConfig& config);

}  // namespace towline::config
