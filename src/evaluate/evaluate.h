#pragma once

#include <cstddef>
#include <functional>

#include "base/result.h"
#include "base/secret.h"
#include "config/repository.h"
#include "evaluate/discovery_screen.h"
#include "evaluate/evaluation.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate {

struct Evaluator {
  render::Renderer& renderer;
  DiscoveryScreen& screen;
  Secret masking_key;
  /// Called with the number of affected applications once it is known; may be empty.
  std::function<void(std::size_t)> on_affected{};
  discovery::OwnRepository own{};  ///< what is known of it beside its files
};

/// What merging `head` into `base_tip` changes now: the affected applications rendered at the tip and at what the merge
/// makes of it, compared, and checked against the rules. Where it does not merge cleanly, and while the tip is still
/// where the head's branch left it, that is their merge base against head. Errors are of reading the repository.
Result<evaluate::Evaluation> evaluate(const Evaluator& evaluator, const git::Repository& repository,
                                      const CommitId& base_tip, const CommitId& head, const config::RepoConfig& config);

/// Every application of the repository at a commit.
Result<discovery::Discovered> applications_at(const Evaluator& evaluator, const git::Repository& repository,
                                              const CommitId& commit, const config::RepoConfig& config);

}  // namespace towline::evaluate
