#include <algorithm>
#include <map>

#include "base/text.h"
#include "decide/commands/replies.h"
#include "decide/decide.h"
#include "decide/gates/gates.h"
#include "decide/gates/merge_check.h"
#include "decide/ledger.h"
#include "decide/publishing.h"
#include "decide/statuses.h"
#include "decide/trailers.h"

namespace towline::decide {
namespace {

constexpr Duration kEvaluationPause = std::chrono::minutes(5);

bool all_open(const std::vector<GateResult>& gates) {
  return std::all_of(gates.begin(), gates.end(),
                     [](const GateResult& result) { return result.gate.state == GateState::open; });
}

/// Someone with write access asked for the merge of this head and has not taken it back.
bool merge_was_asked_for(const PullView& view) {
  std::set<std::string> asking;
  for (const SpokenCommand& said : view.said) {
    const std::string user = to_lower(said.user);
    if (said.command.kind == chatops::CommandKind::unapprove) asking.erase(user);
    if (said.command.kind != chatops::CommandKind::merge || !view.people.is_writer(said.user)) continue;
    if (meant_by(view.snapshot, said).holds != Holds::no) asking.insert(user);
  }
  return !asking.empty();
}

/// The bot's own pull request merges without being asked where the environment says so, and where it requires
/// approvals: those are the asking. Not once somebody else has committed on its branch.
bool merges_by_itself(const PullView& view) {
  const config::Environment* environment = view.bump_environment();
  if (environment == nullptr || view.snapshot.bump_images.empty() || view.people.others_committed()) return false;
  return environment->bump == config::BumpMode::merge || environment->approvals > 0;
}

std::string verdict(const PullView& view, const std::vector<GateResult>& gates, bool wants_merge) {
  if (view.snapshot.rendering) return rendering_sentence(*view.snapshot.rendering);
  // What is wrong comes before what somebody chose, and that before what only takes time.
  const GateResult* worst = nullptr;
  const auto weight = [](const GateResult& result) {
    return result.is_failure ? 3 : result.gate.state == GateState::closed ? 2 : result.gate.state == GateState::waiting;
  };
  for (const GateResult& result : gates) {
    if (weight(result) > (worst == nullptr ? 0 : weight(*worst))) worst = &result;
  }
  if (worst != nullptr) return worst->gate.reason;
  if (wants_merge) return "Ready to merge: every gate is open, so it merges now.";
  const evaluate::Evaluation* evaluation = view.evaluation();
  const bool nothing = evaluation != nullptr && evaluation->applications.empty();
  return nothing ? "Ready to merge: no application is affected. /merge merges it."
                 : "Ready to merge: every gate is open. /merge merges it.";
}

/// What still restrains although its comment or review is gone or says something else. The hold gate tells of holds.
std::vector<std::string> kept_restraints(const PullView& view) {
  std::vector<std::string> sentences;
  std::map<std::string, const SpokenCommand*> last;
  for (const SpokenCommand& said : view.said) {
    const bool decides =
        said.command.kind == chatops::CommandKind::approve || said.command.kind == chatops::CommandKind::unapprove;
    if (decides && view.people.is_writer(said.user)) last[to_lower(said.user)] = &said;
  }
  for (const auto& [login, said] : last) {
    if (said->command.kind != chatops::CommandKind::unapprove || said->fate == Fate::stands) continue;
    const std::string who = said->changed_by.empty() ? "Someone" : said->changed_by;
    sentences.push_back(who + (said->fate == Fate::deleted ? " deleted" : " edited") + " the comment in which " +
                        said->user + " said /unapprove; it still counts.");
  }
  for (const forge::Review& review : view.snapshot.reviews) {
    if (!view.snapshot.vanished_reviews.contains(review.id) || !view.people.is_writer(review.author)) continue;
    sentences.push_back("The review in which " + review.author + " requested changes is gone; it still counts until " +
                        review.author + " approves.");
  }
  return sentences;
}

std::vector<std::string> notes(const PullView& view) {
  std::vector<std::string> all;
  const PullSnapshot& snapshot = view.snapshot;
  if (snapshot.config_error) {
    all.push_back(std::string(config::kRepoConfigPath) + " on " + snapshot.default_branch +
                  " is broken, so the last good one is in force: " + *snapshot.config_error);
  }
  if (snapshot.bump && view.people.others_committed()) {
    all.push_back(
        "Someone else committed on this branch, so Towline no longer rewrites it, and it merges only on "
        "/merge.");
  }
  for (const SpokenCommand& said : view.said) {
    if (said.command.kind != chatops::CommandKind::merge || !view.people.is_writer(said.user)) continue;
    const Meant meant = meant_by(snapshot, said);
    if (meant.holds == Holds::no) all.push_back("/merge by " + said.user + " does not count: " + meant.why_not + ".");
  }
  if (view.leave.needed && view.leave.given) {
    all.push_back("Rendered because " + view.leave.by +
                  " said /ok-to-test of this head; a later push needs a new one.");
  }
  all.insert(all.end(), view.leave.remarks.begin(), view.leave.remarks.end());
  const auto edited = edited_commands(snapshot, view.people);
  all.insert(all.end(), edited.begin(), edited.end());
  const auto kept = kept_restraints(view);
  all.insert(all.end(), kept.begin(), kept.end());
  const auto foreign = foreign_changes(view);
  all.insert(all.end(), foreign.begin(), foreign.end());
  return all;
}

/// What blocked the pull request when somebody other than the bot merged it by hand; empty when nothing did.
std::vector<std::string> bypassed_gates(const PullSnapshot& snapshot, TimePoint now) {
  const forge::PullRequest& pull = snapshot.pull;
  const bool by_the_bot = to_lower(pull.merged_by) == to_lower(snapshot.bot);
  if (by_the_bot || (pull.merged_by.empty() && snapshot.merge_check) || snapshot.rendering) return {};
  // Pull requests from before Towline was installed have no status to bypass.
  const auto& statuses = snapshot.statuses;
  if (std::none_of(statuses.begin(), statuses.end(),
                   [](const auto& status) { return status.context == "towline/merge"; })) {
    return {};
  }
  constexpr std::string_view kJudged[] = {"config", "policies", "approvals", "soak", "freeze", "hold"};
  std::vector<std::string> reasons;
  for (const GateResult& result : check_gates(PullView(snapshot, pull.merged_at.value_or(now)))) {
    const bool judged = std::find(std::begin(kJudged), std::end(kJudged), result.gate.name) != std::end(kJudged);
    if (judged && result.gate.state != GateState::open) reasons.push_back(result.gate.name + ": " + result.gate.reason);
  }
  return reasons;
}

/// What was decided about a pull request that is over: nothing more.
Conclusion concluded(const PullSnapshot& snapshot, const std::vector<std::string>& bypassed) {
  Conclusion conclusion;
  if (!snapshot.pull.merged) {
    conclusion.verdict = "Closed without merging.";
    return conclusion;
  }
  const auto& pull = snapshot.pull;
  const auto& check = snapshot.merge_check;
  conclusion.verdict = "Merged" + (pull.merged_by.empty() ? "" : " by " + pull.merged_by) +
                       (pull.merge_commit.empty() ? "" : " as " + short_id(pull.merge_commit)) +
                       (bypassed.empty() ? "." : " although Towline blocked it.");
  for (const std::string& reason : bypassed) conclusion.notes.push_back("Bypassed gate " + reason);
  if (check && !check->as_evaluated) conclusion.notes.push_back(difference_sentence(*check));
  return conclusion;
}

void publish_report(const PullView& view, const Conclusion& conclusion, Plan& plan) {
  if (auto report = publication(view, conclusion)) plan.actions.emplace_back(*std::move(report));
}

void append(std::vector<Action> more, Plan& plan) {
  for (Action& action : more) plan.actions.push_back(std::move(action));
}

void append_notes(std::vector<std::string> more, Conclusion& conclusion) {
  for (std::string& note : more) conclusion.notes.push_back(std::move(note));
}

void look_again_at(std::optional<TimePoint> time, TimePoint now, Plan& plan) {
  if (!time || *time <= now) return;
  if (!plan.look_again || *time < *plan.look_again) plan.look_again = time;
}

PullDecision decide_open(const PullView& view) {
  PullDecision decision;
  Conclusion& conclusion = decision.conclusion;
  const std::vector<GateResult> gates = check_gates(view);
  for (const GateResult& result : gates) {
    conclusion.gates.push_back(result.gate);
    look_again_at(result.changes_at, view.now, decision.plan);
  }
  // A repository that could not be read may be readable at the next look.
  if (view.evaluation() == nullptr && view.leave.given) {
    look_again_at(view.now + kEvaluationPause, view.now, decision.plan);
  }
  conclusion.may_merge = all_open(gates);
  conclusion.wants_merge = merges_by_itself(view) || merge_was_asked_for(view);
  conclusion.approvals = view.approvals.counting;
  conclusion.notes = notes(view);
  conclusion.ledger = write_ledger(view);
  conclusion.verdict = verdict(view, gates, conclusion.wants_merge);
  append(missing_statuses(view, gates, conclusion), decision.plan);
  publish_report(view, conclusion, decision.plan);
  if (view.snapshot.rendering) return decision;
  for (RestoreComment& restore : restorations(view)) decision.plan.actions.emplace_back(std::move(restore));
  append(answers(view), decision.plan);
  look_again_at(next_answer(view), view.now, decision.plan);
  if (conclusion.may_merge && conclusion.wants_merge) {
    decision.plan.actions.emplace_back(merge_of(view, conclusion.gates));
  }
  return decision;
}

}  // namespace

PullDecision decide_pull(const PullSnapshot& snapshot, TimePoint now) {
  PullDecision decision;
  if (snapshot.pull.base_branch != snapshot.default_branch) {
    decision.conclusion.verdict = "Only pull requests to " + snapshot.default_branch + " are looked at.";
    return decision;
  }
  const PullView view(snapshot, now);
  if (snapshot.pull.open && !snapshot.pull.merged) return decide_open(view);
  const std::vector<std::string> bypassed =
      snapshot.pull.merged ? bypassed_gates(snapshot, now) : std::vector<std::string>();
  decision.conclusion = concluded(snapshot, bypassed);
  append_notes(foreign_changes(view), decision.conclusion);
  decision.conclusion.ledger = write_ledger(view);
  if (!bypassed.empty()) append(bypass_status(view, decision.conclusion.verdict), decision.plan);
  publish_report(view, decision.conclusion, decision.plan);
  for (RestoreComment& restore : restorations(view)) decision.plan.actions.emplace_back(std::move(restore));
  append(answers(view), decision.plan);
  append(merge_check_actions(view), decision.plan);
  look_again_at(next_answer(view), view.now, decision.plan);
  return decision;
}

}  // namespace towline::decide
