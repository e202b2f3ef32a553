#pragma once

#include <optional>
#include <string>

#include "config/repository.h"
#include "discovery/application.h"
#include "evaluate/evaluation.h"

namespace towline::evaluate {

struct StrictestOwner {
  config::RepoConfig::ServiceOf owner;
  std::optional<evaluate::EnvironmentCause> cause;  ///< nullopt: its own path
};

/// Whether one environment asks for more approvals than the other, or as many and is promoted to later.
bool is_stricter(const config::Environment& one, const config::Environment& other, const config::RepoConfig& config);

/// The environment and service that an application counts for, on whichever sides of a change it is: of those that its
/// sources' directories and value files' source, the file that declares it and what that is made from belong to, the
/// one that asks for most approvals, then the one that is promoted to last. Otherwise a prod application could be
/// changed from a dev directory, by the rules of dev. Of equals the place that a reader expects: its own path.
std::optional<StrictestOwner> strictest_owner(const discovery::Application* base, const discovery::Application* head,
                                              const config::RepoConfig& config);

}  // namespace towline::evaluate
