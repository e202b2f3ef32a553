#include "decide/shown.h"

#include <catch2/catch.hpp>
#include <functional>

#include "decide/commands/spoken.h"
#include "fixture.h"

namespace towline::decide {
namespace {

using State = Binding::State;

constexpr std::string_view kShownAt = "2026-11-24T10:00:00Z";
constexpr std::string_view kLater = "2026-11-24T10:00:01Z";

Binding bound(const PullSnapshot& snapshot, char head = 'b', std::string_view time = kLater) {
  return bind_approval(snapshot, commit(head), at(time));
}

std::string why(const PullSnapshot& snapshot, char head = 'b', std::string_view time = kLater) {
  return bound(snapshot, head, time).why_not;
}

evaluate::TouchedFile touched(std::string path, char before, char after) {
  return {std::move(path), BlobId(std::string(40, before)), BlobId(std::string(40, after)), {}};
}

std::string digest_of(evaluate::Evaluation evaluation, const std::function<void(evaluate::Evaluation&)>& change) {
  change(evaluation);
  return shown_digest(evaluation);
}

PullSnapshot retargeted(PullSnapshot snapshot, std::string_view time) {
  snapshot.heads.push_back({commit('b'), at(time), false, true});
  return snapshot;
}

}  // namespace

TEST_CASE("the shown digest differs with everything about the change that a reviewer is shown") {
  const evaluate::Evaluation evaluation = *peoples_pull().evaluation;
  const std::string digest = shown_digest(evaluation);
  struct Case {
    std::string name;
    std::function<void(evaluate::Evaluation&)> change;
  };
  const std::vector<Case> cases = {
      {"a resource's change", [](evaluate::Evaluation& e) { e.applications[0].diff.changes.emplace_back(); }},
      {"a danger", [](evaluate::Evaluation& e) { e.applications[0].diff.dangers.emplace_back(); }},
      {"a remark", [](evaluate::Evaluation& e) { e.applications[0].diff.remarks = {"x"}; }},
      {"a problem", [](evaluate::Evaluation& e) { e.applications[0].problems = {"x"}; }},
      {"an image",
       [](evaluate::Evaluation& e) { e.applications[0].images[0] = change("ghcr.io/acme/pay", "1.4.2", "1.6.0"); }},
      {"another application", [](evaluate::Evaluation& e) { e.applications.emplace_back(); }},
      {"an application less", [](evaluate::Evaluation& e) { e.applications.clear(); }},
      {"a violation", [](evaluate::Evaluation& e) { e.findings[0].level = policy::Level::fail; }},
      {"a check that could not run", [](evaluate::Evaluation& e) { e.findings[0].level = policy::Level::error; }},
      {"something unseen", [](evaluate::Evaluation& e) { e.unseen = {"x"}; }},
      {"the configuration", [](evaluate::Evaluation& e) { e.touches_config = true; }},
      {"an error in the configuration", [](evaluate::Evaluation& e) { e.config_error = "x"; }},
      {"conflicts", [](evaluate::Evaluation& e) { e.conflicts = true; }},
      {"a file that nothing renders", [](evaluate::Evaluation& e) { e.touched = {touched("ci/deploy.sh", '1', '2')}; }},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    CHECK(digest_of(evaluation, one.change) != digest);
  }
}

TEST_CASE("the shown digest is the same for another head, base, or passed check") {
  const evaluate::Evaluation evaluation = *peoples_pull().evaluation;
  const std::string digest = shown_digest(evaluation);
  CHECK(digest_of(evaluation, [](evaluate::Evaluation& e) { e.head = commit('c'); }) == digest);
  CHECK(digest_of(evaluation, [](evaluate::Evaluation& e) { e.base = commit('c'); }) == digest);
  CHECK(digest_of(evaluation, [](evaluate::Evaluation& e) { e.findings.push_back(e.findings[0]); }) == digest);
  CHECK(digest_of(evaluation, [](evaluate::Evaluation& e) { e.findings[0].level = policy::Level::warn; }) == digest);
}

TEST_CASE("the content of a changed file is part of the shown digest unless the diff shows all of it") {
  struct Case {
    std::string path;
    std::function<void(evaluate::ApplicationReport&)> change;
    bool counts;
  };
  const auto nothing = [](evaluate::ApplicationReport&) {};
  const auto helm = [](evaluate::ApplicationReport& r) { r.application.kind = discovery::SourceKind::helm; };
  const auto recurse = [](evaluate::ApplicationReport& r) { r.application.recurse = true; };
  const auto broken = [](evaluate::ApplicationReport& r) { r.problems = {"x"}; };
  const auto source = [](const std::function<void(discovery::Source&)>& edit) {
    return [edit](evaluate::ApplicationReport& r) {
      discovery::Source one;
      one.path = r.application.path;
      edit(one);
      r.application.sources = {one};
    };
  };
  const std::vector<Case> cases = {
      {"apps/prod/services/pay/deployment.yaml", nothing, false},
      {"apps/prod/services/pay/deployment.yml", nothing, false},
      {"apps/prod/services/pay/deployment.json", nothing, false},
      {"apps/prod/services/pay/run.sh", nothing, true},
      {"apps/prod/services/pay/config.jsonnet", nothing, true},
      {"apps/prod/services/pay/base/deployment.yaml", nothing, true},
      {"apps/prod/services/pay/base/deployment.yaml", recurse, false},
      {"apps/prod/services/payments.yaml", nothing, true},
      {"apps/prod/services/pay/deployment.yaml", helm, true},
      {"apps/prod/services/pay/deployment.yaml", broken, true},
      {"apps/prod/services/pay/deployment.yaml", source([](discovery::Source&) {}), false},
      {"apps/prod/services/pay/deployment.yaml", source([](auto& one) { one.directory.include = "*.yaml"; }), true},
      {"apps/prod/services/pay/deployment.yaml", source([](auto& one) { one.directory.exclude = "x"; }), true},
      {"apps/prod/services/pay/deployment.yaml", source([](auto& one) { one.only_ref = true; }), true},
      {"apps/prod/services/pay/deployment.yaml", source([](auto& one) { one.origin = discovery::Origin::elsewhere; }),
       true},
      {"pay.yaml", [](evaluate::ApplicationReport& r) { r.application.path = "pay.yaml"; }, true},
      {"pay.yaml", source([](auto& one) { one.path = ""; }), false},
      {"pay/pay.yaml", source([](auto& one) { one.path = ""; }), true},
  };
  for (const Case& one : cases) {
    INFO(one.path << " at " << &one - cases.data());
    evaluate::Evaluation evaluation = *peoples_pull().evaluation;
    one.change(evaluation.applications[0]);
    const auto with = [&](char before, char after, git::FileMode mode) {
      evaluation.touched = {touched(one.path, before, after)};
      evaluation.touched[0].mode = mode;
      return shown_digest(evaluation);
    };
    const std::string digest = with('1', '2', git::FileMode::regular);
    CHECK((with('1', '3', git::FileMode::regular) != digest) == one.counts);
    CHECK((with('0', '2', git::FileMode::regular) != digest) == one.counts);
    CHECK((with('1', '2', git::FileMode::symlink) != digest) == one.counts);
  }
}

TEST_CASE("an approval is bound to what was shown when it was given, and holds while that would be merged") {
  CHECK(bound(peoples_pull()).state == State::holds);
  CHECK(why(peoples_pull()) == "");
}

TEST_CASE("an approval from before the report, or from its second, does not count") {
  const std::string reason =
      "it was given before the report showed what bbbbbbbb changes; read the report and approve again";
  CHECK(why(peoples_pull(), 'b', kShownAt) == reason);
  CHECK(why(peoples_pull(), 'b', "2026-11-24T10:00:00.900Z") == reason);
  PullSnapshot silent = peoples_pull();
  silent.shown.clear();
  CHECK(why(silent) == reason);
  PullSnapshot of_another_head = peoples_pull();
  of_another_head.shown[0].head = commit('a');
  CHECK(why(of_another_head) == reason);
  CHECK(bound(of_another_head).state == State::no);
}

TEST_CASE("an approval lapses when the default branch moves and something else would be merged") {
  PullSnapshot moved = peoples_pull();
  moved.evaluation->base = commit('c');
  CHECK(bound(moved).state == State::holds);
  moved.evaluation->applications[0].diff.remarks = {"other"};
  CHECK(bound(moved).state == State::lapsed);
  CHECK(why(moved) == "main moved and the change to be merged is another one; review again");
  // Also when the report shows it by now
  moved.shown.push_back({commit('b'), commit('c'), shown_digest(*moved.evaluation), at("2026-11-24T11:00:00Z")});
  CHECK(bound(moved).state == State::lapsed);
  CHECK(bound(moved, 'b', "2026-11-24T11:00:00Z").state == State::lapsed);
  // And a new one is for the new change
  CHECK(bound(moved, 'b', "2026-11-24T11:00:01Z").state == State::holds);
}

TEST_CASE("an approval lapses when the report shows something else of the same base") {
  PullSnapshot other = peoples_pull();
  other.evaluation->unseen = {"a chart could not be fetched"};
  CHECK(bound(other).state == State::lapsed);
  CHECK(why(other) == "what the report shows is no longer what it showed then; review again");
}

TEST_CASE("an approval given while the report showed nothing that can be relied on does not count") {
  PullSnapshot edited = peoples_pull();
  edited.shown.push_back({commit('b'), {}, "", at("2026-11-24T10:30:00Z")});
  CHECK(bound(edited).state == State::holds);
  CHECK(bound(edited, 'b', "2026-11-24T10:30:01Z").state == State::no);
  CHECK(why(edited, 'b', "2026-11-24T10:30:01Z") ==
        "the report did not show the change when it was given; read the report and approve again");
}

TEST_CASE("without an evaluation there is nothing to compare with, and nothing merges") {
  PullSnapshot waiting = peoples_pull();
  waiting.evaluation.reset();
  CHECK(bound(waiting).state == State::holds);
  CHECK_FALSE(decide_heard(waiting, at(kNow)).conclusion.may_merge);
  PullSnapshot of_another_head = peoples_pull();
  of_another_head.evaluation->head = commit('c');
  of_another_head.evaluation->unseen = {"x"};
  CHECK(bound(of_another_head).state == State::holds);
  CHECK_FALSE(decide_heard(of_another_head, at(kNow)).conclusion.may_merge);
}

TEST_CASE("an approval of another commit is told as such") {
  CHECK(why(peoples_pull(), 'a') == "it was given for aaaaaaaa, before the present head bbbbbbbb was there");
  CHECK(bind_approval(peoples_pull(), {}, at(kLater)).why_not ==
        "it was given for an unknown commit, before the present head bbbbbbbb was there");
  CHECK(bind_approval(peoples_pull(), {}, at(kLater)).state == State::no);
}

TEST_CASE("another target branch voids what was approved before, and in the same second") {
  const PullSnapshot snapshot = retargeted(peoples_pull(), "2026-11-24T10:30:00Z");
  const std::string reason = "it was given before the target branch was changed to main; review again";
  CHECK(why(snapshot) == reason);
  CHECK(why(snapshot, 'b', "2026-11-24T10:30:00.900Z") == reason);
  CHECK(bound(snapshot).state == State::no);
  CHECK(bound(snapshot, 'b', "2026-11-24T10:30:01Z").state == State::holds);
  // The last change counts
  const PullSnapshot twice = retargeted(retargeted(peoples_pull(), "2026-11-24T11:00:00Z"), "2026-11-24T10:30:00Z");
  CHECK(retargeted_at(twice) == at("2026-11-24T11:00:00Z"));
  CHECK_FALSE(retargeted_at(peoples_pull()));
}

TEST_CASE("another target branch voids /approve, /merge and /ok-to-test said before it") {
  const PullSnapshot snapshot = retargeted(peoples_pull(), "2026-11-24T10:30:00Z");
  for (const char* text : {"/approve", "/merge", "/ok-to-test"}) {
    INFO(text);
    SpokenCommand said{"alice", at("2026-11-24T10:20:00Z"), 1, chatops::parse_commands(text).at(0)};
    CHECK(meant_by(snapshot, said).holds == Holds::no);
    CHECK(meant_by(snapshot, said).why_not ==
          "it was said before the target branch was changed to main; please repeat it");
    said.at = at("2026-11-24T10:30:01Z");
    CHECK(meant_by(snapshot, said).holds == Holds::yes);
  }
}

}  // namespace towline::decide
