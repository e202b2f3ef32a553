#include "promote/report_digest.h"

#include "base/crypto.h"
#include "promote/render_leave.h"

namespace towline::promote {
namespace {

// Raised whenever reports look different from what they did for the same data, so that old ones are edited.
constexpr std::string_view kFormatVersion = "4";

/// A text from which equal values, and only those, come out equal: every piece is preceded by its length.
class Serial {
 public:
  Serial& text(std::string_view value) {
    bytes_ += std::to_string(value.size());
    bytes_ += ':';
    bytes_ += value;
    return *this;
  }
  Serial& flag(bool value) { return text(value ? "1" : "0"); }
  Serial& number(std::int64_t value) { return text(std::to_string(value)); }
  Serial& maybe(const std::optional<std::string>& value) { return flag(value.has_value()).text(value.value_or("")); }
  template <class List, class Each>
  Serial& list(const List& values, Each each) {
    number(static_cast<std::int64_t>(values.size()));
    for (const auto& value : values) each(value);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

void add(Serial& serial, const ImageChange& change) {
  serial.text(change.name.str()).text(change.from.str()).text(change.to.str());
}

void add(Serial& serial, const diff::FieldChange& field) {  // NOLINT(misc-no-recursion): documents in documents are few
  serial.text(field.path).maybe(field.before).maybe(field.after).text(field.hidden_by).flag(field.moved);
  serial.list(field.inside, [&](const diff::FieldChange& inner) { add(serial, inner); });
}

void add(Serial& serial, const diff::Change& change) {
  serial.text(diff::to_string(change.kind)).text(change.key.str()).flag(change.masked);
  serial.flag(change.was.has_value()).text(change.was ? change.was->str() : "").text(change.role).text(change.note);
  serial.list(change.fields, [&](const diff::FieldChange& field) { add(serial, field); });
}

void add(Serial& serial, const ApplicationReport& report) {
  const manifest::Application& application = report.application;
  serial.text(application.name).text(application.path).text(manifest::to_string(application.kind));
  serial.text(application.ns).text(application.declared_in).text(application.generated_by);
  serial.text(report.environment).text(report.service).flag(report.environment_cause.has_value());
  if (report.environment_cause) serial.text(report.environment_cause->how).text(report.environment_cause->place);
  serial.list(report.diff.changes, [&](const diff::Change& change) { add(serial, change); });
  serial.list(report.diff.dangers,
              [&](const diff::Danger& danger) { serial.text(danger.key.str()).text(danger.message); });
  serial.list(report.diff.remarks, [&](const std::string& remark) { serial.text(remark); });
  serial.list(report.problems, [&](const std::string& problem) { serial.text(problem); });
  serial.list(report.images, [&](const ImageChange& change) { add(serial, change); });
  serial.list(report.replaced_images, [&](const ReplacedImage& image) { serial.text(image.before).text(image.after); });
}

void add(Serial& serial, const policy::Finding& finding) {
  serial.text(policy::to_string(finding.level)).text(finding.rule).text(finding.application).text(finding.resource);
  serial.text(finding.path).text(finding.message).text(finding.remedy);
}

void add(Serial& serial, const Evaluation& evaluation) {
  // Not the base: it moves with every commit on the default branch, and a report that says the same stays true.
  serial.text(evaluation.head.str()).text(evaluation.diff_hash);
  serial.list(evaluation.applications, [&](const ApplicationReport& report) { add(serial, report); });
  serial.list(evaluation.findings, [&](const policy::Finding& finding) { add(serial, finding); });
  serial.list(evaluation.changed_paths, [&](const std::string& path) { serial.text(path); });
  serial.flag(evaluation.touches_config).maybe(evaluation.config_error).flag(evaluation.conflicts);
  serial.list(evaluation.unseen, [&](const std::string& sentence) { serial.text(sentence); });
  if (!evaluation.sandbox_note.empty()) serial.text(evaluation.sandbox_note);
}

void add(Serial& serial, const Conclusion& conclusion) {
  serial.text(conclusion.verdict).flag(conclusion.may_merge).flag(conclusion.wants_merge);
  serial.list(conclusion.gates,
              [&](const Gate& gate) { serial.text(gate.name).text(to_string(gate.state)).text(gate.reason); });
  serial.list(conclusion.approvals, [&](const Approval& approval) {
    serial.text(approval.user).text(approval.head.str()).text(format_time(approval.at)).flag(approval.carried);
  });
  serial.list(conclusion.notes, [&](const std::string& note) { serial.text(note); });
}

void add(Serial& serial, const forge::PullRequest& pull) {
  serial.number(pull.number.value).text(pull.head.str()).flag(pull.open).flag(pull.merged);
  serial.text(pull.merge_commit.str()).text(pull.merged_by).text(pull.url).text(pull.author);
}

}  // namespace

std::string report_digest(const PullSnapshot& snapshot, const Conclusion& conclusion) {
  Serial serial;
  serial.text(kFormatVersion).text(snapshot.forge).text(snapshot.repo.str()).text(snapshot.page_url);
  add(serial, snapshot.pull);
  add(serial, conclusion);
  serial.flag(snapshot.evaluation.has_value()).text(snapshot.evaluation_error);
  serial.flag(snapshot.rendering.has_value());
  // Of what is not rendered the report says whose word is missing.
  serial.flag(snapshot.evaluation.has_value() || render_leave(snapshot).given);
  if (snapshot.evaluation) add(serial, *snapshot.evaluation);
  serial.list(snapshot.bump_images, [&](const ImageChange& change) { add(serial, change); });
  serial.list(snapshot.sources, [&](const SourceLink& link) { serial.text(link.image.str()).text(link.url); });
  return sha256_hex(serial.bytes());
}

}  // namespace towline::promote
