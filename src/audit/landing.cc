#include "audit/landing.h"

#include <algorithm>
#include <vector>

namespace towline::audit {
namespace {

/// A date this close to when the commit was first seen needs no remark.
constexpr Duration kUnremarkable = std::chrono::minutes(10);

struct Dated {
  CommitId commit;
  TimePoint date;
  bool confirmed = false;              ///< a merge that the decision log has
  std::optional<TimePoint> seen = {};  ///< when it, or the next commit above it that is known, was first seen
};

/// Newest first.
Result<std::vector<Dated>> first_parents(const git::Repository& repository, const CommitId& tip,
                                         const Records& records) {
  std::vector<Dated> commits;
  std::optional<TimePoint> seen;
  CHECK_OK(repository.walk_first_parents(tip, [&](const git::Commit& commit) {
    const auto known = records.first_seen.find(commit.id);
    if (known != records.first_seen.end()) seen = known->second;
    const bool confirmed = records.merges && records.merges->contains(commit.id);
    commits.push_back({commit.id, commit.committer.when, confirmed, seen});
    return true;
  }));
  return commits;
}

/// When Towline began to look: what it saw then had landed before.
std::optional<TimePoint> beginning(const std::vector<Dated>& commits) {
  std::optional<TimePoint> first;
  for (const Dated& commit : commits) {
    if (commit.seen && (!first || *commit.seen < *first)) first = commit.seen;
  }
  return first;
}

std::string date_in_words(const Dated& commit) { return "its commit date " + format_time(commit.date); }

Landing landing_of(const Dated& commit, std::optional<TimePoint> parent, std::optional<TimePoint> latest,
                   std::optional<TimePoint> began) {
  const bool was_new = commit.seen && began && *commit.seen > *began;
  Landing landing{commit.date, ""};
  if (!commit.confirmed && was_new) {
    landing.at = *commit.seen;
    const auto apart = commit.date > landing.at ? commit.date - landing.at : landing.at - commit.date;
    if (apart > kUnremarkable) {
      landing.warning = date_in_words(commit) + " is not relied on: Towline first saw it at " + format_time(landing.at);
    }
  }
  if (latest && landing.at > *latest) {
    landing.at = *latest;
    if (!commit.confirmed && commit.date > *latest) {
      landing.warning = date_in_words(commit) + " is not relied on: it had landed by " + format_time(*latest);
    }
  }
  if (parent && landing.at < *parent) landing.at = *parent;
  if (parent && commit.date < *parent && !commit.confirmed) {
    landing.warning =
        date_in_words(commit) + " is before " + format_time(*parent) + ", when its parent landed; not relied on";
  }
  return landing;
}

}  // namespace

Result<Landings> landings(const git::Repository& repository, const CommitId& tip, const Records& records) {
  TRY(const std::vector<Dated> commits, first_parents(repository, tip, records));
  const auto began = beginning(commits);
  // For each commit, the earliest that one at or above it was seen or merged.
  std::vector<std::optional<TimePoint>> latest(commits.size());
  std::optional<TimePoint> bound;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    if (commits[i].seen) bound = bound ? std::min(*bound, *commits[i].seen) : *commits[i].seen;
    latest[i] = bound;
    if (commits[i].confirmed) bound = bound ? std::min(*bound, commits[i].date) : commits[i].date;
  }
  Landings result;
  std::optional<TimePoint> parent;
  for (std::size_t i = commits.size(); i-- > 0;) {
    Landing landing = landing_of(commits[i], parent, latest[i], began);
    parent = landing.at;
    result.emplace(commits[i].commit, std::move(landing));
  }
  return result;
}

}  // namespace towline::audit
