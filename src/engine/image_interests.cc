#include "engine/image_interests.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace towline::engine {

namespace {

void add_version(ImageInterest& interest, const image::Version& version) {
  auto& running = interest.running;
  if (std::find(running.begin(), running.end(), version) == running.end()) running.push_back(version);
}

/// The first rule that fits is the site's.
const config::ImageRule* rule_for(const config::Environment& environment, const sites::ImageSite& site) {
  const auto found =
      std::find_if(environment.images.begin(), environment.images.end(), [&](const config::ImageRule& rule) {
        return glob_match(rule.match, site.name.str()) || glob_match(rule.match, site.written_name);
      });
  return found == environment.images.end() ? nullptr : &*found;
}

}  // namespace

void ImageInterests::replace(const std::string& repository, const decide::RepoSnapshot& snapshot) {
  OfRepository images;
  std::set<std::pair<image::ImageName, const config::ImageRule*>> known;
  for (const evaluate::ServiceState& service : snapshot.services) {
    const towline::config::Environment* environment = snapshot.config.find(service.environment);
    for (const sites::ImageSite& site : service.sites) {
      ImageInterest& interest = images[site.name];
      add_version(interest, site.version);
      const config::ImageRule* rule = environment == nullptr ? nullptr : rule_for(*environment, site);
      if (rule != nullptr && known.emplace(site.name, rule).second) interest.rules.push_back(*rule);
    }
  }
  const std::lock_guard lock(mutex_);
  repositories_[repository] = std::move(images);
}

std::optional<ImageInterest> ImageInterests::of(const image::ImageName& name) const {
  const std::lock_guard lock(mutex_);
  std::optional<ImageInterest> all;
  for (const auto& [repository, images] : repositories_) {
    const auto found = images.find(name);
    if (found == images.end()) continue;
    if (!all) all.emplace();
    for (const image::Version& version : found->second.running) add_version(*all, version);
    all->rules.insert(all->rules.end(), found->second.rules.begin(), found->second.rules.end());
  }
  return all;
}

std::set<image::ImageName> ImageInterests::names() const {
  const std::lock_guard lock(mutex_);
  std::set<image::ImageName> names;
  for (const auto& [repository, images] : repositories_) {
    for (const auto& [name, interest] : images) names.insert(name);
  }
  return names;
}

}  // namespace towline::engine
