#pragma once

#include <optional>
#include <string>

#include "manifest/application.h"
#include "promote/config.h"
#include "promote/snapshot.h"

namespace towline::evaluate {

struct StrictestOwner {
  promote::RepoConfig::ServiceOf owner;
  std::optional<promote::EnvironmentCause> cause;  ///< nullopt: its own path
};

/// The environment and service that an application counts for, on whichever sides of a change it is: of those that its
/// sources' directories and value files' source, the file that declares it and what that is made from belong to, the
/// one that asks for most approvals, then the one that is promoted to last. Otherwise a prod application could be
/// changed from a dev directory, by the rules of dev. Of equals the place that a reader expects: its own path.
std::optional<StrictestOwner> strictest_owner(const manifest::Application* base, const manifest::Application* head,
                                              const promote::RepoConfig& config);

}  // namespace towline::evaluate
