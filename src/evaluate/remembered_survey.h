#pragma once

#include <vector>

#include "base/result.h"
#include "config/repository.h"
#include "evaluate/discovery_screen.h"
#include "git/repository.h"

namespace towline::evaluate {

/// What is known of a commit: as remembered, else from another commit's by what differs, else from scratch.
Result<DiscoveryScreen::Known> survey_at(DiscoveryScreen& screen, const git::Repository& repository,
                                         const CommitId& commit, const config::RepoConfig& config,
                                         const discovery::OwnRepository& own = {});

/// What the changes make of a state that is known for the same configuration; not remembered.
Result<DiscoveryScreen::Known> survey_changed(DiscoveryScreen& screen, const git::Repository& repository,
                                              const Surveyed& before, const std::vector<git::PathChange>& changes,
                                              const config::RepoConfig& config,
                                              const discovery::OwnRepository& own = {});

}  // namespace towline::evaluate
