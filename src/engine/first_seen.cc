#include "engine/first_seen.h"

#include <charconv>
#include <string>

#include "engine/infra_repository.h"
#include "engine/keys.h"

namespace towline::engine {
namespace {

constexpr std::string_view kKind = "first-seen";

/// The number of the pull request that the first line names ("Merge pull request #12: ...", "... (#12)").
std::optional<PullNumber> named_pull(std::string_view message) {
  const std::string_view title = message.substr(0, message.find('\n'));
  for (std::size_t hash = title.find('#'); hash != std::string_view::npos; hash = title.find('#', hash + 1)) {
    PullNumber number;
    const std::string_view digits = title.substr(hash + 1);
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number.value);
    if (problem == std::errc() && number.value > 0) return number;
  }
  return std::nullopt;
}

Result<std::optional<TimePoint>> seen_in(store::Store& store, std::string_view repository, const CommitId& commit) {
  TRY(const auto known, store.facts(kKind, std::string(repository) + " " + commit.str()));
  if (known.empty()) return std::optional<TimePoint>();
  TRY(const TimePoint at, parse_time(known.front()));
  return std::optional<TimePoint>(at);
}

}  // namespace

Result<std::map<CommitId, TimePoint>> first_seen_of(store::Store& store, std::string_view repository,
                                                    const std::vector<CommitId>& commits) {
  std::map<CommitId, TimePoint> seen;
  for (const CommitId& commit : commits) {
    TRY(const auto at, seen_in(store, repository, commit));
    if (at) seen.emplace(commit, *at);
  }
  return seen;
}

Result<std::optional<TimePoint>> InfraRepository::first_seen(const CommitId& commit) {
  return seen_in(*parts_.store, repo_id(parts_.forge_name, parts_.repo), commit);
}

Result<void> InfraRepository::keep_first_seen(const CommitId& commit, TimePoint at) {
  const std::string key = repo_id(parts_.forge_name, parts_.repo) + " " + commit.str();
  return parts_.store->append_facts({{std::string(kKind), key, format_time(at)}});
}

Result<void> InfraRepository::note_tip(const CommitId& tip) {
  TRY(const auto known, first_seen(tip));
  return known ? Result<void>() : keep_first_seen(tip, parts_.clock->now());
}

Result<std::optional<TimePoint>> InfraRepository::merged_at(const git::Commit& commit) {
  const auto number = named_pull(commit.message);
  if (!number) return std::optional<TimePoint>();
  const auto pull = parts_.forge->pull(parts_.repo, *number);
  if (!pull) {
    if (pull.error().kind == ErrorKind::not_found) return std::optional<TimePoint>();
    return tl::unexpected<Error>(pull.error());
  }
  TRY(const Facts known, facts());
  const bool is_it = pull->merged && pull->merge_commit == commit.id && pull->base_branch == known.repo.default_branch;
  return is_it ? pull->merged_at : std::optional<TimePoint>();
}

Result<TimePoint> InfraRepository::there_since(const git::Commit& commit, const std::vector<CommitId>& above) {
  TRY(const auto seen, first_seen(commit.id));
  if (seen) return *seen;
  TRY(const auto merged, merged_at(commit));
  if (merged) {
    CHECK_OK(keep_first_seen(commit.id, *merged));
    return *merged;
  }
  for (const CommitId& later : above) {
    TRY(const auto seen_above, first_seen(later));
    if (!seen_above) continue;
    CHECK_OK(keep_first_seen(commit.id, *seen_above));
    return *seen_above;
  }
  const TimePoint now = parts_.clock->now();
  CHECK_OK(keep_first_seen(commit.id, now));
  return now;
}

}  // namespace towline::engine
