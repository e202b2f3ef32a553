#include "engine/strictest_environment.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace towline::engine {
namespace {

std::vector<std::string> places_of(const manifest::Application& application) {
  std::vector<std::string> places = {application.path};
  for (const manifest::Source& source : application.sources) {
    if (source.origin == manifest::Origin::here && !source.only_ref) places.push_back(source.path);
  }
  if (!application.declared_in.empty()) places.push_back(application.declared_in);
  places.insert(places.end(), application.made_from.begin(), application.made_from.end());
  return places;
}

/// How many promotions lead to it.
std::size_t depth_of(const promote::Environment& environment, const promote::RepoConfig& config) {
  std::size_t depth = 0;
  const promote::Environment* at = &environment;
  while (at != nullptr && at->from && depth < config.environments.size()) {
    at = config.find(*at->from);
    ++depth;
  }
  return depth;
}

}  // namespace

std::optional<promote::RepoConfig::ServiceOf> strictest_owner(const manifest::Application* base,
                                                              const manifest::Application* head,
                                                              const promote::RepoConfig& config) {
  std::optional<promote::RepoConfig::ServiceOf> strictest;
  const auto strictness = [&](const promote::RepoConfig::ServiceOf& owner) {
    return std::pair(owner.environment->approvals, depth_of(*owner.environment, config));
  };
  for (const manifest::Application* side : {head, base}) {
    if (side == nullptr) continue;
    for (const std::string& place : places_of(*side)) {
      auto owner = config.service_of(place);
      if (owner && (!strictest || strictness(*strictest) < strictness(*owner))) strictest = std::move(owner);
    }
  }
  return strictest;
}

}  // namespace towline::engine
