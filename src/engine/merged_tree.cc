#include "engine/merged_tree.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "decide/trailers.h"
#include "engine/engine.h"

namespace towline::engine {
namespace {

constexpr std::string_view kKind = "merge-check";
constexpr std::string_view kAsEvaluated = "as evaluated";
constexpr std::string_view kDiffers = "differs: ";
constexpr std::size_t kMostPaths = 5;

std::string key_of(const decide::PullSnapshot& snapshot) {
  return pull_key(snapshot.forge, snapshot.repo, snapshot.pull.number);
}

/// The last one: the bot writes its trailers behind everything else.
CommitId evaluated_base(const git::Commit& merge) {
  std::string base;
  for (const auto& [key, value] : git::parse_trailers(merge.message)) {
    if (key == "Towline-" + std::string(decide::kBaseTrailer)) base = value;
  }
  return CommitId(base);
}

using Contents = std::map<std::string, std::pair<std::string, git::FileMode>>;
Contents contents_of(const std::vector<git::PathChange>& changes) {
  Contents contents;
  for (const git::PathChange& change : changes) {
    const git::FileMode mode = change.after ? change.mode_after : git::FileMode::regular;
    contents[change.path] = {change.after ? change.after->str() : "", mode};
  }
  return contents;
}

std::vector<std::string> differing_paths(const Contents& wanted, const Contents& merged) {
  std::vector<std::string> paths;
  for (const auto& [path, content] : wanted) {
    const auto other = merged.find(path);
    if (other == merged.end() || other->second != content) paths.push_back(path);
  }
  for (const auto& [path, content] : merged) {
    if (!wanted.contains(path)) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string in_words(std::vector<std::string> paths) {
  const std::size_t all = paths.size();
  if (all > kMostPaths) paths.resize(kMostPaths);
  return plural(all, "file") + " differ" + (all == 1 ? "s" : "") + " (" + join(paths, ", ") +
         (all > kMostPaths ? " and " + std::to_string(all - kMostPaths) + " more" : "") + ")";
}

/// Why the merge is not what was evaluated; "" when it is.
Result<std::string> difference(const git::Repository& mirror, const decide::PullSnapshot& snapshot,
                               const git::Commit& merge, const CommitId& base) {
  const CommitId& head = snapshot.pull.head;
  if (!mirror.has_commit(base)) return "the commit " + short_id(base) + " it was evaluated on no longer exists";
  if (!mirror.has_commit(head)) return "its head " + short_id(head) + " no longer exists";
  TRY(const auto wanted, mirror.merged_changes(base, head));
  if (!wanted) return "the evaluated commits " + short_id(base) + " and " + short_id(head) + " do not merge";
  TRY(const auto merged, mirror.changed_paths(base, merge.id));
  const auto paths = differing_paths(contents_of(*wanted), contents_of(merged));
  if (paths.empty()) return std::string();
  const bool moved = merge.parents.empty() || merge.parents.front() != base;
  const std::string cause = moved && !merge.parents.empty()
                                ? snapshot.default_branch + " moved from " + short_id(base) + " to " +
                                      short_id(merge.parents.front()) + " just before the merge, so "
                                : "";
  return cause + in_words(paths);
}

}  // namespace

Result<void> read_merge_check(store::Store& store, const git::Repository& mirror, decide::PullSnapshot& snapshot) {
  const forge::PullRequest& pull = snapshot.pull;
  if (!pull.merged || pull.merge_commit.empty() || to_lower(pull.merged_by) != to_lower(snapshot.bot)) return {};
  TRY(const auto known, store.facts(kKind, key_of(snapshot)));
  if (!known.empty()) {
    const bool differs = known.front().starts_with(kDiffers);
    snapshot.merge_check =
        decide::MergeCheck{!differs, differs ? known.front().substr(kDiffers.size()) : std::string(), true};
    return {};
  }
  TRY(const git::Commit merge, mirror.commit(pull.merge_commit));
  const CommitId base = evaluated_base(merge);
  if (base.empty()) return {};
  TRY(std::string why, difference(mirror, snapshot, merge, base));
  const bool same = why.empty();
  snapshot.merge_check = decide::MergeCheck{same, std::move(why), false};
  return {};
}

Result<void> keep_merge_check(store::Store& store, const decide::PullSnapshot& snapshot,
                              const decide::MergeCheck& check) {
  const std::string value = check.as_evaluated ? std::string(kAsEvaluated) : std::string(kDiffers) + check.difference;
  return store.append_facts({{std::string(kKind), key_of(snapshot), value}});
}

Result<bool> is_merge_checked(store::Store& store, std::string_view pull_key) {
  TRY(const auto known, store.facts(kKind, pull_key));
  return !known.empty();
}

}  // namespace towline::engine
