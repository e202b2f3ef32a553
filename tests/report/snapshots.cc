#include "report/snapshots.h"

#include <utility>

#include "base/crypto.h"

namespace towline::report::test {
namespace {

using decide::GateState;

image::Version version(const char* tag, const char* digest = nullptr) {
  image::Version result;
  result.tag = image::Tag(tag);
  if (digest != nullptr) result.digest = image::Digest(digest);
  return result;
}

evaluate::ApplicationReport pay_in_prod() {
  evaluate::ApplicationReport report;
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
  decide::PullSnapshot& snapshot = result.snapshot;
  snapshot.forge = "gitea";
  snapshot.repo = {"acme", "infra"};
  snapshot.bot = "towline";
  snapshot.default_branch = "main";
  snapshot.pushes_recorded = true;
  snapshot.page_url = "http://127.0.0.1:8080/pulls/gitea/acme/infra/12";
  snapshot.pull.number = {12};
  snapshot.pull.title = "prod: pay 1.4.2 -> 1.5.0";
  snapshot.pull.author = "towline";
  snapshot.pull.head_branch = "towline/prod/pay";
  snapshot.pull.base_branch = "main";
  snapshot.pull.head = CommitId("1f2e3d4c5b6a798081726354453627180f1e2d3c");
  snapshot.pull.url = "http://127.0.0.1:3000/acme/infra/pulls/12";
  evaluate::Evaluation evaluation;
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
  decide::Conclusion& conclusion = result.decision.conclusion;
  conclusion.verdict = "Ready to merge";
  conclusion.may_merge = true;
  conclusion.gates[2] = {"approvals", GateState::open, "Approved by alice."};
  conclusion.approvals.push_back(
      {"alice", result.snapshot.pull.head, TimePoint(std::chrono::sys_days{std::chrono::year(2026) / 11 / 24}), true});
  return result;
}

Case blocked() {
  Case result = promotion();
  decide::Conclusion& conclusion = result.decision.conclusion;
  conclusion.verdict = "Held by bob: the release train waits for #12.";
  conclusion.gates[4] = {"hold", GateState::closed, "Held by bob: the release train waits for #12."};
  conclusion.notes = {"`.towline.yaml` on main is broken at line 3; the last good one is in force."};
  evaluate::Evaluation& evaluation = *result.snapshot.evaluation;
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

Case dangers() {
  Case result = ready();
  diff::Diff& diff = result.snapshot.evaluation->applications[0].diff;
  diff::Change removed = changed("StatefulSet", "db", {{"", "apiVersion: apps/v1\nkind: StatefulSet", std::nullopt}});
  removed.kind = diff::ChangeKind::removed;
  diff.changes.push_back(removed);
  diff.changes[0].fields.push_back({"spec.replicas", "3", "0"});
  diff.dangers = {{diff.changes[0].key, "scales to 0 replicas: nothing of it runs any more"},
                  {removed.key, "deletes a StatefulSet: its pods stop; its volumes stay, unmanaged"}};
  return result;
}

Case hidden() {
  Case result = ready();
  auto& changes = result.snapshot.evaluation->applications[0].diff.changes;
  changes[0].fields.push_back({"metadata.labels.helm\\.sh/chart", "pay-1.0.0", "pay-1.1.0", "chart labels"});
  changes[0].fields.push_back({"spec.template.metadata.annotations.checksum/config", "aa", "bb", "checksums"});
  changes[0].fields.push_back({"spec.template.metadata.annotations.checksum/env", "cc", "dd", "checksums"});
  changes[0].note = "restarts its pods: a checksum annotation of the pod template changes";
  changes.push_back(changed("Service", "pay", {{"metadata.labels.chart", "pay-1.0.0", "pay-1.1.0", "chart labels"}}));
  result.snapshot.evaluation->applications[0].diff.remarks = {
      "ignoreDifferences asks for the managed fields of <b>@helm</b>, which only the cluster knows"};
  return result;
}

Case only_hidden() {
  Case result = ready();
  auto& report = result.snapshot.evaluation->applications[0];
  report.images.clear();
  report.diff.changes = {
      changed("Service", "pay", {{"metadata.labels.chart", "pay-1.0.0", "pay-1.1.0", "chart labels"}})};
  return result;
}

Case replaced() {
  Case result = ready();
  auto& report = result.snapshot.evaluation->applications[0];
  report.images.clear();
  report.replaced_images = {
      {"docker.io/acme/pay:1.4.2", "ghcr.io/acme/pay:1.4.2"},
      {"", "envoyproxy/envoy@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
      {"cloudsql/proxy:2.1", ""}};
  report.environment_cause = evaluate::EnvironmentCause{"declared in", "apps/prod/services/pay/app.yaml"};
  return result;
}

Case generated() {
  Case result = ready();
  auto& evaluation = *result.snapshot.evaluation;
  evaluation.applications[0].application.generated_by = "prod-root";
  evaluation.applications[0].environment_cause =
      evaluate::EnvironmentCause{"generated by what is declared in", "apps/prod/root.yaml"};
  evaluation.unseen = {"what 'dev-root' renders is not known, so the applications that come of it are not: no helm"};
  return result;
}

Case renamed() {
  Case result = ready();
  auto& changes = result.snapshot.evaluation->applications[0].diff.changes;
  diff::Change config = changed("ConfigMap", "env-7c5m2k8h9f", {{"data.LEVEL", "info", "debug"}});
  config.was = manifest::ResourceKey{"", "ConfigMap", "pay", "env-2b4f6d8h5t"};
  changes.push_back(config);
  diff::Change hook = changed("Job", "migrate", {{"spec.backoffLimit", "1", "2"}});
  hook.role = "Helm hook pre-upgrade";
  changes.push_back(hook);
  return result;
}

/// In the pull request's only comment, whose creation was delivered.
void bob_says(decide::PullSnapshot& snapshot, const std::string& body, TimePoint at) {
  forge::Comment comment;
  comment.id = 1;
  comment.author = "bob";
  comment.body = body;
  comment.created = comment.updated = at;
  snapshot.comments = {comment};
  decide::SeenWord word;
  word.sight = decide::Sight::created;
  word.id = comment.id;
  word.author = comment.author;
  word.at = at;
  word.body_sha256 = sha256_hex(body);
  snapshot.words = {word};
}

Case fork() {
  Case result = promotion();
  decide::PullSnapshot& snapshot = result.snapshot;
  snapshot.pull.title = "Raise the limits";
  snapshot.pull.author = "carol";
  snapshot.pull.head_branch = "patch";
  snapshot.pull.from_fork = true;
  snapshot.pushes_recorded = false;
  snapshot.writers = {"alice", "bob", "towline"};
  snapshot.evaluation = std::nullopt;
  const TimePoint noon{std::chrono::sys_days{std::chrono::year(2026) / 11 / 24} + std::chrono::hours(12)};
  snapshot.heads = {{CommitId("a0b1c2d3e4f5061728394a5b6c7d8e9f00112233"), noon},
                    {snapshot.pull.head, noon + std::chrono::minutes(2)}};
  bob_says(snapshot, "/ok-to-test", noon + std::chrono::minutes(1));
  result.decision = decide::decide_pull(snapshot, noon + std::chrono::hours(1));
  return result;
}

Case ok_to_test() {
  Case result = fork();
  decide::PullSnapshot& snapshot = result.snapshot;
  snapshot.evaluation = promotion().snapshot.evaluation;
  const TimePoint later = snapshot.heads.back().at + std::chrono::minutes(1);
  bob_says(snapshot, "/ok-to-test", later);
  result.decision = decide::decide_pull(snapshot, later);
  return result;
}

Case rendering() {
  Case result = promotion();
  decide::PullSnapshot& snapshot = result.snapshot;
  snapshot.evaluation = std::nullopt;
  snapshot.rendering = decide::Rendering{3};
  snapshot.pull.author = "bob";
  snapshot.writers = {"alice", "bob", "towline"};
  result.decision = decide::decide_pull(snapshot, TimePoint{});
  return result;
}

Case in_parts() {
  Case result = ready();
  auto& applications = result.snapshot.evaluation->applications;
  std::string lines;
  for (int i = 0; i < 400; ++i) lines += "a line of the configuration, number " + std::to_string(i) + "\n";
  lines += "the end";
  applications[0].diff.changes.push_back(changed("ConfigMap", "large", {{"data.text", std::nullopt, lines}}));
  applications[0].diff.changes.push_back(changed("ConfigMap", "small", {{"data.a", "1", "2"}}));
  evaluate::ApplicationReport second = applications[0];
  second.application.name = "pay-dev";
  second.environment = "dev";
  second.diff.changes = {changed("ConfigMap", "other", {{"data.b", "3", "4"}})};
  applications.push_back(second);
  return result;
}

}  // namespace towline::report::test
