#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/credential_text.h"
#include "base/text.h"
#include "report/change_text.h"
#include "report/escape.h"
#include "report/pages/pages.h"
#include "report/render_template.h"
#include "report/report.h"
#include "report/view.h"

namespace towline::report {
namespace {

using List = kainjow::mustache::list;

std::string_view verdict_class(std::string_view verdict) {
  if (verdict == "Ready to merge" || verdict == "Merged") return "good";
  if (verdict == "Blocked") return "bad";
  return verdict == "Waiting" ? "wait" : "";
}

List gate_list(const View& view) {
  List gates;
  for (const GateView& gate : view.gates) {
    Data item;
    item.set("symbol", gate.symbol);
    item.set("gate", gate.name);
    item.set("state", gate.state);
    item.set("reason", gate.reason);
    gates.push_back(std::move(item));
  }
  return gates;
}

List approval_list(const decide::Conclusion& conclusion) {
  List approvals;
  for (const decide::Approval& approval : conclusion.approvals) {
    Data item;
    item.set("user", approval.user);
    item.set("head", short_id(approval.head));
    item.set("at", format_time(approval.at));
    item.set("carried", approval.carried);
    approvals.push_back(std::move(item));
  }
  return approvals;
}

List texts(const std::vector<std::string>& values, const std::string& name) {
  List list;
  for (const std::string& value : values) {
    Data item;
    item.set(name, redact_credentials(value));
    list.push_back(std::move(item));
  }
  return list;
}

List image_list(const ApplicationView& application) {
  List images;
  for (const ImageView& image : application.images) {
    Data item;
    const std::string word(image_word(image));
    item.set("name", image.name);
    item.set("has_name", !image.name.empty());
    item.set("is_on_both", word.empty());
    item.set("is_on_one", !word.empty());
    item.set("word", word);
    item.set("before", image.before);
    item.set("after", image.after);
    images.push_back(std::move(item));
  }
  return images;
}

/// Less than this shows nothing worth a heading.
constexpr std::size_t kLeastRoom = 1'024;

/// What is shown of the changed resources, and how many are not.
struct Shown {
  Template resource;
  std::size_t room = kLongestPage;
  std::size_t left_out = 0;
};

std::string changes_html(const ApplicationView& application, Shown& shown) {
  std::string html;
  for (const diff::Change& change : *application.changes) {
    if (shown.room < kLeastRoom) {
      ++shown.left_out;
      continue;
    }
    std::size_t room = shown.room;
    const std::string block = resource_html(shown.resource, change, Noise::shown, room);
    // Headings and markup count too: a page of many small changes is long as well.
    shown.room -= std::min(shown.room, block.size());
    html += block;
  }
  return html;
}

List application_list(const View& view, Shown& shown) {
  List applications;
  for (const ApplicationView& application : view.applications) {
    Data item;
    item.set("name", application.name);
    item.set("has_environment", !application.environment.empty());
    item.set("environment", application.environment);
    item.set("has_cause", application.environment_cause.has_value());
    item.set("cause_how", application.environment_cause ? application.environment_cause->how : "");
    item.set("cause_place", application.environment_cause ? application.environment_cause->place : "");
    item.set("by_path", !application.environment.empty() && !application.environment_cause);
    item.set("has_generator", !application.generated_by.empty());
    item.set("generator", application.generated_by);
    item.set("path", application.path);
    item.set("added", std::to_string(application.added));
    item.set("changed", std::to_string(application.changed));
    item.set("removed", std::to_string(application.removed));
    item.set("counts", counts(application));
    item.set("has_images", !application.images.empty());
    item.set("images", image_list(application));
    item.set("problems", texts(application.problems, "problem"));
    item.set("remarks", texts(application.remarks, "remark"));
    item.set("changes", changes_html(application, shown));
    applications.push_back(std::move(item));
  }
  return applications;
}

List danger_list(const View& view) {
  List dangers;
  for (const DangerView& danger : view.dangers) {
    Data item;
    item.set("resource", danger.resource);
    item.set("application", danger.application);
    item.set("message", redact_credentials(danger.message));
    dangers.push_back(std::move(item));
  }
  return dangers;
}

std::string_view level_symbol(policy::Level level) {
  switch (level) {
    case policy::Level::pass:
      return "✅";
    case policy::Level::warn:
      return "⚠️";
    case policy::Level::fail:
    case policy::Level::error:
      return "⛔";
    case policy::Level::skipped:
      return "⏭️";
  }
  return "";
}

List finding_list(const View& view) {
  List findings;
  const auto add = [&](const policy::Finding* finding) {
    std::vector<std::string> where;
    for (const std::string* part : {&finding->resource, &finding->path, &finding->application}) {
      if (!part->empty()) where.push_back(*part);
    }
    Data item;
    item.set("symbol", std::string(level_symbol(finding->level)));
    item.set("level", std::string(to_string(finding->level)));
    item.set("rule", finding->rule);
    item.set("message", redact_credentials(finding->message));
    item.set("where", join(where, " · "));
    item.set("has_remedy", !finding->remedy.empty());
    item.set("remedy", redact_credentials(finding->remedy));
    findings.push_back(std::move(item));
  };
  std::for_each(view.failures.begin(), view.failures.end(), add);
  std::for_each(view.others.begin(), view.others.end(), add);
  return findings;
}

void set_heading(const decide::PullSnapshot& snapshot, const View& view, Data& data) {
  const forge::PullRequest& pull = snapshot.pull;
  const std::string number = std::to_string(pull.number.value);
  data.set("title", pull.title + " · " + snapshot.repo.str() + " #" + number);
  data.set("repository", snapshot.repo.str());
  data.set("number", number);
  data.set("author", pull.author.empty() ? Data(false) : Data(pull.author));
  data.set("branches", pull.head_branch + " → " + pull.base_branch);
  const std::string url = safe_url(pull.url);
  data.set("pull_url", url.empty() ? Data(false) : Data(url));
  data.set("pull_title", pull.title);
  data.set("verdict", view.verdict);
  data.set("verdict_rest", view.verdict_rest);
  data.set("verdict_class", std::string(verdict_class(view.verdict)));
  data.set("head", short_id(pull.head));
  data.set("has_base", snapshot.evaluation.has_value());
  data.set("base", snapshot.evaluation ? short_id(snapshot.evaluation->base) : "");
}

}  // namespace

std::string page(const Templates& templates, const decide::PullSnapshot& snapshot,
                 const decide::PullDecision& decision) {
  const View view = make_view(snapshot, decision.conclusion);
  Data data;
  data.set("style", templates.source("page.css"));
  set_heading(snapshot, view, data);
  data.set("has_notes", !view.notes.empty());
  data.set("notes", texts(view.notes, "note"));
  data.set("unseen", texts(view.unseen, "reason"));
  data.set("has_summary", !view.summary.empty());
  data.set("summary", view.summary);
  data.set("has_gates", !view.gates.empty());
  data.set("gates", gate_list(view));
  data.set("has_approvals", !decision.conclusion.approvals.empty());
  data.set("approvals", approval_list(decision.conclusion));
  data.set("has_dangers", !view.dangers.empty());
  data.set("dangers", danger_list(view));
  Shown shown{Template(templates, "resource.html")};
  data.set("has_applications", !view.applications.empty());
  data.set("applications", application_list(view, shown));
  data.set("has_left_out", shown.left_out > 0);
  data.set("left_out", plural(shown.left_out, "changed resource") + " left out: the page would be too long.");
  List findings = finding_list(view);
  data.set("has_findings", !findings.empty());
  data.set("findings", findings);
  data.set("has_passed", !view.passed.empty());
  data.set("passed", plural(view.passed.size(), "check") + " passed");
  return render_template(templates, "page.html", data);
}

}  // namespace towline::report
