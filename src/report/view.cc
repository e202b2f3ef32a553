#include "report/view.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "base/credential_text.h"
#include "base/ids.h"
#include "base/text.h"
#include "decide/people/render_permission.h"
#include "report/change_block.h"

namespace towline::report {
namespace {

using decide::GateState;

bool any_closed(const decide::Conclusion& conclusion) {
  return std::any_of(conclusion.gates.begin(), conclusion.gates.end(),
                     [](const decide::Gate& gate) { return gate.state == GateState::closed; });
}

void fill_verdict(const decide::PullSnapshot& snapshot, const decide::Conclusion& conclusion, View& view) {
  const forge::PullRequest& pull = snapshot.pull;
  if (pull.merged) {
    view.verdict = "Merged";
    if (!pull.merged_by.empty()) view.verdict_rest += " by " + pull.merged_by;
    if (!pull.merge_commit.empty()) view.verdict_rest += " as " + short_id(pull.merge_commit);
    return;
  }
  if (!pull.open) {
    view.verdict = "Closed";
    view.verdict_rest = " without merging";
    return;
  }
  view.verdict = conclusion.may_merge ? "Ready to merge" : any_closed(conclusion) ? "Blocked" : "Waiting";
  const std::string& sentence = conclusion.verdict;
  if (sentence.starts_with(view.verdict)) {
    view.verdict_rest = sentence.substr(view.verdict.size());
  } else if (!sentence.empty()) {
    view.verdict_rest = ": " + sentence;
  }
}

std::vector<GateView> gate_views(const decide::Conclusion& conclusion) {
  struct Row {
    GateState state;
    std::string_view symbol;
    std::string_view word;
  };
  // A reader who does not know gates takes "open" for "not done": the words say what it means for the merge.
  constexpr std::array kRows = {Row{GateState::closed, "⛔", "blocked"}, Row{GateState::waiting, "⏳", "waiting"},
                                Row{GateState::open, "✅", "met"}};
  std::vector<GateView> gates;
  for (const Row& row : kRows) {
    for (const decide::Gate& gate : conclusion.gates) {
      if (gate.state != row.state) continue;
      gates.push_back(
          {row.state == GateState::open, std::string(row.symbol), gate.name, std::string(row.word), gate.reason});
    }
  }
  return gates;
}

/// A digest is shortened. No part of a reference is masked: a reader must see what would run.
std::string shown_image(const std::string& written) {
  const auto reference = image::parse_reference(written);
  if (!reference) return redact_credentials(written);
  if (!reference->digest) return written;
  const image::Version version{reference->tag, reference->digest};
  return reference->written_name + (version.tag ? ":" : "@") + version.display();
}

ApplicationView application_view(const evaluate::ApplicationReport& report) {
  ApplicationView view;
  view.name = report.application.name;
  view.environment = report.environment;
  view.environment_cause = report.environment_cause;
  view.generated_by = report.application.generated_by;
  view.path = report.application.path;
  for (const diff::Change& change : report.diff.changes) {
    if (change.hidden()) {
      ++view.hidden;
      continue;
    }
    if (change.kind == diff::ChangeKind::added) ++view.added;
    if (change.kind == diff::ChangeKind::changed) ++view.changed;
    if (change.kind == diff::ChangeKind::removed) ++view.removed;
  }
  for (const evaluate::ImageChange& image : report.images) {
    view.images.push_back({std::string(image.name.short_name()), image.from.display(), image.to.display()});
  }
  for (const evaluate::ReplacedImage& image : report.replaced_images) {
    view.images.push_back({"", shown_image(image.before), shown_image(image.after)});
  }
  view.problems = report.problems;
  view.remarks = report.diff.remarks;
  view.changes = &report.diff.changes;
  return view;
}

void fill_findings(const std::vector<policy::Finding>& findings, View& view) {
  using policy::Level;
  for (const Level level : {Level::error, Level::fail, Level::warn, Level::skipped, Level::pass}) {
    auto& list = level == Level::pass                            ? view.passed
                 : level == Level::error || level == Level::fail ? view.failures
                                                                 : view.others;
    for (const policy::Finding& finding : findings) {
      if (finding.level == level) list.push_back(&finding);
    }
  }
}

/// Files that may declare applications and cannot be read: findings of no application.
std::size_t count_unread_declarations(const evaluate::Evaluation& evaluation) {
  std::set<std::string_view> paths;
  for (const policy::Finding& finding : evaluation.findings) {
    if (finding.rule == "parsable" && finding.application.empty()) paths.insert(finding.path);
  }
  return paths.size();
}

std::string summary_of(const evaluate::Evaluation& evaluation) {
  const std::size_t unread = count_unread_declarations(evaluation);
  std::string unknown = "What changes is not known: " + plural(unread, "file") + " cannot be read.";
  if (evaluation.applications.empty() && unread > 0) return unknown;
  if (evaluation.applications.empty() && !evaluation.unseen.empty()) return "What changes is not known.";
  if (evaluation.applications.empty()) {
    const std::size_t count = evaluation.changed_paths.size();
    return "No application is affected: " + (count == 1
                                                 ? "the changed file belongs to none."
                                                 : "none of the " + plural(count, "changed file") + " belongs to one.");
  }
  HiddenCounts hidden;
  for (const evaluate::ApplicationReport& report : evaluation.applications) {
    if (!report.problems.empty()) return "";
    for (const diff::Change& change : report.diff.changes) {
      if (!change.hidden()) return "";
      count_hidden(change, hidden);
    }
  }
  if (unread > 0) return unknown;
  if (!evaluation.unseen.empty()) return "Nothing changes in what could be looked at.";
  if (hidden.empty()) return "Nothing changes in the cluster: the resources are the same before and after.";
  return "Nothing else changes in the cluster than " + hidden_sentence(hidden) + "; the full report shows them.";
}

}  // namespace

View make_view(const decide::PullSnapshot& snapshot, const decide::Conclusion& conclusion) {
  View view;
  view.open = snapshot.pull.open && !snapshot.pull.merged;
  fill_verdict(snapshot, conclusion, view);
  view.notes = conclusion.notes;
  if (view.open) view.gates = gate_views(conclusion);
  if (!snapshot.evaluation) {
    if (const auto leave = decide::render_permission(snapshot); !leave.given) {
      view.summary = "Nothing of this pull request was rendered.";
      if (!view.open) return view;
      view.summary =
          "Nothing of this pull request is rendered, because rendering runs programs on what it brings. Someone with "
          "write access to " +
          snapshot.repo.str() + " other than " + snapshot.pull.author +
          " looks at the files first, then comments /ok-to-test; each later push needs a new one.";
      return view;
    }
    if (snapshot.rendering) {
      view.summary = "Rendering takes a while. The changes appear here when it is done.";
      return view;
    }
    if (!snapshot.evaluation_error.empty()) {
      view.summary = "Cannot tell what changes: " + snapshot.evaluation_error;
    }
    return view;
  }
  view.summary = summary_of(*snapshot.evaluation);
  view.unseen = snapshot.evaluation->unseen;
  if (!snapshot.evaluation->sandbox_note.empty()) view.notes.push_back(snapshot.evaluation->sandbox_note);
  for (const evaluate::ApplicationReport& report : snapshot.evaluation->applications) {
    view.applications.push_back(application_view(report));
    for (const diff::Danger& danger : report.diff.dangers) {
      view.dangers.push_back({report.application.name, danger.key.str(), danger.message});
    }
  }
  fill_findings(snapshot.evaluation->findings, view);
  return view;
}

std::string_view image_word(const ImageView& image) {
  if (image.before.empty()) return "new";
  return image.after.empty() ? "removed" : "";
}

std::string counts(const ApplicationView& application) {
  std::vector<std::string> parts;
  if (application.added > 0) parts.push_back(std::to_string(application.added) + " added");
  if (application.changed > 0) parts.push_back(std::to_string(application.changed) + " changed");
  if (application.removed > 0) parts.push_back(std::to_string(application.removed) + " removed");
  if (application.hidden > 0) parts.push_back(std::to_string(application.hidden) + " hidden");
  return parts.empty() ? "no changes" : join(parts, ", ");
}

}  // namespace towline::report
