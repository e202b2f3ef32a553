#include "decide/report_digest.h"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

#include "fixture.h"

namespace towline::decide {
namespace {

/// A report with something of everything that it can show.
struct Reported {
  PullSnapshot snapshot = bots_pull();
  Conclusion conclusion;

  Reported() {
    evaluate::ApplicationReport& report = application();
    report.diff.changes = {
        diff::Change{diff::ChangeKind::changed, {"", "ConfigMap", "pay", "env"}, {{"data.a", "1", "2", ""}}, false}};
    report.diff.changes[0].fields[0].inside = {{"b", "1", "2", ""}};
    report.diff.dangers = {{{"", "Namespace", "", "pay"}, "deletes a Namespace"}};
    report.diff.remarks = {"a rule asks for what cannot be had"};
    report.problems = {"cannot be rendered"};
    report.images = {decide::change("ghcr.io/acme/pay", "1.0.0", "1.1.0")};
    report.replaced_images = {{"nginx:1.27", "caddy:2.8"}};
    report.environment_cause = evaluate::EnvironmentCause{"declared in", "apps/prod/pay.yaml"};
    snapshot.evaluation->unseen = {"what comes of 'root' is not known"};
    snapshot.evaluation->findings = {
        {policy::Level::fail, "pinned-images", "pay", "Deployment pay/pay", "a.yaml", "is wrong", "do this"}};
    snapshot.sources = {{decide::name("ghcr.io/acme/pay"), "https://git.example.com/compare", "aa", "bb"}};
    conclusion = decide_heard(snapshot, at(kNow)).conclusion;
    conclusion.gates = {{"hold", GateState::waiting, "alice said so"}};
    conclusion.approvals = {{"alice", commit('b'), at("2026-11-24T11:00:00Z"), false}};
    conclusion.notes = {"the last good configuration is used"};
  }

  evaluate::ApplicationReport& application() { return snapshot.evaluation->applications.at(0); }
  diff::Change& change() { return application().diff.changes[0]; }
  diff::FieldChange& field() { return change().fields[0]; }
  policy::Finding& finding() { return snapshot.evaluation->findings[0]; }
  std::string digest() const { return report_digest(snapshot, conclusion); }
};

struct Edit {
  std::string what;
  void (*make)(Reported&);
};

/// What a reader of the comment or the page sees, each changed alone.
const std::vector<Edit> kSeen = {
    {"kind of a change", [](Reported& r) { r.change().kind = diff::ChangeKind::added; }},
    {"name of a resource", [](Reported& r) { r.change().key.name = "other"; }},
    {"masking", [](Reported& r) { r.change().masked = true; }},
    {"what a resource was",
     [](Reported& r) {
       r.change().was = manifest::ResourceKey{"", "ConfigMap", "pay", "old"};
     }},
    {"role", [](Reported& r) { r.change().role = "CRD"; }},
    {"note", [](Reported& r) { r.change().note = "restarts its pods"; }},
    {"another change", [](Reported& r) { r.application().diff.changes.push_back(r.change()); }},
    {"path of a field", [](Reported& r) { r.field().path = "data.c"; }},
    {"value before", [](Reported& r) { r.field().before = "0"; }},
    {"no value before", [](Reported& r) { r.field().before.reset(); }},
    {"value after", [](Reported& r) { r.field().after = "3"; }},
    {"hiding rule", [](Reported& r) { r.field().hidden_by = "chart label"; }},
    {"move", [](Reported& r) { r.field().moved = true; }},
    {"path inside", [](Reported& r) { r.field().inside[0].path = "c"; }},
    {"value inside", [](Reported& r) { r.field().inside[0].after = "3"; }},
    {"nothing inside", [](Reported& r) { r.field().inside.clear(); }},
    {"danger", [](Reported& r) { r.application().diff.dangers[0].message = "scales to 0"; }},
    {"resource in danger", [](Reported& r) { r.application().diff.dangers[0].key.name = "web"; }},
    {"no danger", [](Reported& r) { r.application().diff.dangers.clear(); }},
    {"remark", [](Reported& r) { r.application().diff.remarks[0] = "another"; }},
    {"no remark", [](Reported& r) { r.application().diff.remarks.clear(); }},
    {"problem", [](Reported& r) { r.application().problems[0] = "another"; }},
    {"image", [](Reported& r) { r.application().images[0].to = decide::version("1.2.0"); }},
    {"image that is replaced", [](Reported& r) { r.application().replaced_images[0].before = "nginx:1.28"; }},
    {"image that replaces", [](Reported& r) { r.application().replaced_images[0].after = "caddy:2.9"; }},
    {"image that comes", [](Reported& r) { r.application().replaced_images[0].before = ""; }},
    {"no image replaced", [](Reported& r) { r.application().replaced_images.clear(); }},
    {"application", [](Reported& r) { r.application().application.name = "web"; }},
    {"what generates an application", [](Reported& r) { r.application().application.generated_by = "root"; }},
    {"how it counts for its environment", [](Reported& r) { r.application().environment_cause->how = "made from"; }},
    {"by what it counts for its environment", [](Reported& r) { r.application().environment_cause->place = "b.yaml"; }},
    {"that it counts for its environment by its path", [](Reported& r) { r.application().environment_cause.reset(); }},
    {"what is not seen", [](Reported& r) { r.snapshot.evaluation->unseen[0] = "another"; }},
    {"nothing that is not seen", [](Reported& r) { r.snapshot.evaluation->unseen.clear(); }},
    {"environment", [](Reported& r) { r.application().environment = "dev"; }},
    {"level of a finding", [](Reported& r) { r.finding().level = policy::Level::warn; }},
    {"rule of a finding", [](Reported& r) { r.finding().rule = "other"; }},
    {"application of a finding", [](Reported& r) { r.finding().application = "web"; }},
    {"resource of a finding", [](Reported& r) { r.finding().resource = "Service pay/pay"; }},
    {"path of a finding", [](Reported& r) { r.finding().path = "b.yaml"; }},
    {"message of a finding", [](Reported& r) { r.finding().message = "is worse"; }},
    {"remedy of a finding", [](Reported& r) { r.finding().remedy = "do that"; }},
    {"verdict", [](Reported& r) { r.conclusion.verdict = "Waiting for the moon"; }},
    {"whether it may be merged", [](Reported& r) { r.conclusion.may_merge = !r.conclusion.may_merge; }},
    {"name of a gate", [](Reported& r) { r.conclusion.gates[0].name = "freeze"; }},
    {"state of a gate", [](Reported& r) { r.conclusion.gates[0].state = GateState::closed; }},
    {"reason of a gate", [](Reported& r) { r.conclusion.gates[0].reason = "bob said so"; }},
    {"who approved", [](Reported& r) { r.conclusion.approvals[0].user = "bob"; }},
    {"what was approved", [](Reported& r) { r.conclusion.approvals[0].head = commit('c'); }},
    {"when it was approved", [](Reported& r) { r.conclusion.approvals[0].at = at("2026-11-24T11:00:01Z"); }},
    {"whether an approval was carried over", [](Reported& r) { r.conclusion.approvals[0].carried = true; }},
    {"note of the conclusion", [](Reported& r) { r.conclusion.notes.clear(); }},
    {"source of an image", [](Reported& r) { r.snapshot.sources[0].url = "https://git.example.com/other"; }},
    {"head", [](Reported& r) { r.snapshot.pull.head = commit('c'); }},
    {"closing", [](Reported& r) { r.snapshot.pull.open = false; }},
    {"merging", [](Reported& r) { r.snapshot.pull.merged = true; }},
    {"who merged", [](Reported& r) { r.snapshot.pull.merged_by = "bob"; }},
    {"merge commit", [](Reported& r) { r.snapshot.pull.merge_commit = commit('c'); }},
    {"address of the page", [](Reported& r) { r.snapshot.page_url = "https://towline.example.com/other"; }},
    {"a file more", [](Reported& r) { r.snapshot.evaluation->changed_paths.emplace_back("z"); }},
    {"no evaluation", [](Reported& r) { r.snapshot.evaluation.reset(); }},
    {"a reason for none",
     [](Reported& r) {
       r.snapshot.evaluation.reset();
       r.snapshot.evaluation_error = "the repository cannot be read";
     }},
    {"rendering",
     [](Reported& r) {
       r.snapshot.evaluation.reset();
       r.snapshot.rendering = Rendering{};
     }},
    {"a fork that nobody allowed",
     [](Reported& r) {
       r.snapshot.evaluation.reset();
       r.snapshot.pull.from_fork = true;
     }},
};

/// What says nothing new to a reader.
const std::vector<Edit> kUnseen = {
    {"somebody's comment",
     [](Reported& r) { r.snapshot.comments.push_back(comment(9, "bob", "2026-11-24T11:00:00Z", "nice")); }},
    {"a status of a program", [](Reported& r) { r.snapshot.statuses.emplace_back(); }},
    {"a base that moved on, with the same result", [](Reported& r) { r.snapshot.evaluation->base = commit('c'); }},
    {"the title", [](Reported& r) { r.snapshot.pull.title = "Another"; }},
    {"when something was last done", [](Reported& r) { r.snapshot.pull.updated = at(kNow); }},
};

}  // namespace

TEST_CASE("whatever a reader sees changes the report's digest, each thing in its own way") {
  std::map<std::string, std::string> seen = {{Reported().digest(), "nothing"}};
  for (const Edit& edit : kSeen) {
    Reported reported;
    edit.make(reported);
    CAPTURE(edit.what);
    const auto [same, is_new] = seen.emplace(reported.digest(), edit.what);
    CAPTURE(same->second);
    CHECK(is_new);
  }
}

TEST_CASE("what the report does not show leaves its digest alone") {
  for (const Edit& edit : kUnseen) {
    Reported reported;
    edit.make(reported);
    CAPTURE(edit.what);
    CHECK(reported.digest() == Reported().digest());
  }
}

}  // namespace towline::decide
