#pragma once

#include <vector>

#include "base/secret.h"
#include "config/repository.h"
#include "evaluate/evaluation.h"

namespace towline::evaluate {

/// The two declarations of an application whose report it is.
struct Declarations {
  const discovery::Application* base = nullptr;  ///< nullptr: it is new
  const discovery::Application* head = nullptr;  ///< nullptr: it goes
};

/// What an application's own object says other than before (another cluster, no more pruning, another revision) changes
/// no resource that it renders. Adds that to its report, unless the object is rendered by another application and shown
/// there. `reports[i]` is of `declarations[i]`.
void show_declaration_changes(const std::vector<Declarations>& declarations, const Secret& masking_key,
                              const config::RepoConfig& config, std::vector<evaluate::ApplicationReport>& reports);

}  // namespace towline::evaluate
