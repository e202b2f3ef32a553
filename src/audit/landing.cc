#include "audit/landing.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace towline::audit {
namespace {

/// A date this close to when the commit was first seen needs no remark.
constexpr Duration kUnremarkable = std::chrono::minutes(10);

struct Dated {
  CommitId commit;
  TimePoint date;
  bool confirmed = false;                  ///< a merge that the decision log has
  std::optional<TimePoint> seen = {};      ///< when it, or a commit above it, was first seen
  std::optional<TimePoint> recorded = {};  ///< when it landed, if the records tell that
  bool believed = false;                   ///< its time fits those of the others

  TimePoint time() const { return recorded.value_or(date); }
};

/// Oldest first.
Result<std::vector<Dated>> first_parents(const git::Repository& repository, const CommitId& tip,
                                         const Records& records) {
  std::vector<Dated> commits;
  std::optional<TimePoint> seen;
  CHECK_OK(repository.walk_first_parents(tip, [&](const git::Commit& commit) {
    const auto known = records.first_seen.find(commit.id);
    if (known != records.first_seen.end()) seen = std::min(known->second, seen.value_or(known->second));
    const bool confirmed = records.merges && records.merges->contains(commit.id);
    commits.push_back({commit.id, commit.committer.when, confirmed, seen, {}, false});
    return true;
  }));
  std::reverse(commits.begin(), commits.end());
  return commits;
}

/// What Towline saw at its first look had landed before; what it saw later landed then.
void read_records(std::vector<Dated>& commits) {
  const auto first =
      std::find_if(commits.begin(), commits.end(), [](const Dated& one) { return one.seen.has_value(); });
  if (first == commits.end()) return;
  const TimePoint began = *first->seen;
  for (Dated& commit : commits) {
    if (commit.confirmed) {
      commit.recorded = commit.date;
    } else if (commit.seen && *commit.seen > began) {
      commit.recorded = commit.seen;
    }
  }
}

/// Believes the longest sequence of times that never decreases: one commit with a false date does not put its
/// neighbours in the wrong. Of two that contradict each other the older commit is believed.
void believe(std::vector<Dated>& commits) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> ends;  // of the sequences of each length so far, from the tip down
  std::vector<std::size_t> above(commits.size(), kNone);
  for (std::size_t i = commits.size(); i-- > 0;) {
    const bool impossible = !commits[i].recorded && commits[i].seen && commits[i].date > *commits[i].seen;
    if (impossible) continue;
    const auto place = std::partition_point(ends.begin(), ends.end(),
                                            [&](std::size_t end) { return commits[end].time() >= commits[i].time(); });
    if (place != ends.begin()) above[i] = *std::prev(place);
    if (place == ends.end()) {
      ends.push_back(i);
    } else {
      *place = i;
    }
  }
  for (std::size_t i = ends.empty() ? kNone : ends.back(); i != kNone; i = above[i]) commits[i].believed = true;
  for (Dated& commit : commits) commit.believed = commit.believed || commit.recorded;
}

Landing landing_of(const Dated& commit, std::optional<TimePoint> parent, std::optional<TimePoint> bound) {
  const std::string date = "its commit date " + format_time(commit.date);
  Landing landing{commit.time(), ""};
  if (bound && landing.at > *bound) landing.at = *bound;
  if (parent && landing.at < *parent) landing.at = *parent;
  if (commit.confirmed || commit.date == landing.at) return landing;
  const auto apart = commit.date > landing.at ? commit.date - landing.at : landing.at - commit.date;
  if (commit.recorded) {
    if (apart <= kUnremarkable) return landing;
    landing.warning = date + " is not relied on: Towline first saw it at " + format_time(landing.at);
  } else if (commit.date < landing.at) {
    landing.warning = date + " is before " + format_time(landing.at) + ", when its parent landed; not relied on";
  } else {
    landing.warning = date + " is after " + format_time(landing.at) + ", when it had landed; not relied on";
  }
  return landing;
}

}  // namespace

Result<Landings> landings(const git::Repository& repository, const CommitId& tip, const Records& records) {
  TRY(std::vector<Dated> commits, first_parents(repository, tip, records));
  read_records(commits);
  believe(commits);
  // For each commit, the earliest time by which it had landed.
  std::vector<std::optional<TimePoint>> bounds(commits.size());
  std::optional<TimePoint> bound;
  const auto narrow = [&](TimePoint time) { bound = std::min(time, bound.value_or(time)); };
  for (std::size_t i = commits.size(); i-- > 0;) {
    if (commits[i].seen) narrow(*commits[i].seen);
    bounds[i] = bound;
    if (commits[i].believed) narrow(commits[i].time());
  }
  Landings result;
  std::optional<TimePoint> parent;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    Landing landing = landing_of(commits[i], parent, bounds[i]);
    parent = landing.at;
    result.emplace(commits[i].commit, std::move(landing));
  }
  return result;
}

}  // namespace towline::audit
