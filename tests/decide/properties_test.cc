#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "decide/shown.h"
#include "fixture.h"
#include "sites/sites.h"

namespace towline::decide {
namespace {

using forge::ReviewState;

std::string any_user() {
  return *rc::gen::element<std::string>("alice", "alice", "alice", "bob", "carol", "mallory", "towline", "Alice",
                                        "renovate[bot]");
}

TimePoint any_time() { return at("2026-11-24T09:59:58Z") + std::chrono::milliseconds(250 * *rc::gen::inRange(0, 32)); }

CommitId any_commit() { return commit(*rc::gen::element('a', 'b', 'b', 'b', 'c')); }

forge::Comment any_comment(std::int64_t id) {
  forge::Comment made;
  made.id = id;
  made.author = any_user();
  made.created = any_time();
  made.edited = *rc::gen::weightedElement<bool>({{8, false}, {1, true}});
  made.updated = made.created + std::chrono::seconds(made.edited ? 1 : 0);
  made.body = *rc::gen::element<std::string>("/approve", "/approve", "/merge", "/approve bbbbbbb", "/unapprove",
                                             "/hold", "/unhold", "/merge", "/help", "words", "> /approve", "/aprove",
                                             "/approve\n/merge", "/promote");
  return made;
}

forge::Review any_review(std::int64_t id) {
  const auto state = *rc::gen::element(ReviewState::approved, ReviewState::approved, ReviewState::approved,
                                       ReviewState::changes_requested, ReviewState::dismissed, ReviewState::commented);
  return {id, any_user(), state, any_commit(), any_time()};
}

void any_gates(PullSnapshot& snapshot) {
  evaluate::Evaluation& evaluation = *snapshot.evaluation;
  const auto rarely = [] { return *rc::gen::weightedElement<bool>({{30, false}, {1, true}}); };
  if (rarely()) evaluation.findings[0].level = policy::Level::fail;
  if (rarely()) evaluation.applications[0].problems = {"x"};
  if (rarely()) evaluation.conflicts = true;
  if (rarely()) evaluation.touches_config = true;
  if (rarely()) evaluation.head = commit('c');
  if (rarely()) snapshot.pull.draft = true;
  if (rarely()) snapshot.merge_refused = "no";
  if (rarely()) snapshot.statuses = {{"ci", forge::StatusState::failure, "", ""}};
  if (rarely()) snapshot.evaluation.reset();
}

PullSnapshot any_snapshot() {
  PullSnapshot snapshot = *rc::gen::arbitrary<bool>() ? bots_pull() : peoples_pull();
  const int comments = *rc::gen::inRange(0, 8);
  for (int i = 0; i < comments; ++i) snapshot.comments.push_back(any_comment(i + 1));
  const int reviews = *rc::gen::inRange(0, 4);
  for (int i = 0; i < reviews; ++i) snapshot.reviews.push_back(any_review(i + 1));
  snapshot.heads = {{commit('a'), at("2026-11-24T09:59:59Z")}, {commit('b'), at("2026-11-24T10:00:02Z")}};
  if (*rc::gen::arbitrary<bool>()) snapshot.commit_authors.insert("carol");
  any_gates(snapshot);
  const std::string digest = snapshot.evaluation ? shown_digest(*snapshot.evaluation) : "d1ff";
  const std::string other = *rc::gen::elementOf(std::vector<std::string>{digest, digest, "0ther", ""});
  snapshot.shown = {{commit('a'), commit('a'), other, at("2026-11-24T09:59:58Z")},
                    {commit('b'), commit('a'), digest, at("2026-11-24T09:59:59Z")}};
  return snapshot;
}

std::string in_words(const PullDecision& decision) {
  std::string text = decision.conclusion.verdict;
  for (const Gate& gate : decision.conclusion.gates) text += "\n" + gate.name + gate.reason;
  for (const std::string& action : described(decision.plan)) text += "\n" + action;
  for (const PublishReport& report : actions_of<PublishReport>(decision.plan)) text += report.digest;
  for (const Reply& reply : actions_of<Reply>(decision.plan)) text += reply.body;
  for (const Merge& merge : actions_of<Merge>(decision.plan)) text += merge.message;
  return text;
}

template <class T>
std::vector<T> shuffled(std::vector<T> values) {
  std::vector<T> result;
  while (!values.empty()) {
    const auto at = values.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(values));
    result.push_back(*at);
    values.erase(at);
  }
  return result;
}

std::string any_tag() {
  return *rc::gen::element<std::string>("1.4.1", "1.4.2", "1.5.0", "1.10.0", "2.0.0-rc.1", "latest", "main-7",
                                        "1.5.0-alpine", "1.4.2-alpine");
}

image::Digest any_digest() { return digest(*rc::gen::element('1', '2', '3')); }

evaluate::ServiceState any_service(std::string environment, std::string name) {
  evaluate::ServiceState state;
  state.environment = std::move(environment);
  state.service = std::move(name);
  state.directory = "apps/" + state.environment + "/services/" + state.service;
  std::string text =
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\nspec:\n  template:\n    spec:\n"
      "      containers:\n";
  const int sites = *rc::gen::inRange(1, 4);
  for (int i = 0; i < sites; ++i) {
    text += "        - image: ghcr.io/acme/" + *rc::gen::element<std::string>("pay", "proxy");
    const bool pinned = *rc::gen::weightedElement<bool>({{2, false}, {1, true}});
    const bool tagged = *rc::gen::weightedElement<bool>({{4, true}, {1, false}});
    if (tagged) text += ":" + any_tag();
    if (pinned) text += "@" + any_digest().str();
    text += "\n";
  }
  state.sites = sites::find_sites(state.directory + "/deployment.yaml", text).sites;
  return state;
}

void any_selection(config::Environment& environment) {
  const auto policy = *rc::gen::element<std::string>(
      "semver: '>=0.1'", "semver: {variant: any}", "semver: {range: '>=1.0.0-0', ignore: [1.10.0]}", "semver: '<1.6'",
      "newest: {}", "numeric: 'main-(?P<version>[0-9]+)'", "alphabetical: '^[0-9]'", "digest: latest",
      "digest: {pattern: latest|main}");
  for (config::ImageRule& rule : environment.images) rule.select = *config::parse_select("policy", policy);
  if (*rc::gen::arbitrary<bool>()) environment.pin = config::PinMode::digest;
}

RepoSnapshot any_repo() {
  RepoSnapshot snapshot;
  snapshot.bot = "towline";
  snapshot.default_branch = "main";
  snapshot.config = usual_config();
  for (config::Environment& environment : snapshot.config.environments) any_selection(environment);
  snapshot.services = {any_service("dev", "pay"), any_service("prod", "pay"), any_service("dev", "web")};
  for (const char* image : {"ghcr.io/acme/pay", "ghcr.io/acme/proxy"}) {
    for (const char* tag : {"1.4.1", "1.4.2", "1.5.0", "1.10.0", "latest", "1.5.0-alpine", "main-7", "main-8"}) {
      if (*rc::gen::arbitrary<bool>()) continue;
      KnownImage known{name(image), image::Tag(tag), std::nullopt, at(kNow), std::nullopt};
      if (*rc::gen::arbitrary<bool>()) known.digest = any_digest();
      if (*rc::gen::arbitrary<bool>()) known.created = any_time();
      snapshot.known.push_back(known);
    }
  }
  return snapshot;
}

}  // namespace

TEST_CASE("nothing merges unless every gate is open and somebody wants it") {
  CHECK(rc::check([] {
    const PullSnapshot snapshot = any_snapshot();
    const PullDecision decision = decide_heard(snapshot, at(kNow));
    const auto merges = actions_of<Merge>(decision.plan);
    RC_CLASSIFY(!merges.empty(), "merges");
    const bool all_open = others_open(decision, "");
    RC_ASSERT(decision.conclusion.gates.size() == 9U);
    RC_ASSERT(decision.conclusion.may_merge == all_open);
    RC_ASSERT((merges.size() == 1) == (all_open && decision.conclusion.wants_merge));
    for (const Merge& merge : merges) RC_ASSERT(merge.head == snapshot.pull.head);
  }));
}

TEST_CASE("an approval that counts is a writer's, not the bot's, not an author's, and was not edited") {
  CHECK(rc::check([] {
    const PullSnapshot snapshot = any_snapshot();
    const PullDecision decision = decide_heard(snapshot, at(kNow));
    RC_CLASSIFY(!decision.conclusion.approvals.empty(), "approved");
    for (const Approval& approval : decision.conclusion.approvals) {
      const std::string user = approval.user == "Alice" ? "alice" : approval.user;
      RC_ASSERT(snapshot.writers.contains(user));
      RC_ASSERT(user != snapshot.bot);
      RC_ASSERT(user != snapshot.pull.author);
      RC_ASSERT(!snapshot.commit_authors.contains(user));
      const bool commented =
          std::any_of(snapshot.comments.begin(), snapshot.comments.end(), [&](const forge::Comment& comment) {
            return comment.author == approval.user && comment.created == approval.at && !comment.edited &&
                   comment.body.starts_with("/approve");
          });
      const bool reviewed =
          std::any_of(snapshot.reviews.begin(), snapshot.reviews.end(), [&](const forge::Review& review) {
            return review.author == approval.user && review.submitted == approval.at &&
                   review.state == ReviewState::approved;
          });
      RC_ASSERT(commented || reviewed);
      RC_ASSERT(approval.carried == (approval.head != snapshot.pull.head));
    }
  }));
}

TEST_CASE("without approvals by reviews, edited comments alone approve and merge nothing") {
  CHECK(rc::check([] {
    PullSnapshot snapshot = any_snapshot();
    snapshot.reviews.clear();
    for (const forge::Comment& comment : snapshot.comments) snapshot.edited_comments.insert(comment.id);
    const PullDecision decision = decide_heard(snapshot, at(kNow));
    RC_ASSERT(decision.conclusion.approvals.empty());
    RC_ASSERT(actions_of<Merge>(decision.plan).empty());
    RC_ASSERT(actions_of<Reply>(decision.plan).empty());
  }));
}

TEST_CASE("the order in which comments and reviews are listed does not matter") {
  CHECK(rc::check([] {
    const PullSnapshot snapshot = any_snapshot();
    PullSnapshot other = snapshot;
    other.comments = shuffled(other.comments);
    other.reviews = shuffled(other.reviews);
    RC_ASSERT(in_words(decide_heard(snapshot, at(kNow))) == in_words(decide_heard(other, at(kNow))));
  }));
}

TEST_CASE("once its plan is carried out a pull request needs nothing more") {
  CHECK(rc::check([] {
    const PullSnapshot before = any_snapshot();
    const PullSnapshot done = after(before, decide_heard(before, at(kNow)).plan);
    const Plan next = decide_heard(done, at(kNow)).plan;
    RC_CLASSIFY(done.pull.merged, "merged");
    // A merge is told in the report at the next look, and that is all.
    RC_ASSERT(next.actions.size() == (done.pull.merged ? 1U : 0U));
    RC_ASSERT(decide_heard(after(done, next), at(kNow)).plan.actions.empty());
  }));
}

TEST_CASE("once its plan is carried out a repository needs nothing more") {
  CHECK(rc::check([] {
    const RepoSnapshot before = any_repo();
    const Plan plan = decide_repo(before, at(kNow));
    RC_CLASSIFY(!plan.actions.empty(), "acts");
    const RepoSnapshot done = after(before, plan);
    RC_ASSERT(described(decide_repo(done, at(kNow))) == std::vector<std::string>{});
  }));
}

TEST_CASE("the same images are wanted in whatever order tags arrive") {
  CHECK(rc::check([] {
    const RepoSnapshot snapshot = any_repo();
    RepoSnapshot other = snapshot;
    other.known = shuffled(other.known);
    other.services = shuffled(other.services);
    RC_ASSERT(described(decide_repo(snapshot, at(kNow))) == described(decide_repo(other, at(kNow))));
  }));
}

TEST_CASE("no bump goes back: among versions every change is to a greater one") {
  CHECK(rc::check([] {
    const RepoSnapshot snapshot = any_repo();
    const auto by_version = [&](const WantedBump& bump) {
      const config::Environment& environment = *snapshot.config.find(bump.target.environment);
      return environment.from || environment.images[0].select.policy().kind == image::PolicyKind::semver;
    };
    std::vector<std::string> refusals;
    for (const WantedBump& bump : wanted_bumps(snapshot, refusals)) {
      RC_ASSERT(!bump.images.empty());
      for (const evaluate::ImageChange& change : bump.images) {
        RC_ASSERT(change.from != change.to);
        if (!by_version(bump) || !change.from.tag || !change.to.tag) continue;
        RC_ASSERT(image::compare_versions(*change.to.tag, *change.from.tag) != std::partial_ordering::less);
      }
    }
  }));
}

TEST_CASE("an environment that pins by digest is never given a tag without one") {
  CHECK(rc::check([] {
    const RepoSnapshot snapshot = any_repo();
    std::vector<std::string> refusals;
    for (const WantedBump& bump : wanted_bumps(snapshot, refusals)) {
      if (snapshot.config.find(bump.target.environment)->pin != config::PinMode::digest) continue;
      for (const evaluate::ImageChange& change : bump.images) RC_ASSERT(change.to.digest.has_value());
    }
  }));
}

TEST_CASE("markers are found again, whatever stands before them") {
  CHECK(rc::check([](const std::string& text) {
    const auto target = *rc::gen::inRange<std::int64_t>(0, INT64_MAX);
    RC_ASSERT(find_reply_target(text + reply_marker(target)) == target);
    const auto part = *rc::gen::inRange<std::size_t>(1, 6);
    const auto others =
        part == 1 ? std::vector<std::string>(*rc::gen::inRange<std::size_t>(0, 5), "0a1b") : std::vector<std::string>();
    const ReportMark mark{part, "0a1b", others};
    RC_ASSERT(find_report_mark(text + report_marker(mark)) == mark);
    RC_ASSERT(find_report_mark(text + report_marker(mark) + "\n") == mark);
  }));
}

TEST_CASE("a branch name tells its target") {
  CHECK(parse_bump_branch(bump_branch("prod", "pay")) == BumpTarget{"prod", "pay"});
  for (const char* other :
       {"main", "towline/prod", "towline//pay", "towline/prod/", "towline/prod/pay/x", "x/prod/pay"}) {
    INFO(other);
    CHECK_FALSE(parse_bump_branch(other));
  }
}

TEST_CASE("a marker that somebody wrote and the bot quotes is none") {
  const std::string quoted = "`" + report_marker({1, "abc", {}}) + "` and `" + reply_marker(7) + "`";
  CHECK_FALSE(find_report_mark(quoted));
  CHECK_FALSE(find_reply_target(quoted));
  CHECK_FALSE(find_report_mark(quoted + "\n\n" + reply_marker(8)));
  CHECK(find_reply_target(quoted + "\n\n" + reply_marker(8)) == 8);
}

TEST_CASE("what is no marker is not found") {
  for (const char* text :
       {"", "<!-- towline:report digest= -->", "<!-- towline:report digest=XYZ -->",
        "<!-- towline:report digest=xyz -->", "<!-- towline:report part=2 -->",
        "<!-- towline:report part=x digest=abc -->", "<!-- towline:report digest=abc", "<!-- towline:reply to=1 -->"}) {
    INFO(text);
    CHECK_FALSE(find_report_mark(text));
  }
  CHECK_FALSE(find_reply_target("<!-- towline:reply to=99999999999999999999 -->"));
}

}  // namespace towline::decide
