#include "evaluate/site_cache.h"

#include <algorithm>
#include <map>
#include <utility>

namespace towline::evaluate {

namespace {
// Two commits' worth of a very large repository; beyond it the cache starts anew.
constexpr std::size_t kMostBlobs = 50'000;
}  // namespace

bool is_manifest_path(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json") || name == "Kustomization";
}

void SiteCache::forget_if_large() {
  if (with_sites_.size() + without_sites_.size() < kMostBlobs) return;
  with_sites_.clear();
  without_sites_.clear();
}

Result<SiteCache::Sites> SiteCache::sites_of(const git::Repository& repository, const git::TreeEntry& entry) {
  static const Sites kNone = std::make_shared<const std::vector<sites::ImageSite>>();
  {
    const std::lock_guard lock(mutex_);
    if (without_sites_.contains(entry.id)) return kNone;
    if (const auto known = with_sites_.find(entry.id); known != with_sites_.end()) {
      // The same content may stand at two paths; a site names its file.
      if (known->second->front().path == entry.path) return known->second;
    }
  }
  auto text = repository.read_blob(entry.id);
  if (!text) return fail_while("reading " + entry.path, std::move(text).error());
  auto found = std::make_shared<const std::vector<sites::ImageSite>>(sites::find_sites(entry.path, *text).sites);
  const std::lock_guard lock(mutex_);
  forget_if_large();
  if (found->empty()) {
    without_sites_.insert(entry.id);
    return kNone;
  }
  with_sites_[entry.id] = found;
  return Sites(found);
}

Result<std::vector<evaluate::ServiceState>> SiteCache::services(const git::Repository& repository,
                                                                const CommitId& commit,
                                                                const config::RepoConfig& config) {
  std::map<std::pair<std::size_t, std::string>, evaluate::ServiceState> found;
  for (std::size_t index = 0; index < config.environments.size(); ++index) {
    const config::Environment& environment = config.environments[index];
    TRY(const auto entries, repository.list(commit, environment.services.fixed_prefix()));
    for (const git::TreeEntry& entry : entries) {
      if (!git::is_regular(entry.mode)) continue;
      const auto match = environment.services.match(entry.path);
      if (!match || (!match->environment.empty() && match->environment != environment.name)) continue;
      evaluate::ServiceState& service = found[{index, match->service}];
      if (service.service.empty()) {
        service.environment = environment.name;
        service.service = match->service;
        service.directory = match->directory;
      }
      if (!is_manifest_path(entry.path)) continue;
      TRY(const Sites sites, sites_of(repository, entry));
      service.sites.insert(service.sites.end(), sites->begin(), sites->end());
    }
  }
  std::vector<evaluate::ServiceState> services;
  services.reserve(found.size());
  for (auto& [order, service] : found) services.push_back(std::move(service));
  return services;
}

Result<std::vector<sites::ImageSite>> SiteCache::sites_below(const git::Repository& repository, const CommitId& commit,
                                                             const std::string& directory) {
  TRY(const auto entries, repository.list(commit, directory));
  std::vector<sites::ImageSite> all;
  for (const git::TreeEntry& entry : entries) {
    if (!is_manifest_path(entry.path)) continue;
    if (!git::is_regular(entry.mode)) continue;
    TRY(const Sites sites, sites_of(repository, entry));
    all.insert(all.end(), sites->begin(), sites->end());
  }
  return all;
}

}  // namespace towline::evaluate
