#include "evaluate/destinations.h"

#include <algorithm>

#include "evaluate/strictest_environment.h"

namespace towline::evaluate {
namespace {

std::string in_words(const std::string& cluster, const std::string& ns) {
  const std::string where = cluster.empty() ? "the cluster of Argo CD or Flux" : cluster;
  return ns.empty() ? where : where + ", namespace " + ns;
}

}  // namespace

Destinations::Destinations(const std::vector<const discovery::Application*>& base, const config::RepoConfig& config)
    : config_(config) {
  for (const discovery::Application* application : base) {
    // A mere directory has no destination.
    if (application->declared_in.empty()) continue;
    const auto owner = strictest_owner(application, nullptr, config);
    known_.push_back({application, owner ? owner->owner.environment : nullptr, cluster_of(*application)});
    by_cluster_.emplace(known_.back().cluster, known_.size() - 1);
  }
}

/// Argo CD takes a cluster's name and its server for the same.
std::string Destinations::cluster_of(const discovery::Application& application) const {
  for (const discovery::Cluster& cluster : config_.clusters) {
    if (!application.cluster.empty() && cluster.name == application.cluster) return cluster.server;
  }
  return application.cluster;
}

const config::Environment* Destinations::strictest(const Environments& environments) const {
  const config::Environment* found = nullptr;
  for (const config::Environment* one : environments) {
    if (one != nullptr && (found == nullptr || is_stricter(*one, *found, config_))) found = one;
  }
  return found;
}

Destinations::Environments Destinations::at_cluster(const std::string& cluster,
                                                    const discovery::Application* without) const {
  Environments found;
  const auto [first, last] = by_cluster_.equal_range(cluster);
  for (auto one = first; one != last; ++one) {
    const Known& known = known_[one->second];
    if (known.application != without) found.insert(known.environment);
  }
  return found;
}

Destinations::Environments Destinations::near(const discovery::Application& head, const discovery::Application* without,
                                              const std::set<std::string>& changed) const {
  const std::string cluster = cluster_of(head);
  Environments exact;
  Environments siblings;
  const auto [first, last] = by_cluster_.equal_range(cluster);
  for (auto one = first; one != last; ++one) {
    const Known& known = known_[one->second];
    if (known.application == without) continue;
    if (!head.ns.empty() && known.application->ns == head.ns) exact.insert(known.environment);
    if (known.application->declared_in == head.declared_in) siblings.insert(known.environment);
  }
  if (!exact.empty()) return exact;
  if (!siblings.empty() && !changed.contains(head.declared_in)) return siblings;
  return at_cluster(cluster, without);
}

const config::Environment* Destinations::holder(const discovery::Application& application) const {
  const std::string cluster = cluster_of(application);
  if (cluster.empty() || application.declared_in.empty()) return nullptr;
  Environments others = at_cluster(cluster, &application);
  others.erase(nullptr);
  const auto own = strictest_owner(&application, nullptr, config_);
  return own && others.contains(own->owner.environment) ? nullptr : strictest(others);
}

DestinationOwner Destinations::owner(const discovery::Application* base, const discovery::Application* head,
                                     const std::set<std::string>& changed) const {
  DestinationOwner owner;
  if (base != nullptr) {
    owner.environment = holder(*base);
    owner.cause = {"goes to", in_words(cluster_of(*base), base->ns)};
  }
  if (head == nullptr || head->declared_in.empty()) return owner;
  if (base != nullptr && base->cluster == head->cluster && base->ns == head->ns) return owner;
  const Environments environments = near(*head, base, changed);
  const config::Environment* next = strictest(environments);
  // Applications of no environment tell nothing: content outside of environments needs the approvals of all.
  owner.known = !environments.empty() && !environments.contains(nullptr);
  if (!owner.known || owner.environment == nullptr ||
      (next != nullptr && is_stricter(*next, *owner.environment, config_))) {
    owner.environment = next;
    owner.cause = {"goes to", in_words(cluster_of(*head), head->ns)};
  } else {
    owner.cause.how = "before: goes to";
  }
  return owner;
}

}  // namespace towline::evaluate
