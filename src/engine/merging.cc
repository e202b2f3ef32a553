#include "engine/merging.h"

namespace towline::engine {
namespace {

/// Error conflict: a merge that was not answered may still be carried out.
Result<void> check_unanswered(InfraRepository& workspace, const std::string& branch) {
  const auto number = workspace.unanswered_merge(branch);
  if (!number) return {};
  TRY(const forge::PullRequest pull, workspace.forge().pull(workspace.repo(), *number));
  if (!pull.open) {
    workspace.set_unanswered_merge(branch, std::nullopt);
    return {};
  }
  return fail(ErrorKind::conflict, "the forge has not answered whether it merges pull request #" +
                                       std::to_string(number->value) + " into " + branch +
                                       "; nothing else is merged until " + "it has, or two minutes are over");
}

Result<void> check_base(InfraRepository& workspace, const MergeOrder& order) {
  TRY(const forge::Branch target, workspace.forge().branch(workspace.repo(), order.branch));
  if (target.head == order.base) return {};
  return fail(ErrorKind::conflict, order.branch + " of " + workspace.repo().str() + " moved from " +
                                       short_id(order.base) + " to " + short_id(target.head) + " since pull request #" +
                                       std::to_string(order.request.number.value) +
                                       " was evaluated; it is evaluated again");
}

}  // namespace

Result<CommitId> merge_on_base(InfraRepository& workspace, const Probe& probe, const MergeOrder& order) {
  const PullNumber number = order.request.number;
  const auto turn = workspace.merge_turn(order.branch, [&] {
    if (probe) probe("merge-waits");
  });
  CHECK_OK(check_unanswered(workspace, order.branch));
  CHECK_OK(check_base(workspace, order));
  if (probe) probe("merging");
  auto merged = workspace.forge().merge(workspace.repo(), order.request);
  if (merged) return merged;
  const Error& error = merged.error();
  if (error.kind == ErrorKind::timeout) workspace.set_unanswered_merge(order.branch, number);
  if (error.kind == ErrorKind::forbidden || error.kind == ErrorKind::invalid) {
    // Trying again at once gives the same answer; people learn of it through the report.
    workspace.remember_refusal(number, error.message);
  } else {
    workspace.note_failed_merge(number, order.branch, error.message);
  }
  return merged;
}

}  // namespace towline::engine
