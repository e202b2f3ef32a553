#include "decide/gates/gates.h"

#include <algorithm>

#include "base/text.h"
#include "decide/plain_text.h"
#include "decide/shown.h"

namespace towline::decide {
namespace {

constexpr std::size_t kLongestReason = 600;
constexpr std::string_view kOwnContexts = "towline/";
constexpr Duration kRefusalPause = std::chrono::minutes(5);

/// What a gate's check says; the table adds the name.
struct Answer {
  GateState state = GateState::open;
  std::string reason;
  std::optional<TimePoint> changes_at = std::nullopt;
  bool is_failure = false;
};

Answer open(std::string reason) { return {GateState::open, std::move(reason)}; }
Answer closed(std::string reason) { return {GateState::closed, std::move(reason)}; }
Answer failed(std::string reason) { return {GateState::closed, std::move(reason), std::nullopt, true}; }

/// Those it affects; all of them when it reaches beyond what is known to belong to one.
std::vector<const config::Environment*> environments_concerned(const PullView& view) {
  if (!view.affected.beyond) return view.affected.environments;
  std::vector<const config::Environment*> all;
  for (const config::Environment& environment : view.snapshot.config.environments) all.push_back(&environment);
  return all;
}

Answer check_config(const PullView& view) {
  const evaluate::Evaluation* evaluation = view.evaluation();
  const std::string file(config::kRepoConfigPath);
  if (evaluation != nullptr && evaluation->config_error) {
    return failed("This pull request breaks " + file + ": " + *evaluation->config_error);
  }
  if (evaluation != nullptr && evaluation->touches_config) return open(file + " as changed here is valid.");
  if (view.snapshot.config_error && view.snapshot.config.environments.empty()) {
    return failed(file + " on " + view.snapshot.default_branch +
                  " is broken, and there is no earlier version to go by: " + *view.snapshot.config_error);
  }
  if (view.snapshot.config_error) {
    return open(file + " on " + view.snapshot.default_branch + " is broken, so the last good one is in force.");
  }
  if (view.snapshot.config.detected) return open("There is no " + file + "; the layout of the repository is used.");
  return open(file + " on " + view.snapshot.default_branch + " is valid.");
}

Answer check_policies(const PullView& view) {
  const evaluate::Evaluation* evaluation = view.evaluation();
  if (view.snapshot.rendering) return {GateState::waiting, rendering_sentence(*view.snapshot.rendering)};
  if (!view.leave.given) return closed(view.leave.why_not);
  if (evaluation == nullptr) {
    const std::string& why = view.snapshot.evaluation_error;
    return failed("The change could not be evaluated: " + (why.empty() ? std::string("it is not there yet.") : why));
  }
  const PolicyCount count = count_policies(*evaluation);
  std::vector<std::string> wrong;
  if (count.errors > 0) wrong.push_back(plural(count.errors, "check") + " could not run");
  if (count.failures > 0) wrong.push_back(plural(count.failures, "policy violation"));
  if (!wrong.empty()) return failed(enumerate(wrong, "and") + ". Push a fix.");
  if (evaluation->applications.empty() && count.checked == 0) return open("No application is affected.");
  return open(plural(count.checked, "check") + " passed" +
              (count.warnings > 0 ? ", " + plural(count.warnings, "warning") : "") + ".");
}

Answer check_soak(const PullView& view) {
  const config::Environment* environment = view.bump_environment();
  if (environment == nullptr || !environment->from) return open("Nothing is promoted here.");
  const bool soaks = environment->soak > Duration(0);
  const std::string needed =
      (soaks ? format_duration(environment->soak) + " " : "") + "in '" + *environment->from + "'";
  if (!view.snapshot.proven_since) {
    return closed("These images must have been " + needed + ", and '" + *environment->from +
                  "' does not run them now; merge them there first.");
  }
  if (!soaks) return open("'" + environment->name + "' requires no soak time.");
  const TimePoint end = *view.snapshot.proven_since + environment->soak;
  if (end <= view.now)
    return open("The images have been " + needed + " since " + format_time(*view.snapshot.proven_since) + ".");
  return {GateState::waiting,
          "Waiting until " + format_time(end) + ": the images must have been " + needed + ", and are there since " +
              format_time(*view.snapshot.proven_since) + ".",
          end};
}

Answer check_freeze(const PullView& view) {
  std::optional<Answer> latest;
  for (const config::Environment* environment : environments_concerned(view)) {
    for (const config::FreezeWindow& window : environment->freeze) {
      const auto end = frozen_until(window, view.now);
      if (!end)
        return failed("Cannot tell whether '" + environment->name + "' is frozen: " + end.error().message + ".");
      if (!*end || (latest && latest->changes_at >= *end)) continue;
      latest = Answer{GateState::waiting,
                      "Waiting until " + format_time(**end) + ": '" + environment->name + "' is frozen" +
                          (window.reason.empty() ? "" : " (" + single_line(window.reason, 200) + ")") + ".",
                      *end};
    }
  }
  return latest.value_or(open("No environment that this affects is frozen."));
}

Answer check_checks(const PullView& view) {
  std::vector<std::string> bad;
  std::vector<std::string> running;
  std::size_t others = 0;
  for (const forge::CommitStatus& status : view.snapshot.statuses) {
    if (status.context.starts_with(kOwnContexts)) continue;
    ++others;
    if (status.state == forge::StatusState::pending) running.push_back(single_line(status.context, 100));
    if (status.state == forge::StatusState::failure || status.state == forge::StatusState::error) {
      bad.push_back(single_line(status.context, 100));
    }
  }
  std::sort(bad.begin(), bad.end());
  std::sort(running.begin(), running.end());
  if (!bad.empty()) return failed("Failed on this head: " + join(bad, ", ") + "; run them again or push a fix.");
  if (!running.empty()) return {GateState::waiting, "Waiting for " + enumerate(running, "and") + " to finish."};
  return open(others == 0 ? "No other checks report on this head." : plural(others, "other check") + " passed.");
}

/// " (bob deleted the comment; the hold stays)"; "" while the comment says it.
std::string fate_in_words(const SpokenCommand& said, std::string_view what) {
  if (said.fate == Fate::stands) return {};
  const std::string who = said.changed_by.empty() ? "someone" : said.changed_by;
  return " (" + who + (said.fate == Fate::deleted ? " deleted" : " edited") + " the comment; the " + std::string(what) +
         " stays)";
}

Answer check_hold(const PullView& view) {
  if (view.loss.at && !view.loss.answered) {
    return closed(
        "Towline lost its records of this pull request, and its report was edited or deleted meanwhile, so it "
        "cannot tell whether someone holds it. Someone with write access other than " +
        view.snapshot.pull.author + " must comment /unhold; an approval alone does not end this.");
  }
  const SpokenCommand* last = nullptr;
  for (const SpokenCommand& said : view.said) {
    const bool holds = said.command.kind == chatops::CommandKind::hold;
    if (!holds && said.command.kind != chatops::CommandKind::unhold) continue;
    if (view.people.is_writer(said.user)) last = &said;
  }
  if (last == nullptr || last->command.kind == chatops::CommandKind::unhold) return open("Nobody holds it.");
  const std::string reason = single_line(last->command.arguments, 200);
  return closed("Held by " + last->user + (reason.empty() ? "" : ": " + reason) + fate_in_words(*last, "hold") +
                ". Anyone with write access can comment /unhold.");
}

Answer check_draft(const PullView& view) {
  if (!view.snapshot.pull.draft) return open("Not a draft.");
  return closed("This is a draft. Its author must mark it as ready.");
}

Answer check_mergeable(const PullView& view) {
  const evaluate::Evaluation* evaluation = view.evaluation();
  const std::string& branch = view.snapshot.default_branch;
  if (evaluation == nullptr) return {GateState::waiting, "Whether it merges into " + branch + " is not known yet."};
  if (evaluation->conflicts) return failed("It conflicts with " + branch + ". Its author must update the branch.");
  if (view.snapshot.merge_refused) {
    return {GateState::waiting,
            "The forge refused the merge (" + single_line(*view.snapshot.merge_refused, 300) +
                "); it is tried again in a few minutes, or after a new comment.",
            view.now + kRefusalPause};
  }
  return open("It merges into " + branch + " without conflicts.");
}

Answer check_approvals(const PullView& view);

struct GateRow {
  std::string_view name;
  Answer (*check)(const PullView&);
};
constexpr GateRow kGates[] = {
    {"config", check_config}, {"policies", check_policies}, {"approvals", check_approvals},
    {"soak", check_soak},     {"freeze", check_freeze},     {"checks", check_checks},
    {"hold", check_hold},     {"draft", check_draft},       {"mergeable", check_mergeable},
};

// ---- approvals ---------------------------------------------------------------------------------------------

std::string approvers_in_words(const config::Environment& environment) {
  if (environment.approvers.empty()) return "anyone with write access except the authors of the change";
  std::vector<std::string> words;
  for (const std::string& approver : environment.approvers) {
    constexpr std::string_view kTeam = "team:";
    words.push_back(approver.starts_with(kTeam) ? "team " + approver.substr(kTeam.size()) : approver);
  }
  return enumerate(words, "or");
}

std::vector<std::string> approved_by(const PullView& view, const config::Environment& environment) {
  std::vector<std::string> users;
  for (const Approval& approval : view.approvals.counting) {
    if (view.people.is_approver(environment, approval.user)) users.push_back(approval.user);
  }
  return users;
}

/// "1 approval for 'prod' from alice or team payments", or "" when there are enough.
std::string missing_for(const PullView& view, const config::Environment& environment) {
  const std::size_t given = approved_by(view, environment).size();
  if (given >= environment.approvals) return {};
  const std::size_t missing = environment.approvals - given;
  std::string text = plural(missing, given > 0 ? "more approval" : "approval") + " for '" + environment.name +
                     "' from " + approvers_in_words(environment);
  const std::size_t possible = view.people.possible_approvers(environment);
  if (possible < environment.approvals) {
    text += " (only " + std::to_string(possible) + " of them can: it takes write access, and not having written it)";
  }
  return text;
}

std::string given_in_words(const std::vector<Approval>& approvals) {
  std::vector<std::string> words;
  words.reserve(approvals.size());
  for (const Approval& approval : approvals) {
    words.push_back(
        approval.user +
        (approval.carried ? " (given for " + short_id(approval.head) + ", whose rendered change is the same)" : ""));
  }
  return enumerate(words, "and");
}

Answer check_approvals(const PullView& view) {
  const Approvals& approvals = view.approvals;
  if (!approvals.against.empty()) {
    return failed("Changes requested by " + enumerate(approvals.against, "and") +
                  ". Approving, or dismissing the review, lifts this.");
  }
  std::vector<std::string> missing;
  std::size_t required = 0;
  for (const config::Environment* environment : environments_concerned(view)) {
    required = std::max(required, environment->approvals);
    if (std::string text = missing_for(view, *environment); !text.empty()) missing.push_back(std::move(text));
  }
  std::string remarks;
  for (const std::string& remark : approvals.remarks) remarks += " " + remark;
  if (!missing.empty()) return {GateState::waiting, "Waiting for " + enumerate(missing, "and") + "." + remarks};
  const std::string given = approvals.counting.empty() ? "" : "Approved by " + given_in_words(approvals.counting) + ".";
  if (required == 0) return open("No approval is required." + (given.empty() ? "" : " " + given));
  return open(given);
}

/// Leaves the approvals that one of the environments asks for; where none asks for any, all of them.
void keep_approvers(const std::vector<const config::Environment*>& environments, const People& people,
                    decide::Approvals& approvals) {
  std::vector<const config::Environment*> asking;
  for (const config::Environment* environment : environments) {
    if (environment->approvals > 0) asking.push_back(environment);
  }
  if (asking.empty()) return;
  std::erase_if(approvals.counting, [&](const Approval& approval) {
    const auto takes_it = [&](const config::Environment* environment) {
      return people.is_approver(*environment, approval.user);
    };
    if (std::any_of(asking.begin(), asking.end(), takes_it)) return false;
    approvals.remarks.push_back("The approval by " + approval.user + " does not count: " + approval.user +
                                " is not among the approvers.");
    return true;
  });
}

/// Whether an approval from before the loss was taken back, nobody knows.
void drop_lost_approvals(const Loss& loss, Approvals& approvals) {
  if (!loss.at) return;
  std::erase_if(approvals.counting, [&](const Approval& approval) {
    if (approval.at > *loss.at) return false;
    approvals.remarks.push_back("The approval by " + approval.user +
                                " does not count: it was given before Towline lost its records of this pull request.");
    return true;
  });
}

bool belongs_to_reported(const evaluate::Evaluation& evaluation, std::string_view path) {
  return std::any_of(evaluation.applications.begin(), evaluation.applications.end(), [&](const auto& report) {
    return path == report.application.declared_in || path.starts_with(report.application.path + "/");
  });
}

Affected find_affected(const PullView& view) {
  Affected affected;
  std::set<std::string> names;
  if (view.snapshot.bump) names.insert(view.snapshot.bump->environment);
  const evaluate::Evaluation* evaluation = view.evaluation();
  if (evaluation == nullptr) {
    affected.beyond = true;
  } else {
    affected.beyond = evaluation->touches_config;
    for (const evaluate::ApplicationReport& report : evaluation->applications) {
      names.insert(report.environment);
      if (view.snapshot.config.find(report.environment) == nullptr) affected.beyond = true;
    }
    for (const std::string& path : evaluation->changed_paths) {
      if (const auto owner = view.snapshot.config.service_of(path)) {
        names.insert(owner->environment->name);
      } else if (!is_documentation(path) && !belongs_to_reported(*evaluation, path)) {
        // What is applied by nothing that is known may be applied by what is not: an ApplicationSet, a script.
        affected.beyond = true;
      }
    }
  }
  for (const config::Environment& environment : view.snapshot.config.environments) {
    if (names.contains(environment.name)) affected.environments.push_back(&environment);
  }
  return affected;
}

}  // namespace

PullView::PullView(const PullSnapshot& of, TimePoint at)
    : snapshot(of),
      now(at),
      people(of),
      said(spoken_commands(of, people)),
      unheard(unheard_commands(of, people)),
      loss(find_loss(of, people, said)),
      approvals(read_approvals(of, people, said)),
      leave(render_permission(of, people, said)) {
  affected = find_affected(*this);
  drop_lost_approvals(loss, approvals);
  keep_approvers(environments_concerned(*this), people, approvals);
}

const evaluate::Evaluation* PullView::evaluation() const {
  const auto& made = snapshot.evaluation;
  return made && made->head == snapshot.pull.head ? &*made : nullptr;
}

const config::Environment* PullView::bump_environment() const {
  return snapshot.bump ? snapshot.config.find(snapshot.bump->environment) : nullptr;
}

namespace {
/// What was broken at the base is not the pull request's doing, and may be what it mends.
std::size_t problems_at_head(const evaluate::ApplicationReport& report) {
  return static_cast<std::size_t>(
      std::count_if(report.problems.begin(), report.problems.end(),
                    [](const auto& problem) { return !problem.starts_with(evaluate::kAtTheBase); }));
}
}  // namespace

std::string rendering_sentence(const Rendering& rendering) {
  const std::string what = rendering.applications == 0 ? "" : " " + plural(rendering.applications, "application");
  return "Rendering" + what + ": what changes is not known yet.";
}

PolicyCount count_policies(const evaluate::Evaluation& evaluation) {
  PolicyCount count;
  for (const policy::Finding& finding : evaluation.findings) {
    if (finding.level != policy::Level::skipped) ++count.checked;
    if (finding.level == policy::Level::warn) ++count.warnings;
    if (finding.level == policy::Level::fail) ++count.failures;
    if (finding.level == policy::Level::error) ++count.errors;
  }
  for (const evaluate::ApplicationReport& report : evaluation.applications) count.errors += problems_at_head(report);
  return count;
}

std::vector<GateResult> check_gates(const PullView& view) {
  std::vector<GateResult> results;
  for (const GateRow& row : kGates) {
    Answer answer = row.check(view);
    Gate gate{std::string(row.name), answer.state, single_line(answer.reason, kLongestReason)};
    results.push_back({std::move(gate), answer.changes_at, answer.is_failure});
  }
  return results;
}

std::string_view to_string(GateState state) {
  switch (state) {
    case GateState::open:
      return "open";
    case GateState::waiting:
      return "waiting";
    case GateState::closed:
      return "closed";
  }
  return "";
}

}  // namespace towline::decide
