#include "decide/commands/replies.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "decide/plain_text.h"
#include "decide/promotion/bump_text.h"

namespace towline::decide {
namespace {

using chatops::CommandKind;

/// How long a webhook has to arrive before its comment is taken as not delivered.
constexpr Duration kDeliveryTakes = std::chrono::minutes(1);

std::string written(const SpokenCommand& said) { return code_span("/" + said.command.name); }

std::string help_text() {
  std::string text = "Commands, each on a line of its own in a new comment:\n";
  for (const chatops::CommandSpec& spec : chatops::command_table()) {
    std::string usage = "/" + std::string(spec.name);
    if (!spec.arguments.empty()) usage += " " + std::string(spec.arguments);
    text += "\n- " + code_span(usage) + ": " + std::string(spec.summary);
  }
  return text;
}

std::string unknown_text(const SpokenCommand& said) {
  const std::string near = chatops::suggestion(said.command);
  return written(said) + " is not a command." + (near.empty() ? "" : " " + near) + " " + code_span("/help") +
         " lists them all.";
}

bool names_commit_wrongly(const SpokenCommand& said) {
  const std::string& argument = said.command.arguments;
  return !argument.empty() && !is_commit_prefix(argument);
}

/// The environments that take their images from one that this pull request affects.
std::vector<const config::Environment*> promoted_to(const PullView& view) {
  std::vector<const config::Environment*> targets;
  for (const config::Environment& environment : view.snapshot.config.environments) {
    const auto is_source = [&](const config::Environment* source) { return environment.from == source->name; };
    const auto& affected = view.affected.environments;
    if (std::any_of(affected.begin(), affected.end(), is_source)) targets.push_back(&environment);
  }
  return targets;
}

std::string names_of(const std::vector<const config::Environment*>& environments) {
  std::vector<std::string> names;
  names.reserve(environments.size());
  for (const config::Environment* environment : environments) names.push_back(code_span(environment->name));
  return enumerate(names, "and");
}

class Promotion {
 public:
  Promotion(const PullView& view, const SpokenCommand& said) : view_(view), wanted_name_(said.command.arguments) {}

  /// The bumps to make; none when text() says why not.
  std::vector<UpsertBump> bumps() const {
    std::vector<UpsertBump> all;
    if (!view_.snapshot.pull.merged) return all;
    for (const WantedBump& wanted : view_.snapshot.promotions) {
      const config::Environment* environment = view_.snapshot.config.find(wanted.target.environment);
      if (environment == nullptr || (!wanted_name_.empty() && wanted_name_ != environment->name)) continue;
      all.push_back(upsert_for(wanted, *environment));
    }
    return all;
  }

  std::string text() const {
    const auto made = bumps();
    if (made.empty()) return why_not();
    std::string text = "Asked for, and brought up to date where it is open already:\n";
    for (const UpsertBump& bump : made)
      text += "\n- " + code_span(bump.title) + " on the branch " + code_span(bump.branch);
    return text;
  }

 private:
  std::string why_not() const {
    const PullSnapshot& snapshot = view_.snapshot;
    if (!snapshot.pull.merged) {
      return "Only a merged pull request can be promoted. Comment " + code_span("/promote") + " again after the merge.";
    }
    const config::Environment* asked = snapshot.config.find(wanted_name_);
    if (!wanted_name_.empty() && asked == nullptr) {
      std::vector<std::string> names;
      for (const config::Environment& environment : snapshot.config.environments) names.push_back(environment.name);
      const std::string near = nearest(wanted_name_, names);
      return "There is no environment " + code_span(wanted_name_) +
             (near.empty() ? "." : "; did you mean " + code_span(near) + "?");
    }
    const auto targets = promoted_to(view_);
    if (targets.empty()) return "No environment is promoted from one that this pull request affects.";
    if (asked != nullptr && std::find(targets.begin(), targets.end(), asked) == targets.end()) {
      if (!asked->from) return code_span(asked->name) + " is not promoted from any environment.";
      return code_span(asked->name) + " is promoted from " + code_span(*asked->from) +
             ", which this pull request does not affect.";
    }
    const std::string where = asked != nullptr ? code_span(asked->name) : names_of(targets);
    return "There is nothing to promote to " + where +
           ": it already runs these images or newer ones, or has no such service.";
  }

  const PullView& view_;
  std::string wanted_name_;
};

/// What to say to one command; "" when the report says it.
std::string answer_text(const PullView& view, const SpokenCommand& said) {
  const CommandKind kind = said.command.kind;
  if (kind == CommandKind::help) return help_text();
  if (kind == CommandKind::unknown) return unknown_text(said);
  if (!view.people.is_writer(said.user)) {
    return written(said) + " takes write access to " + view.snapshot.repo.str() + ", which " + code_span(said.user) +
           " does not have. Someone who has it can say it.";
  }
  if (kind == CommandKind::promote) return Promotion(view, said).text();
  const bool tied_to_head =
      kind == CommandKind::approve || kind == CommandKind::merge || kind == CommandKind::ok_to_test;
  if (tied_to_head && names_commit_wrongly(said)) {
    return written(said) + " takes no argument, or a commit SHA of at least 7 digits, so this one is ignored.";
  }
  if (kind == CommandKind::approve && view.people.wrote_it(said.user)) {
    return "Nobody approves what they wrote, and " + code_span(said.user) +
           " opened this pull request or made one of its commits. Someone else with write access can approve.";
  }
  if (kind == CommandKind::ok_to_test && !view.leave.needed) {
    return "This pull request needs no " + code_span("/ok-to-test") + ": it is rendered as it is.";
  }
  if (kind == CommandKind::ok_to_test && view.people.same(said.user, view.snapshot.pull.author)) {
    return "Nobody says " + code_span("/ok-to-test") +
           " of their own pull request. Someone else with write access can, once they have looked at it.";
  }
  return {};
}

std::set<std::int64_t> answered(const PullView& view) {
  std::set<std::int64_t> targets;
  for (const forge::Comment& comment : view.snapshot.comments) {
    if (!view.people.same(comment.author, view.snapshot.bot)) continue;
    const auto own = view.snapshot.own.find(comment.id);
    const auto target =
        own == view.snapshot.own.end() ? find_reply_target(comment.body) : std::optional(own->second.reply_to);
    if (target && *target > 0) targets.insert(*target);
  }
  return targets;
}

bool is_answered_now(const PullView& view, const SpokenCommand& said) {
  const forge::PullRequest& pull = view.snapshot.pull;
  return pull.open || (pull.merged && said.command.kind == CommandKind::promote);
}

std::string unheard_text(const PullView& view, const SpokenCommand& said) {
  // It would have no effect, heard or not.
  if (!view.people.is_writer(said.user)) return answer_text(view, said);
  return "Towline did not receive the webhook for this comment, so it cannot tell whether it was edited. Please "
         "repeat " +
         written(said) + " in a new comment." +
         (said.command.kind == CommandKind::approve ? " A review that approves counts without a webhook." : "");
}

/// What a comment that has no answer yet says.
struct Comment {
  std::int64_t id = 0;
  std::vector<const SpokenCommand*> said;
  std::vector<const SpokenCommand*> unheard;
};

/// In the order of what was said. A comment that was deleted or edited gets no answer.
std::vector<Comment> comments_to_answer(const PullView& view) {
  const std::set<std::int64_t> done = answered(view);
  std::set<std::int64_t> present;
  for (const forge::Comment& comment : view.snapshot.comments) {
    if (!was_edited(view.snapshot, comment)) present.insert(comment.id);
  }
  std::vector<Comment> comments;
  const auto of = [&](const SpokenCommand& said) -> Comment* {
    if (done.contains(said.comment) || !present.contains(said.comment) || !is_answered_now(view, said)) return nullptr;
    const auto same = [&](const Comment& comment) { return comment.id == said.comment; };
    const auto found = std::find_if(comments.begin(), comments.end(), same);
    return found != comments.end() ? &*found : &comments.emplace_back(Comment{said.comment, {}, {}});
  };
  for (const SpokenCommand& said : view.said) {
    if (Comment* comment = of(said)) comment->said.push_back(&said);
  }
  for (const SpokenCommand& said : view.unheard) {
    if (said.at + kDeliveryTakes > view.now) continue;
    if (Comment* comment = of(said)) comment->unheard.push_back(&said);
  }
  return comments;
}

}  // namespace

std::vector<Action> answers(const PullView& view) {
  std::vector<Action> actions;
  std::set<std::string> bumped;
  for (const Comment& comment : comments_to_answer(view)) {
    std::vector<std::string> parts;
    const auto add = [&](const std::string& text) {
      if (!text.empty() && std::find(parts.begin(), parts.end(), text) == parts.end()) parts.push_back(text);
    };
    for (const SpokenCommand* said : comment.unheard) add(unheard_text(view, *said));
    for (const SpokenCommand* said : comment.said) {
      const std::string text = answer_text(view, *said);
      add(text);
      if (text.empty() || said->command.kind != CommandKind::promote || !view.people.is_writer(said->user)) continue;
      for (UpsertBump& bump : Promotion(view, *said).bumps()) {
        if (bumped.insert(bump.branch).second) actions.emplace_back(std::move(bump));
      }
    }
    if (!parts.empty()) {
      actions.emplace_back(Reply{comment.id, join(parts, "\n\n") + "\n\n" + reply_marker(comment.id) + "\n"});
    }
  }
  return actions;
}

std::optional<TimePoint> next_answer(const PullView& view) {
  const std::set<std::int64_t> done = answered(view);
  std::optional<TimePoint> next;
  for (const SpokenCommand& said : view.unheard) {
    const TimePoint due = said.at + kDeliveryTakes;
    if (done.contains(said.comment) || !is_answered_now(view, said) || due <= view.now) continue;
    next = std::min(due, next.value_or(due));
  }
  return next;
}

}  // namespace towline::decide
