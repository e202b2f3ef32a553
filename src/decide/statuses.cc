#include "decide/statuses.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "decide/plain_text.h"

namespace towline::decide {
namespace {

using forge::StatusState;

constexpr std::size_t kLongestDescription = 140;

struct Wanted {
  StatusState state;
  std::string description;
};

const GateResult& gate(const std::vector<GateResult>& gates, std::string_view name) {
  return *std::find_if(gates.begin(), gates.end(), [&](const GateResult& result) { return result.gate.name == name; });
}

Wanted policy_status(const PullView& view, const std::vector<GateResult>& gates) {
  const evaluate::Evaluation* evaluation = view.evaluation();
  const GateResult& policies = gate(gates, "policies");
  // Nothing is wrong while it is being rendered, or waits for someone to allow that.
  if (evaluation == nullptr) {
    return {policies.is_failure ? StatusState::error : StatusState::pending, policies.gate.reason};
  }
  if (policies.gate.state == GateState::open) return {StatusState::success, policies.gate.reason};
  return {count_policies(*evaluation).errors > 0 ? StatusState::error : StatusState::failure, policies.gate.reason};
}

Wanted merge_status(const PullView& view, const std::vector<GateResult>& gates, const Conclusion& conclusion) {
  if (conclusion.may_merge) {
    const evaluate::Evaluation* evaluation = view.evaluation();
    const bool nothing = evaluation != nullptr && evaluation->applications.empty();
    return {StatusState::success, nothing ? "No application is affected." : "All gates pass."};
  }
  const bool failed = !view.snapshot.rendering && std::any_of(gates.begin(), gates.end(), [](const GateResult& result) {
    return result.is_failure;
  });
  return {failed ? StatusState::failure : StatusState::pending, conclusion.verdict};
}

/// Only where there is something to say of the configuration, or something was said before.
std::optional<Wanted> config_status(const PullView& view, const std::vector<GateResult>& gates) {
  const evaluate::Evaluation* evaluation = view.evaluation();
  const bool touched = evaluation != nullptr && evaluation->touches_config;
  const bool said_before =
      std::any_of(view.snapshot.statuses.begin(), view.snapshot.statuses.end(),
                  [](const forge::CommitStatus& status) { return status.context == "towline/config"; });
  if (!touched && !view.snapshot.config_error && !said_before) return std::nullopt;
  const GateResult& config = gate(gates, "config");
  if (config.gate.state != GateState::open) return Wanted{StatusState::failure, config.gate.reason};
  const bool base_is_broken = view.snapshot.config_error && !touched;
  return Wanted{base_is_broken ? StatusState::error : StatusState::success, config.gate.reason};
}

void add(const PullView& view, std::string_view context, const Wanted& wanted, std::vector<Action>& actions) {
  const forge::CommitStatus status{std::string(context), wanted.state,
                                   single_line(wanted.description, kLongestDescription), view.snapshot.page_url};
  const auto& present = view.snapshot.statuses;
  if (std::find(present.begin(), present.end(), status) != present.end()) return;
  actions.emplace_back(SetStatus{view.snapshot.pull.head, status});
}

}  // namespace

std::vector<Action> bypass_status(const PullView& view, const std::string& verdict) {
  std::vector<Action> actions;
  add(view, "towline/merge", {StatusState::failure, verdict}, actions);
  return actions;
}

std::vector<Action> missing_statuses(const PullView& view, const std::vector<GateResult>& gates,
                                     const Conclusion& conclusion) {
  std::vector<Action> actions;
  add(view, "towline/policy", policy_status(view, gates), actions);
  add(view, "towline/merge", merge_status(view, gates, conclusion), actions);
  if (const auto config = config_status(view, gates)) add(view, "towline/config", *config, actions);
  return actions;
}

}  // namespace towline::decide
