#include <algorithm>
#include <map>
#include <tuple>

#include "audit/audit.h"
#include "audit/entry.h"
#include "audit/landing.h"
#include "sites/sites.h"

namespace towline::audit {
namespace {

/// The newest commit of the branch that had landed by then.
Result<git::Commit> commit_at(const git::Repository& repository, const CommitId& tip, TimePoint time,
                              const Landings& landed) {
  std::optional<git::Commit> found;
  TimePoint oldest{};
  CHECK_OK(repository.walk_first_parents(tip, [&](const git::Commit& commit) {
    oldest = landed.at(commit.id).at;
    if (oldest <= time) found = commit;
    return !found.has_value();
  }));
  if (found) return *std::move(found);
  return fail(ErrorKind::not_found, "the branch is younger than " + format_time(time) +
                                        "; its first commit landed at " + format_time(oldest));
}

std::string written(const sites::ImageSite& site) {
  std::string text = site.written_name;
  if (site.version.tag) text += ":" + site.version.tag->str();
  if (site.version.digest) text += "@" + site.version.digest->str();
  return text;
}

using ImageKey = std::tuple<std::string, std::string, image::ImageName, std::string>;

bool order(const RunningImage& a, const RunningImage& b) {
  return ImageKey(a.environment, a.service, a.name, a.written) < ImageKey(b.environment, b.service, b.name, b.written);
}

bool same(const RunningImage& a, const RunningImage& b) { return !order(a, b) && !order(b, a); }

/// The images that the files of the environments' services write, without `last_change`.
Result<std::vector<RunningImage>> images_at(const git::Repository& repository, const CommitId& commit,
                                            const config::RepoConfig& config,
                                            const std::optional<std::string>& environment) {
  std::set<std::string> prefixes;
  for (const config::Environment& known : config.environments) {
    if (!environment || known.name == *environment) prefixes.insert(known.services.fixed_prefix());
  }
  std::map<std::string, BlobId> files;
  for (const std::string& prefix : prefixes) {
    TRY(const auto listed, repository.list(commit, prefix));
    for (const git::TreeEntry& file : listed) {
      if (git::is_regular(file.mode)) files.emplace(file.path, file.id);
    }
  }
  std::vector<RunningImage> images;
  for (const auto& [path, id] : files) {
    const auto owner = config.service_of(path);
    if (!owner || (environment && owner->environment->name != *environment)) continue;
    TRY(const std::string text, repository.read_blob(id));
    for (const sites::ImageSite& site : sites::find_sites(path, text).sites) {
      images.push_back({owner->environment->name, owner->service, site.name, written(site), {}});
    }
  }
  std::sort(images.begin(), images.end(), order);
  images.erase(std::unique(images.begin(), images.end(), same), images.end());
  return images;
}

/// The newest change of each service, on the way from `commit` down to the root.
Result<std::map<std::string, Entry>> last_changes(const git::Repository& repository, const CommitId& commit,
                                                  const config::RepoConfig& config, std::set<std::string> services,
                                                  const KnownMerges& merges, const Landings& landed) {
  std::map<std::string, Entry> changes;
  const auto visit = [&](const git::Commit& visited) -> Result<void> {
    TRY(const Touched touched, touched_by(repository, config, visited));
    const bool any = std::any_of(touched.services.begin(), touched.services.end(),
                                 [&](const std::string& service) { return services.contains(service); });
    if (!any) return {};
    TRY(const Entry entry, describe(repository, visited, touched, merges, landed.at(visited.id)));
    for (const std::string& service : touched.services) {
      if (services.erase(service) > 0) changes.emplace(service, entry);
    }
    return {};
  };
  Result<void> failure;
  CHECK_OK(repository.walk_first_parents(commit, [&](const git::Commit& visited) {
    failure = visit(visited);
    return failure.has_value() && !services.empty();
  }));
  CHECK_OK(failure);
  return changes;
}

}  // namespace

Result<At> at(const git::Repository& repository, const CommitId& tip, const config::RepoConfig& config, TimePoint time,
              const std::optional<std::string>& environment, const Records& records) {
  TRY(const Landings landed, landings(repository, tip, records));
  TRY(const git::Commit commit, commit_at(repository, tip, time, landed));
  const Landing& landing = landed.at(commit.id);
  At answer{commit.id, time, landing.at, {}, {}};
  if (!landing.warning.empty()) answer.warnings.push_back(landing.warning);
  TRY(answer.images, images_at(repository, commit.id, config, environment));
  std::set<std::string> services;
  for (const RunningImage& image : answer.images) services.insert(image.environment + "/" + image.service);
  TRY(const auto changes, last_changes(repository, commit.id, config, std::move(services), records.merges, landed));
  for (RunningImage& image : answer.images) {
    const auto change = changes.find(image.environment + "/" + image.service);
    if (change != changes.end()) image.last_change = change->second;
  }
  return answer;
}

}  // namespace towline::audit
