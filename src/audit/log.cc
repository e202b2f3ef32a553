#include <algorithm>

#include "audit/audit.h"
#include "audit/entry.h"
#include "audit/landing.h"

namespace towline::audit {
namespace {

bool has(const std::vector<std::string>& values, std::string_view wanted) {
  return std::find(values.begin(), values.end(), wanted) != values.end();
}

/// `service` may be written with its environment ("prod/pay") or without ("pay").
bool concerns(const Entry& entry, const std::optional<std::string>& environment,
              const std::optional<std::string>& service) {
  if (entry.environments.empty()) return false;
  if (environment && !has(entry.environments, *environment)) return false;
  if (!service) return true;
  return std::any_of(entry.services.begin(), entry.services.end(), [&](const std::string& full) {
    const std::size_t slash = full.find('/');
    const bool here = !environment || full.substr(0, slash) == *environment;
    return here && (full == *service || full.substr(slash + 1) == *service);
  });
}

}  // namespace

Result<std::vector<Entry>> log(const git::Repository& repository, const CommitId& tip, const config::RepoConfig& config,
                               const std::optional<std::string>& environment, const std::optional<std::string>& service,
                               std::optional<TimePoint> since, std::optional<TimePoint> until, const Records& records) {
  TRY(const Landings landed, landings(repository, tip, records));
  std::vector<Entry> entries;
  Result<void> failure;
  const auto visit = [&](const git::Commit& commit) -> Result<void> {
    const Landing& landing = landed.at(commit.id);
    if ((since && landing.at < *since) || (until && landing.at >= *until)) return {};
    TRY(const Touched touched, touched_by(repository, config, commit));
    TRY(Entry entry, describe(repository, commit, touched, records.merges, landing));
    if (concerns(entry, environment, service)) entries.push_back(std::move(entry));
    return {};
  };
  CHECK_OK(repository.walk_first_parents(tip, [&](const git::Commit& commit) {
    failure = visit(commit);
    return failure.has_value();
  }));
  CHECK_OK(failure);
  std::reverse(entries.begin(), entries.end());
  return entries;
}

}  // namespace towline::audit
