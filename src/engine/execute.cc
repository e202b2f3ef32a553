#include "engine/execute.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"
#include "base/text.h"
#include "config/repository.h"
#include "decide/ledger.h"
#include "engine/bump_branch.h"
#include "engine/keys.h"
#include "engine/merged_tree.h"
#include "engine/merging.h"
#include "engine/observe.h"
#include "engine/own_comments.h"
#include "engine/pushes.h"

namespace towline::engine {

namespace {

std::string action_name(const decide::Action& action) {
  struct Name {
    std::string operator()(const decide::SetStatus&) const { return "set-status"; }
    std::string operator()(const decide::PublishReport&) const { return "publish-report"; }
    std::string operator()(const decide::Reply&) const { return "reply"; }
    std::string operator()(const decide::RestoreComment&) const { return "restore-comment"; }
    std::string operator()(const decide::Merge&) const { return "merge"; }
    std::string operator()(const decide::RecordMergeCheck&) const { return "record-merge-check"; }
    std::string operator()(const decide::UpsertBump&) const { return "upsert-bump"; }
    std::string operator()(const decide::ClosePull&) const { return "close-pull"; }
  };
  return std::visit(Name{}, action);
}

/// Everything the actions of one plan need.
struct Context {
  const Executor& executor;
  InfraRepository& workspace;
  git::Repository& mirror;
  Executed& executed;
  CommitId base;                                        ///< tip of the default branch as observed
  const std::vector<evaluate::ServiceState>* services;  ///< at that tip
  const decide::PullSnapshot* pull = nullptr;           ///< plans about a pull request
  const decide::PullDecision* decision = nullptr;
  std::string not_promoted = {};  ///< why a bump that a command asked for was not made
  std::string occupied = {};      ///< why the bump at hand cannot be made: its branch is someone else's

  /// Ends a bump whose branch someone else uses.
  tl::unexpected<Error> leave_alone(std::string why) {
    occupied = std::move(why);
    return fail(ErrorKind::forbidden, occupied);
  }

  std::string own_repo_key() const { return repo_key(workspace.forge_name(), workspace.repo()); }
  std::string own_pull_key(PullNumber number) const {
    return pull_key(workspace.forge_name(), workspace.repo(), number);
  }

  Result<void> record(std::string id, store::AuditRecord record) const {
    record.id = std::move(id);
    record.at = executor.clock.now();
    record.repo = repo_id(workspace.forge_name(), workspace.repo());
    if (record.actor.empty()) record.actor = "towline";
    return executor.store.append_audit(record);
  }
};

std::string gates_text(const decide::Conclusion& conclusion) {
  std::vector<std::string> parts;
  for (const decide::Gate& gate : conclusion.gates) {
    parts.push_back(gate.name + " " + std::string(decide::to_string(gate.state)) + ": " + gate.reason);
  }
  return join(parts, "; ");
}

Result<void> act(Context& context, const decide::SetStatus& action) {
  CHECK_OK(context.workspace.forge().set_status(context.workspace.repo(), action.commit, action.status));
  store::AuditRecord record;
  record.action = "set-status";
  record.to_commit = action.commit.str();
  record.why = action.status.context + " " + std::string(forge::to_string(action.status.state)) + ": " +
               action.status.description;
  if (context.pull != nullptr) record.pull = std::to_string(context.pull->pull.number.value);
  return context.record("status:" + context.own_repo_key() + ":" + random_hex(8), std::move(record));
}

/// Writes the bot's comments on one pull request, sealed, and remembers what it wrote.
class Comments {
 public:
  Comments(Context& context, PullNumber number)
      : context_(context),
        number_(number),
        sealer_(
            sealer_for(context.executor.seal_key, context.workspace.forge_name(), context.workspace.repo(), number)),
        records_(context.executor.store, context.own_pull_key(number)) {}

  Result<void> post(decide::OwnComment comment, std::string_view text) {
    const std::int64_t sequence = now();
    const std::string body = sealer_.sealed(text, sequence);
    TRY(const forge::Comment posted, context_.workspace.forge().add_comment(context_.workspace.repo(), number_, body));
    if (!decide::was_sealed_at(sequence, posted.updated)) {
      log::warn(
          "the clocks of Towline and of the forge differ by more than a minute; synchronize them, or reports "
          "count as edited when the database is lost",
          {{"repo", repo_id(context_.workspace.forge_name(), context_.workspace.repo())}});
    }
    return records_.remember(posted.id, {sequence, sha256_hex(body), std::move(comment)});
  }

  Result<void> edit(std::int64_t id, decide::OwnComment comment, std::string_view text) {
    TRY(const auto known, records_.all());
    const auto before = known.find(id);
    // It grows, so that an older text of the bot is not taken for its last one.
    const std::int64_t sequence = std::max(now(), before == known.end() ? 0 : before->second.sequence + 1);
    const std::string body = sealer_.sealed(text, sequence);
    CHECK_OK(context_.workspace.forge().edit_comment(context_.workspace.repo(), id, body));
    return records_.remember(id, {sequence, sha256_hex(body), std::move(comment)});
  }

  /// Deletes it, or says in it that there is nothing to read where the forge does not let the bot delete.
  Result<void> remove(std::int64_t id) {
    // First, so that the bot's own deletion is not taken for somebody else's.
    CHECK_OK(records_.forget(id));
    auto deleted = context_.workspace.forge().delete_comment(context_.workspace.repo(), id);
    if (deleted || deleted.error().kind == ErrorKind::not_found) return {};
    if (deleted.error().kind != ErrorKind::forbidden) return deleted;
    const std::string text = "*The report no longer needs this part.*\n";
    return edit(id, {0, 0, text}, text);
  }

 private:
  std::int64_t now() const { return context_.executor.clock.now().time_since_epoch().count(); }

  Context& context_;
  PullNumber number_;
  decide::Sealer sealer_;
  OwnComments records_;
};

Result<void> act(Context& context, const decide::PublishReport& action) {
  const PullNumber number = context.pull->pull.number;
  Comments comments(context, number);
  const ShownLedger& shown = context.executor.ledger;
  const std::string restraints = decide::ledger_marker(context.decision->conclusion.ledger);
  const std::string hidden = shown.entry(*context.pull) + (restraints.empty() ? "" : "\n" + restraints);
  std::vector<std::string> bodies =
      report::comments(context.executor.templates, *context.pull, *context.decision, action.digest,
                       context.workspace.forge().max_comment_bytes() - decide::kSealBytes, hidden);
  shown.seal(*context.pull, bodies.front());
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    const decide::OwnComment part{i + 1, 0, {}};
    if (i >= action.parts.size()) {
      CHECK_OK(comments.post(part, bodies[i]));
    } else if (decide::find_report_mark(bodies[i]) != action.parts[i].mark) {
      CHECK_OK(comments.edit(action.parts[i].id, part, bodies[i]));
    }
  }
  for (std::size_t i = bodies.size(); i < action.parts.size() && !action.interim; ++i) {
    CHECK_OK(comments.remove(action.parts[i].id));
  }
  for (const std::int64_t id : action.left_over) CHECK_OK(comments.remove(id));
  store::AuditRecord record;
  record.action = "publish-report";
  record.pull = std::to_string(number.value);
  record.to_commit = context.pull->pull.head.str();
  record.why = context.decision->conclusion.verdict;
  return context.record("report:" + context.own_pull_key(number) + ":" + action.digest, std::move(record));
}

Result<void> act(Context& context, const decide::Reply& action) {
  const PullNumber number = context.pull->pull.number;
  std::string body = action.body;
  if (!context.not_promoted.empty()) {
    body =
        "It was not done: " + report::markdown_escape(context.not_promoted) + "\n\n" + decide::reply_marker(action.to);
    context.not_promoted.clear();
  }
  CHECK_OK(Comments(context, number).post({0, action.to, body}, body));
  store::AuditRecord record;
  record.action = "reply";
  record.pull = std::to_string(number.value);
  record.why = "answers comment " + std::to_string(action.to);
  return context.record("reply:" + context.own_pull_key(number) + ":" + std::to_string(action.to), std::move(record));
}

Result<void> act(Context& context, const decide::RestoreComment& action) {
  const PullNumber number = context.pull->pull.number;
  CHECK_OK(Comments(context, number).edit(action.id, action.comment, action.comment.body));
  store::AuditRecord record;
  record.action = "restore-comment";
  record.pull = std::to_string(number.value);
  record.why = "somebody else edited comment " + std::to_string(action.id);
  return context.record("restore:" + context.own_pull_key(number) + ":" + random_hex(8), std::move(record));
}

store::AuditRecord merge_record(const decide::PullSnapshot& pull, const decide::Conclusion* conclusion,
                                const CommitId& merged) {
  store::AuditRecord record;
  record.action = "merge";
  record.pull = std::to_string(pull.pull.number.value);
  record.from_commit = pull.pull.head.str();
  record.to_commit = merged.str();
  if (pull.bump) {
    record.environment = pull.bump->environment;
    record.service = pull.bump->service;
  }
  record.why = conclusion != nullptr ? gates_text(*conclusion) : "found merged by the bot";
  return record;
}

Result<void> act(Context& context, const decide::Merge& action) {
  const decide::PullSnapshot& pull = *context.pull;
  const PullNumber number = pull.pull.number;
  const bool own_branch = pull.bump.has_value();
  const auto merged = merge_on_base(
      context.workspace, context.executor.probe,
      {{number, action.head, action.title, action.message, own_branch}, pull.default_branch, action.base});
  if (!merged) {
    if (context.workspace.refusal(number)) context.executed.due.push_back(context.own_pull_key(number));
    return tl::unexpected<Error>(merged.error());
  }
  if (context.executor.probe) context.executor.probe("merged");
  context.executed.due.push_back(context.own_repo_key());
  context.executed.due.push_back(context.own_pull_key(number));
  return context.record("merge:" + context.own_pull_key(number),
                        merge_record(pull, &context.decision->conclusion, *merged));
}

Result<void> act(Context& context, const decide::RecordMergeCheck& action) {
  const decide::PullSnapshot& pull = *context.pull;
  store::AuditRecord record;
  record.action = "check-merge";
  record.pull = std::to_string(pull.pull.number.value);
  record.from_commit = pull.pull.head.str();
  record.to_commit = action.merge_commit.str();
  record.why = action.check.as_evaluated ? "the merged tree is the one that was evaluated"
                                         : "the merged tree differs: " + action.check.difference;
  CHECK_OK(context.record("check-merge:" + context.own_pull_key(pull.pull.number), std::move(record)));
  return keep_merge_check(context.executor.store, pull, action.check);
}

std::string directory_of(const Context& context, const decide::BumpTarget& target) {
  for (const evaluate::ServiceState& service : *context.services) {
    if (service.environment == target.environment && service.service == target.service) return service.directory;
  }
  return {};
}

Result<forge::PullRequest> open_or_adopt(Context& context, const decide::UpsertBump& action,
                                         const InfraRepository::Facts& facts) {
  forge::Forge& forge = context.workspace.forge();
  auto opened =
      forge.open_pull(context.workspace.repo(), {action.branch, facts.repo.default_branch, action.title, action.body});
  if (opened || opened.error().kind != ErrorKind::conflict) return opened;
  TRY(const auto open, forge.open_pulls(context.workspace.repo()));
  const auto same = std::find_if(open.begin(), open.end(), [&](const forge::PullRequest& pull) {
    return pull.head_branch == action.branch && !pull.from_fork && pull.author == facts.bot &&
           pull.base_branch == facts.repo.default_branch;
  });
  if (same == open.end()) {
    return context.leave_alone("someone else has a pull request open on " + action.branch + " in " +
                               context.workspace.repo().str() + "; Towline leaves it alone: close or merge it");
  }
  CHECK_OK(forge.edit_pull(context.workspace.repo(), same->number, action.title, action.body));
  return *same;
}

Result<void> act(Context& context, const decide::UpsertBump& action) {
  const std::string directory = directory_of(context, action.wanted.target);
  if (directory.empty()) {
    return fail(ErrorKind::conflict,
                "service " + action.wanted.target.service + " is no longer in " + action.wanted.target.environment);
  }
  TRY(const InfraRepository::Facts facts, context.workspace.facts());
  store::AuditRecord record;
  record.environment = action.wanted.target.environment;
  record.service = action.wanted.target.service;
  record.from_commit = context.base.str();
  record.why = action.title;
  if (action.rewrite_branch) {
    // Whole seconds are what a commit can say.
    const auto now = std::chrono::floor<std::chrono::seconds>(context.executor.clock.now());
    const git::Signature bot{context.executor.bot_name, context.executor.bot_email, now};
    TRY(const BumpBranch branch,
        write_bump_branch(context.workspace, context.mirror, action, context.base, directory, bot));
    if (!branch.occupied.empty()) return context.leave_alone(branch.occupied);
    record.to_commit = branch.head.str();
    context.workspace.remember_branch_images(branch.head, action.wanted.images);
    CHECK_OK(context.executor.store.append_facts(
        {push_fact(context.workspace.forge_name(), context.workspace.repo(), context.base, branch.head, facts.bot)}));
  }
  if (context.executor.probe) context.executor.probe("pushed");
  PullNumber number;
  if (action.pull) {
    number = *action.pull;
    CHECK_OK(context.workspace.forge().edit_pull(context.workspace.repo(), number, action.title, action.body));
    record.action = "update-pull";
  } else {
    TRY(const forge::PullRequest pull, open_or_adopt(context, action, facts));
    number = pull.number;
    record.action = "open-pull";
  }
  record.pull = std::to_string(number.value);
  context.executed.due.push_back(context.own_pull_key(number));
  const std::string id = record.action + ":" + context.own_pull_key(number) + ":" + record.to_commit + action.title;
  return context.record(id, std::move(record));
}

Result<void> act(Context& context, const decide::ClosePull& action) {
  forge::Forge& forge = context.workspace.forge();
  const RepoName& repo = context.workspace.repo();
  TRY(const forge::PullRequest pull, forge.pull(repo, action.number));
  if (pull.open) {
    if (pull.body.find(kClosedByBotMarker) == std::string::npos) {
      CHECK_OK(Comments(context, action.number).post({0, 0, action.reason}, action.reason));
      CHECK_OK(forge.edit_pull(repo, action.number, pull.title, pull.body + "\n" + std::string(kClosedByBotMarker)));
    }
    CHECK_OK(forge.close_pull(repo, action.number));
  }
  if (auto deleted = forge.delete_branch(repo, action.branch);
      !deleted && deleted.error().kind != ErrorKind::not_found) {
    return deleted;
  }
  store::AuditRecord record;
  record.action = "close-pull";
  record.pull = std::to_string(action.number.value);
  record.why = action.reason;
  return context.record("close:" + context.own_pull_key(action.number), std::move(record));
}

/// A bump whose branch is someone else's waits for people; true: `action` is one, and its refusal is noted.
bool note_occupied(Context& context, const decide::Action& action) {
  const auto* bump = std::get_if<decide::UpsertBump>(&action);
  if (bump == nullptr || context.occupied.empty()) return false;
  const decide::BumpTarget& target = bump->wanted.target;
  std::string refusal = target.environment + "/" + target.service + ": " + std::exchange(context.occupied, {});
  log::warn("a bump is not made: " + refusal,
            {{"repo", repo_id(context.workspace.forge_name(), context.workspace.repo())}});
  context.executed.refusals.push_back(std::move(refusal));
  return true;
}

Result<void> execute(Context& context, const decide::Plan& plan) {
  const Probe& probe = context.executor.probe;
  std::optional<Error> first_failure;
  for (const decide::Action& action : plan.actions) {
    if (probe) probe("acting:" + action_name(action));
    auto done = std::visit([&](const auto& one) { return act(context, one); }, action);
    if (!done) {
      const bool refused = done.error().kind == ErrorKind::forbidden || done.error().kind == ErrorKind::invalid;
      if (context.pull == nullptr) {
        // The actions of a repository's plan are about different pull requests: one that fails keeps none back.
        if (!note_occupied(context, action) && !first_failure) first_failure = done.error();
        continue;
      }
      if (!refused || !std::holds_alternative<decide::UpsertBump>(action)) return done;
      // The command gets its answer: the reply that follows says why nothing came of it.
      context.not_promoted = done.error().message;
      continue;
    }
    std::string described = decide::describe(action);
    log::info(described, {{"repo", repo_id(context.workspace.forge_name(), context.workspace.repo())}});
    context.executed.actions.push_back(std::move(described));
    if (probe) probe("acted:" + action_name(action));
  }
  if (first_failure) return tl::unexpected<Error>(*first_failure);
  return {};
}

}  // namespace

Result<void> execute_repo(const Executor& executor, InfraRepository& workspace, git::Repository& mirror,
                          const decide::RepoSnapshot& snapshot, const decide::Plan& plan, Executed& executed) {
  Context context{executor, workspace, mirror, executed, snapshot.base, &snapshot.services};
  return execute(context, plan);
}

Result<void> execute_pull(const Executor& executor, InfraRepository& workspace, git::Repository& mirror,
                          const decide::PullSnapshot& snapshot, const decide::PullDecision& decision,
                          Executed& executed) {
  Context context{executor, workspace, mirror, executed, {}, nullptr, &snapshot, &decision};
  std::shared_ptr<const std::vector<evaluate::ServiceState>> services;
  const bool bumps = std::any_of(decision.plan.actions.begin(), decision.plan.actions.end(),
                                 [](const auto& action) { return std::holds_alternative<decide::UpsertBump>(action); });
  if (bumps) {
    TRY(const forge::Branch branch, workspace.forge().branch(workspace.repo(), snapshot.default_branch));
    CHECK_OK(workspace.ensure(mirror, branch.head, {"refs/heads/*"}));
    TRY(const ConfigInForce config, workspace.config_at(mirror, branch.head));
    TRY(services, workspace.services_at(mirror, branch.head, config));
    context.base = branch.head;
    context.services = services.get();
  }
  if (snapshot.pull.merged && snapshot.pull.merged_by == snapshot.bot) {
    // Written again in case the process ended between the merge and its record; the id makes it once.
    CHECK_OK(context.record("merge:" + context.own_pull_key(snapshot.pull.number),
                            merge_record(snapshot, nullptr, snapshot.pull.merge_commit)));
  }
  return execute(context, decision.plan);
}

}  // namespace towline::engine
