#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "decide/decide.h"
#include "engine/engine.h"
#include "engine/infra_repository.h"
#include "engine/shown_ledger.h"
#include "git/repository.h"
#include "report/report.h"
#include "store/store.h"

namespace towline::engine {

struct Executor {
  store::Store& store;
  const Clock& clock;
  const report::Templates& templates;
  const Probe& probe;
  std::string public_url;
  std::string bot_name;
  std::string bot_email;
  ShownLedger ledger;
  Secret seal_key;  ///< own_comments.h
};

/// What executing did, and which keys must be looked at again because of it.
struct Executed {
  std::vector<std::string> actions;
  std::vector<std::string> due;
  std::vector<std::string> refusals;  ///< bumps of a repository's plan that are not made, and why
};

/// Carries out a plan in order and gives the first failure. A pull request's plan stops there; a repository's goes on,
/// its actions being about different pull requests, and a bump whose branch is someone else's is a refusal there. What
/// was done stands, and deciding again leads on from there.
Result<void> execute_repo(const Executor& executor, InfraRepository& workspace, git::Repository& mirror,
                          const decide::RepoSnapshot& snapshot, const decide::Plan& plan, Executed& executed);
Result<void> execute_pull(const Executor& executor, InfraRepository& workspace, git::Repository& mirror,
                          const decide::PullSnapshot& snapshot, const decide::PullDecision& decision,
                          Executed& executed);

}  // namespace towline::engine
