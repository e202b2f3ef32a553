#include "fixture.h"

#include "config/usual_config.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "base/crypto.h"
#include "decide/shown.h"

namespace towline::decide {
namespace {

template <class T>
T need(Result<T> result) {
  if (!result) throw std::invalid_argument("the test's data is wrong: " + result.error().message);
  return *std::move(result);
}

PullSnapshot any_pull() {
  PullSnapshot snapshot;
  snapshot.forge = "gitea";
  snapshot.repo = {"acme", "infra"};
  snapshot.bot = "towline";
  snapshot.default_branch = "main";
  snapshot.config = usual_config();
  snapshot.pull.base_branch = "main";
  snapshot.pull.head = commit('b');
  snapshot.heads = {{commit('b'), at("2026-11-24T10:00:00Z")}};
  snapshot.writers = {"alice", "bob", "carol", "towline"};
  snapshot.pushes_recorded = true;
  snapshot.page_url = "http://towline.example/pulls/gitea/acme/infra/12";
  evaluate::Evaluation evaluation;
  evaluation.base = commit('a');
  evaluation.head = commit('b');
  evaluation.diff_hash = "d1ff";
  evaluation.changed_paths = {"apps/prod/services/pay/deployment.yaml"};
  evaluate::ApplicationReport report;
  report.application.name = "pay-prod";
  report.application.path = "apps/prod/services/pay";
  report.environment = "prod";
  report.service = "pay";
  report.images = {change("ghcr.io/acme/pay", "1.4.2", "1.5.0")};
  evaluation.applications = {report};
  evaluation.findings = {{policy::Level::pass, "pinned-images", "pay-prod", "Deployment pay/pay", "", "", ""}};
  snapshot.evaluation = evaluation;
  return shown(std::move(snapshot));
}

struct ApplyToPull {
  PullSnapshot& snapshot;
  void operator()(const SetStatus& action) const {
    std::erase_if(snapshot.statuses, [&](const auto& status) { return status.context == action.status.context; });
    snapshot.statuses.push_back(action.status);
  }
  void operator()(const PublishReport& action) const {
    const std::string body = "the report\n" + report_marker({1, action.digest, {}});
    std::set<std::int64_t> gone(action.left_over.begin(), action.left_over.end());
    for (std::size_t i = 1; i < action.parts.size(); ++i) gone.insert(action.parts[i].id);
    std::erase_if(snapshot.comments, [&](const forge::Comment& comment) { return gone.contains(comment.id); });
    for (forge::Comment& comment : snapshot.comments) {
      if (!action.parts.empty() && comment.id == action.parts.front().id) comment.body = body;
    }
    if (action.parts.empty()) say(body);
  }
  void operator()(const Reply& action) const { say(action.body); }
  void operator()(const RestoreComment& action) const {
    for (forge::Comment& comment : snapshot.comments) {
      if (comment.id == action.id) comment.body = action.comment.body;
    }
    snapshot.foreign.erase(action.id);
  }
  void operator()(const Merge& action) const {
    snapshot.pull.open = false;
    snapshot.pull.merged = true;
    snapshot.pull.merged_by = snapshot.bot;
    snapshot.pull.merge_commit = CommitId(action.head.str().substr(0, 39) + "e");
  }
  void operator()(const RecordMergeCheck&) const { snapshot.merge_check->recorded = true; }
  void operator()(const UpsertBump&) const {}
  void operator()(const ClosePull&) const {}

 private:
  void say(const std::string& body) const {
    snapshot.comments.push_back(
        comment(9'000 + static_cast<std::int64_t>(snapshot.comments.size()), snapshot.bot, std::string(kNow), body));
  }
};

struct ApplyToRepo {
  RepoSnapshot& snapshot;
  void operator()(const UpsertBump& action) const {
    const auto open = std::find_if(snapshot.open.begin(), snapshot.open.end(),
                                   [&](const BotPull& pull) { return pull.pull.number == action.pull; });
    BotPull& pull = open == snapshot.open.end() ? snapshot.open.emplace_back() : *open;
    pull.target = action.wanted.target;
    pull.images = action.wanted.images;
    pull.outdated = false;
    pull.pull.title = action.title;
    pull.pull.body = action.body;
    pull.pull.head_branch = action.branch;
    if (!action.pull) pull.pull.number = {100 + static_cast<std::int64_t>(snapshot.open.size())};
  }
  void operator()(const ClosePull& action) const {
    std::erase_if(snapshot.open, [&](const BotPull& pull) { return pull.pull.number == action.number; });
  }
  template <class Other>
  void operator()(const Other&) const {
    throw std::logic_error("decide_repo plans nothing of the kind");
  }
};

}  // namespace

TimePoint at(std::string_view time) { return need(parse_time(time)); }
CommitId commit(char digit) { return CommitId(std::string(40, digit)); }
image::Digest digest(char digit) { return image::Digest("sha256:" + std::string(64, digit)); }
image::ImageName name(std::string_view text) { return need(image::parse_image_name(text)); }
image::Version version(std::string_view text) {
  return text.empty() ? image::Version{} : need(image::parse_version(text));
}
evaluate::ImageChange change(std::string_view image, std::string_view from, std::string_view to) {
  return {name(image), version(from), version(to)};
}

config::RepoConfig config(std::string_view text) { return config::test::config_of(text); }
config::RepoConfig usual_config() { return config::test::usual_config(); }

PullSnapshot shown(PullSnapshot snapshot, std::string_view since) {
  const evaluate::Evaluation& evaluation = *snapshot.evaluation;
  snapshot.shown = {{snapshot.pull.head, evaluation.base, shown_digest(evaluation), at(since)}};
  return snapshot;
}

PullSnapshot peoples_pull() {
  PullSnapshot snapshot = any_pull();
  snapshot.pull.number = {7};
  snapshot.pull.title = "More memory for pay";
  snapshot.pull.author = "bob";
  snapshot.pull.head_branch = "more-memory";
  snapshot.pull.url = "http://forge.example/acme/infra/pulls/7";
  snapshot.commit_authors = {"bob"};
  return snapshot;
}

PullSnapshot bots_pull() {
  PullSnapshot snapshot = any_pull();
  snapshot.pull.number = {12};
  snapshot.pull.title = "prod: pay 1.4.2 -> 1.5.0";
  snapshot.pull.author = "towline";
  snapshot.pull.head_branch = "towline/prod/pay";
  snapshot.pull.url = "http://forge.example/acme/infra/pulls/12";
  snapshot.commit_authors = {"towline"};
  snapshot.bump = BumpTarget{"prod", "pay"};
  snapshot.bump_images = {change("ghcr.io/acme/pay", "1.4.2", "1.5.0")};
  snapshot.proven_since = at("2026-11-24T09:00:00Z");
  return snapshot;
}

forge::Comment comment(std::int64_t id, std::string author, std::string time, std::string body) {
  forge::Comment made;
  made.id = id;
  made.author = std::move(author);
  made.created = at(time);
  made.body = std::move(body);
  return made;
}

forge::Review review(std::int64_t id, std::string author, forge::ReviewState state, char head, std::string time) {
  return {id, std::move(author), state, commit(head), at(time)};
}

PullSnapshot heard(PullSnapshot snapshot) {
  for (const forge::Comment& comment : snapshot.comments) {
    SeenWord word;
    word.sight = Sight::created;
    word.id = comment.id;
    word.author = word.by = comment.author;
    word.at = word.seen = comment.created;
    word.body_sha256 = sha256_hex(comment.body);
    word.commands = chatops::parse_commands(comment.body);
    snapshot.words.push_back(std::move(word));
  }
  return snapshot;
}

PullDecision decide_heard(const PullSnapshot& snapshot, TimePoint now) { return decide_pull(heard(snapshot), now); }

const Gate& gate(const PullDecision& decision, std::string_view name) {
  for (const Gate& one : decision.conclusion.gates) {
    if (one.name == name) return one;
  }
  throw std::invalid_argument("there is no gate " + std::string(name));
}

bool others_open(const PullDecision& decision, std::string_view but) {
  return std::all_of(decision.conclusion.gates.begin(), decision.conclusion.gates.end(),
                     [&](const Gate& one) { return one.name == but || one.state == GateState::open; });
}

std::vector<std::string> described(const Plan& plan) {
  std::vector<std::string> all;
  for (const Action& action : plan.actions) all.push_back(describe(action));
  return all;
}

PullSnapshot after(PullSnapshot snapshot, const Plan& plan) {
  for (const Action& action : plan.actions) std::visit(ApplyToPull{snapshot}, action);
  return snapshot;
}

RepoSnapshot after(RepoSnapshot snapshot, const Plan& plan) {
  for (const Action& action : plan.actions) std::visit(ApplyToRepo{snapshot}, action);
  return snapshot;
}

}  // namespace towline::decide
