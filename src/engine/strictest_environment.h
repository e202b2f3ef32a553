#pragma once

#include <optional>

#include "manifest/application.h"
#include "promote/config.h"

namespace towline::engine {

/// The environment and service that an application counts for, on whichever sides of a change it is: of those that its
/// sources' directories and value files' source, the file that declares it and what that is made from belong to, the
/// one that asks for most approvals, then the one that is promoted to last. Otherwise a prod application could be
/// changed from a dev directory, by the rules of dev.
std::optional<promote::RepoConfig::ServiceOf> strictest_owner(const manifest::Application* base,
                                                              const manifest::Application* head,
                                                              const promote::RepoConfig& config);

}  // namespace towline::engine
