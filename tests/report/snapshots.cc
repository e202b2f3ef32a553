#include "report/snapshots.h"

#include <utility>

namespace towline::report::test {
namespace {

using promote::GateState;

image::Version version(const char* tag, const char* digest = nullptr) {
  image::Version result;
  result.tag = image::Tag(tag);
  if (digest != nullptr) result.digest = image::Digest(digest);
  return result;
}

promote::ApplicationReport pay_in_prod() {
  promote::ApplicationReport report;
  report.application.name = "pay-prod";
  report.application.path = "apps/prod/services/pay";
  report.environment = "prod";
  report.service = "pay";
  report.images.push_back(
      {{"ghcr.io", "acme/pay"},
       version("1.4.2"),
       version("1.5.0", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")});
  report.diff.changes.push_back(
      changed("Deployment", "pay",
              {{"spec.template.spec.containers[name=pay].image", "ghcr.io/acme/pay:1.4.2",
                "ghcr.io/acme/pay:1.5.0@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}}));
  return report;
}

Case promotion() {
  Case result;
  promote::PullSnapshot& snapshot = result.snapshot;
  snapshot.forge = "gitea";
  snapshot.repo = {"acme", "infra"};
  snapshot.bot = "towline";
  snapshot.default_branch = "main";
  snapshot.page_url = "http://127.0.0.1:8080/pulls/gitea/acme/infra/12";
  snapshot.pull.number = {12};
  snapshot.pull.title = "prod: pay 1.4.2 -> 1.5.0";
  snapshot.pull.author = "towline";
  snapshot.pull.head_branch = "towline/prod/pay";
  snapshot.pull.base_branch = "main";
  snapshot.pull.head = CommitId("1f2e3d4c5b6a798081726354453627180f1e2d3c");
  snapshot.pull.url = "http://127.0.0.1:3000/acme/infra/pulls/12";
  promote::Evaluation evaluation;
  evaluation.base = CommitId("a0b1c2d3e4f5061728394a5b6c7d8e9f00112233");
  evaluation.head = snapshot.pull.head;
  evaluation.changed_paths = {"apps/prod/services/pay/deployment.yaml"};
  evaluation.applications.push_back(pay_in_prod());
  for (const char* rule : {"pinned-images", "raw-secrets", "resources", "parsable"}) {
    evaluation.findings.push_back({policy::Level::pass, rule, "pay-prod", "", "", "", ""});
  }
  snapshot.evaluation = std::move(evaluation);
  result.decision.conclusion.gates = {
      {"config", GateState::open, "`.towline.yaml` on main is valid."},
      {"policies", GateState::open, "4 checks passed."},
      {"approvals", GateState::waiting, "Waiting for 1 approval for 'prod' from alice or team payments."},
      {"freeze", GateState::open, "No environment that this affects is frozen."},
      {"hold", GateState::open, "Nobody holds it."},
      {"mergeable", GateState::open, "It merges into main without conflicts."},
  };
  result.decision.conclusion.verdict = "Waiting for 1 approval for 'prod' from alice or team payments.";
  return result;
}

}  // namespace

diff::Change changed(std::string kind, std::string name, std::vector<diff::FieldChange> fields) {
  diff::Change change;
  change.key = {kind == "Deployment" ? "apps" : "", kind, "pay", std::move(name)};
  change.fields = std::move(fields);
  return change;
}

Case waiting() { return promotion(); }

Case ready() {
  Case result = promotion();
  promote::Conclusion& conclusion = result.decision.conclusion;
  conclusion.verdict = "Ready to merge";
  conclusion.may_merge = true;
  conclusion.gates[2] = {"approvals", GateState::open, "Approved by alice."};
  conclusion.approvals.push_back(
      {"alice", result.snapshot.pull.head, TimePoint(std::chrono::sys_days{std::chrono::year(2026) / 11 / 24}), true});
  return result;
}

Case blocked() {
  Case result = promotion();
  promote::Conclusion& conclusion = result.decision.conclusion;
  conclusion.verdict = "Held by bob: the release train waits for #12.";
  conclusion.gates[4] = {"hold", GateState::closed, "Held by bob: the release train waits for #12."};
  conclusion.notes = {"`.towline.yaml` on main is broken at line 3; the last good one is in force."};
  promote::Evaluation& evaluation = *result.snapshot.evaluation;
  evaluation.applications[0].problems = {"apps/prod/services/pay/hpa.yaml:4: a key stands alone"};
  diff::Change secret = changed("Secret", "db", {{"data.password", "<masked 1f2e3d4c>", "<masked 5b6a7980>"}});
  secret.masked = true;
  evaluation.applications[0].diff.changes.push_back(std::move(secret));
  diff::Change added =
      changed("Service", "pay", {{"", std::nullopt, "apiVersion: v1\nkind: Service\nmetadata:\n  name: pay"}});
  added.kind = diff::ChangeKind::added;
  evaluation.applications[0].diff.changes.push_back(std::move(added));
  evaluation.findings = {
      {policy::Level::fail, "raw-secrets", "pay-prod", "Secret pay/db", "apps/prod/services/pay/secret.yaml",
       "a Secret stands in Git", "use the secrets operator"},
      {policy::Level::warn, "resources", "pay-prod", "Deployment pay/pay", "spec.template.spec.containers[name=pay]",
       "the container has no memory request", "set resources.requests.memory"},
      {policy::Level::skipped, "parsable", "pay-prod", "", "", "not checked", ""},
      {policy::Level::pass, "pinned-images", "pay-prod", "", "", "", ""},
  };
  return result;
}

Case unaffected() {
  Case result = promotion();
  result.snapshot.pull.title = "Explain the layout";
  result.snapshot.pull.author = "bob";
  result.snapshot.evaluation->applications.clear();
  result.snapshot.evaluation->findings.clear();
  result.snapshot.evaluation->changed_paths = {"README.md", "docs/a.md"};
  result.decision.conclusion.gates = {{"policies", GateState::open, "No application is affected."}};
  result.decision.conclusion.verdict = "Ready to merge";
  result.decision.conclusion.may_merge = true;
  return result;
}

Case nothing_changes() {
  Case result = ready();
  result.snapshot.evaluation->applications[0].diff = {};
  result.snapshot.evaluation->applications[0].images.clear();
  return result;
}

Case merged() {
  Case result = ready();
  result.snapshot.pull.open = false;
  result.snapshot.pull.merged = true;
  result.snapshot.pull.merged_by = "towline";
  result.snapshot.pull.merge_commit = CommitId("0011223344556677889900112233445566778899");
  return result;
}

Case closed() {
  Case result = promotion();
  result.snapshot.pull.open = false;
  return result;
}

Case not_evaluated() {
  Case result = promotion();
  result.snapshot.evaluation = std::nullopt;
  result.snapshot.evaluation_error = "fetching acme/infra from gitea: the connection was refused; it is tried again.";
  result.decision.conclusion.verdict = "Waiting until the change can be evaluated";
  result.decision.conclusion.gates = {{"policies", GateState::closed, "The change could not be evaluated."}};
  return result;
}

}  // namespace towline::report::test
