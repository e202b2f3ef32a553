#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "forge/sandbox/world.h"
#include "program/process.h"

namespace towline::forge::sandbox {

/// The environment in which the sandbox runs git: nothing of the user's or the machine's configuration.
std::vector<std::pair<std::string, std::string>> git_environment();

/// branch -> commit of every branch of the repository on disk.
Result<std::map<std::string, CommitId>> read_heads(const std::filesystem::path& repository);

/// What merging `head` into `base` would do.
Result<MergeFacts> read_merge_facts(const std::filesystem::path& repository, const CommitId& base,
                                    const CommitId& head);

/// Who merges, and what the merge commit says.
struct MergeCommit {
  CommitId base;
  CommitId head;
  std::string name;
  std::string email;
  TimePoint when;
  std::string message;
};
/// Writes a true merge commit; moves no reference. Error conflict: the two sides touch the same lines.
Result<CommitId> write_merge(const std::filesystem::path& repository, const MergeCommit& merge);

/// The unified diff between two commits, cut after `max_bytes`; from the empty tree when `from` is empty.
Result<std::string> read_diff(const std::filesystem::path& repository, const CommitId& from, const CommitId& to,
                              std::size_t max_bytes);

}  // namespace towline::forge::sandbox
