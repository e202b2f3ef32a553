#include "decide/serial.h"

namespace towline::decide {
namespace {

void add(Serial& serial, const diff::FieldChange& field) {  // NOLINT(misc-no-recursion): documents in documents are few
  serial.text(field.path).maybe(field.before).maybe(field.after).text(field.hidden_by).flag(field.moved);
  serial.list(field.inside, [&](const diff::FieldChange& inner) { add(serial, inner); });
}

void add(Serial& serial, const diff::Change& change) {
  serial.text(diff::to_string(change.kind)).text(change.key.str()).flag(change.masked);
  serial.flag(change.was.has_value()).text(change.was ? change.was->str() : "").text(change.role).text(change.note);
  serial.list(change.fields, [&](const diff::FieldChange& field) { add(serial, field); });
}

}  // namespace

void add(Serial& serial, const evaluate::ImageChange& change) {
  serial.text(change.name.str()).text(change.from.str()).text(change.to.str());
}

void add(Serial& serial, const evaluate::ApplicationReport& report) {
  const discovery::Application& application = report.application;
  serial.text(application.name).text(application.path).text(discovery::to_string(application.kind));
  serial.text(application.ns).text(application.declared_in).text(application.generated_by);
  serial.text(report.environment).text(report.service).flag(report.environment_cause.has_value());
  if (report.environment_cause) serial.text(report.environment_cause->how).text(report.environment_cause->place);
  serial.list(report.diff.changes, [&](const towline::diff::Change& change) { add(serial, change); });
  serial.list(report.diff.dangers,
              [&](const diff::Danger& danger) { serial.text(danger.key.str()).text(danger.message); });
  serial.list(report.diff.remarks, [&](const std::string& remark) { serial.text(remark); });
  serial.list(report.problems, [&](const std::string& problem) { serial.text(problem); });
  serial.list(report.images, [&](const evaluate::ImageChange& change) { add(serial, change); });
  serial.list(report.replaced_images,
              [&](const evaluate::ReplacedImage& image) { serial.text(image.before).text(image.after); });
}

void add(Serial& serial, const policy::Finding& finding) {
  serial.text(policy::to_string(finding.level)).text(finding.rule).text(finding.application).text(finding.resource);
  serial.text(finding.path).text(finding.message).text(finding.remedy);
}

}  // namespace towline::decide
