#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/repository.h"
#include "discovery/application.h"
#include "evaluate/evaluation.h"

namespace towline::evaluate {

/// What the destination of an application says about its environment.
struct DestinationOwner {
  bool known = true;                                 ///< false: it may be any environment's
  const config::Environment* environment = nullptr;  ///< nullptr: the destination adds nothing
  EnvironmentCause cause;                            ///< "goes to", "https://prod.example.com, namespace pay"
};

/// Which environments the clusters and namespaces belong to, by the applications of the base: a pull request that sends
/// content of dev to the cluster of prod must pass the gates of prod.
class Destinations {
 public:
  /// The applications must outlive it.
  Destinations(const std::vector<const discovery::Application*>& base, const config::RepoConfig& config);

  /// A new application, and one that goes elsewhere than before, counts for the strictest environment of those that
  /// applications of the base with the same cluster and namespace belong to. Where there are none: of its siblings, the
  /// applications of the same cluster that the same file declared before, if that file is not `changed`; else of all
  /// applications of the cluster; else nobody knows.
  /// One of the base counts also for the environment that alone has a cluster which is named, if that is not its own:
  /// the cluster that Argo CD or Flux runs in has the same name everywhere.
  DestinationOwner owner(const discovery::Application* base, const discovery::Application* head,
                         const std::set<std::string>& changed) const;

 private:
  /// The environment that alone has the named cluster of an application of the base, if that is not its own.
  const config::Environment* holder(const discovery::Application& application) const;
  using Environments = std::set<const config::Environment*>;
  std::string cluster_of(const discovery::Application& application) const;
  const config::Environment* strictest(const Environments& environments) const;
  Environments at_cluster(const std::string& cluster, const discovery::Application* without) const;
  Environments near(const discovery::Application& head, const discovery::Application* without,
                    const std::set<std::string>& changed) const;

  struct Known {
    const discovery::Application* application;
    const config::Environment* environment;  ///< nullptr: none
    std::string cluster;
  };
  const config::RepoConfig& config_;
  std::vector<Known> known_;
  std::multimap<std::string, std::size_t> by_cluster_;
};

}  // namespace towline::evaluate
