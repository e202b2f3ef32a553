#include "decide/report_digest.h"

#include "base/crypto.h"
#include "decide/people/render_permission.h"
#include "decide/serial.h"
#include "decide/shown.h"

namespace towline::decide {
namespace {

// Raised whenever reports look different from what they did for the same data, so that old ones are edited.
constexpr std::string_view kFormatVersion = "6";

void add(Serial& serial, const evaluate::Evaluation& evaluation) {
  // Not the base: it moves with every commit on the default branch, and a report that says the same stays true.
  serial.text(evaluation.head.str()).text(evaluation.diff_hash);
  serial.list(evaluation.applications, [&](const evaluate::ApplicationReport& report) { add(serial, report); });
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
  serial.text(conclusion.ledger);
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
  serial.flag(snapshot.evaluation.has_value() || render_permission(snapshot).given);
  if (snapshot.evaluation) {
    add(serial, *snapshot.evaluation);
    // Approvals are bound to it: the comment that carries it must be edited when it differs.
    serial.text(shown_digest(*snapshot.evaluation));
  }
  serial.list(snapshot.bump_images, [&](const evaluate::ImageChange& change) { add(serial, change); });
  serial.list(snapshot.sources, [&](const SourceLink& link) { serial.text(link.image.str()).text(link.url); });
  return sha256_hex(serial.bytes());
}

}  // namespace towline::decide
