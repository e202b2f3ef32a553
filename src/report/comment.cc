#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "chatops/commands.h"
#include "report/escape.h"
#include "report/render_template.h"
#include "report/report.h"
#include "report/view.h"

namespace towline::report {
namespace {

using List = kainjow::mustache::list;

/// How much of the lists is shown; the first row that fits the forge's limit is used.
struct Lengths {
  std::size_t rows;
  std::size_t findings;
  std::size_t text;  ///< bytes of one name or sentence
};
constexpr std::array kLengths = {Lengths{200, 200, 600}, Lengths{60, 60, 300}, Lengths{20, 20, 150}, Lengths{5, 5, 60},
                                 Lengths{0, 0, 40}};

struct Source {
  const Templates& templates;
  const promote::PullSnapshot& snapshot;
  const View& view;
};

std::string cell(std::string_view text, const Lengths& lengths) {
  return text.empty() ? "" : markdown_code(ellipsize(text, lengths.text));
}

std::string sentence(std::string_view text, const Lengths& lengths) {
  return markdown_escape(ellipsize(text, lengths.text));
}

std::string images_cell(const ApplicationView& application, const Lengths& lengths) {
  constexpr std::size_t kMost = 4;
  std::string result;
  for (std::size_t i = 0; i < std::min(kMost, application.images.size()); ++i) {
    const ImageView& image = application.images[i];
    if (i > 0) result += "<br>";
    result += cell(image.name, lengths) + " " + cell(image.before, lengths) + " → " + cell(image.after, lengths);
  }
  if (application.images.size() > kMost) {
    result += "<br>and " + std::to_string(application.images.size() - kMost) + " more";
  }
  return result;
}

Data row_data(const ApplicationView& application, const Lengths& lengths) {
  Data row;
  row.set("application", cell(application.name, lengths));
  row.set("environment", cell(application.environment, lengths));
  row.set("added", std::to_string(application.added));
  row.set("changed", std::to_string(application.changed));
  row.set("removed", std::to_string(application.removed));
  row.set("images", images_cell(application, lengths));
  return row;
}

std::string finding_text(const policy::Finding& finding, const Lengths& lengths) {
  std::string text = "**" + sentence(finding.rule, lengths) + "**";
  const std::string& about = finding.resource.empty() ? finding.path : finding.resource;
  if (!about.empty()) text += " " + cell(about, lengths);
  if (!finding.application.empty()) text += " in " + cell(finding.application, lengths);
  text += ": " + sentence(finding.message, lengths);
  if (finding.remedy.empty()) return text;
  if (!text.ends_with('.')) text += '.';
  text += " *What to do:* " + sentence(finding.remedy, lengths);
  return text;
}

List finding_list(const std::vector<const policy::Finding*>& findings, const Lengths& lengths) {
  List list;
  for (std::size_t i = 0; i < std::min(findings.size(), lengths.findings); ++i) {
    Data item;
    item.set("symbol", findings[i]->level == policy::Level::warn ? "⚠️" : "⏭️ skipped:");
    item.set("finding", finding_text(*findings[i], lengths));
    list.push_back(std::move(item));
  }
  if (findings.size() > lengths.findings) {
    Data rest;
    rest.set("symbol", "");
    rest.set("finding", "and " + std::to_string(findings.size() - lengths.findings) + " more");
    list.push_back(std::move(rest));
  }
  return list;
}

/// The rules that hold, one item an application.
void add_passed(const std::vector<const policy::Finding*>& passed, const Lengths& lengths, List& list) {
  std::map<std::string_view, std::vector<std::string>> rules;
  for (const policy::Finding* finding : passed) {
    auto& of_application = rules[finding->application];
    const std::string rule = sentence(finding->rule, lengths);
    if (std::find(of_application.begin(), of_application.end(), rule) == of_application.end()) {
      of_application.push_back(rule);
    }
  }
  for (const auto& [application, names] : rules) {
    if (list.size() >= lengths.findings) return;
    Data item;
    item.set("symbol", "✅");
    item.set("finding", (application.empty() ? "" : cell(application, lengths) + ": ") + join(names, ", "));
    list.push_back(std::move(item));
  }
}

std::string findings_summary(const View& view) {
  const auto is_warning = [](const policy::Finding* finding) { return finding->level == policy::Level::warn; };
  const auto warnings = static_cast<std::size_t>(std::count_if(view.others.begin(), view.others.end(), is_warning));
  std::vector<std::string> parts;
  if (warnings > 0) parts.push_back(plural(warnings, "warning"));
  if (view.others.size() > warnings) parts.push_back(plural(view.others.size() - warnings, "skipped check"));
  if (!view.passed.empty()) parts.push_back(plural(view.passed.size(), "check") + " passed");
  return join(parts, ", ");
}

std::string footer(const Source& source) {
  std::string text;
  if (!safe_url(source.snapshot.page_url).empty()) {
    text += markdown_link("Full report", source.snapshot.page_url) + " · ";
  }
  text += "head " + markdown_code(short_id(source.snapshot.pull.head));
  if (source.snapshot.evaluation) text += " compared with " + markdown_code(short_id(source.snapshot.evaluation->base));
  return text + " · Towline keeps this comment up to date";
}

void set_applications(const View& view, const Lengths& lengths, Data& data) {
  List rows;
  List problems;
  std::size_t problems_left_out = 0;
  for (const ApplicationView& application : view.applications) {
    if (rows.size() < lengths.rows) rows.push_back(row_data(application, lengths));
    for (const std::string& problem : application.problems) {
      if (problems.size() >= lengths.findings) {
        ++problems_left_out;
        continue;
      }
      Data item;
      item.set("application", cell(application.name, lengths));
      item.set("problem", sentence(problem, lengths));
      problems.push_back(std::move(item));
    }
  }
  std::vector<std::string> left_out;
  if (const std::size_t rest = view.applications.size() - rows.size(); rest > 0) {
    left_out.push_back("and " + plural(rest, "more application"));
  }
  if (problems_left_out > 0) left_out.push_back("⛔ and " + plural(problems_left_out, "more problem") + " of rendering");
  data.set("has_rows", !rows.empty());
  data.set("rows", rows);
  data.set("has_rows_left_out", !left_out.empty());
  data.set("rows_left_out", join(left_out, ", "));
  data.set("problems", problems);
}

/// What is missing, each with its reason; of what is met, the reason only of approvals: the page tells the rest.
void set_gates(const View& view, const Lengths& lengths, Data& data) {
  List gates;
  std::vector<std::string> met;
  for (const GateView& gate : view.gates) {
    if (gate.met && gate.name != "approvals") {
      met.push_back(sentence(gate.name, lengths));
      continue;
    }
    Data item;
    item.set("symbol", gate.symbol);
    item.set("gate", sentence(gate.name, lengths));
    item.set("reason", sentence(gate.reason, lengths));
    gates.push_back(std::move(item));
  }
  data.set("has_gates", !gates.empty() || !met.empty());
  data.set("gates", gates);
  data.set("has_met", !met.empty());
  data.set("met", join(met, ", "));
}

/// The commits between the old and the new images. The text of a link is where it leads.
void set_sources(const promote::PullSnapshot& snapshot, const Lengths& lengths, Data& data) {
  List sources;
  for (const promote::SourceLink& link : snapshot.sources) {
    if (sources.size() >= lengths.findings) break;
    Data item;
    item.set("image", cell(link.image.str(), lengths));
    item.set("link", markdown_link(link.url, link.url));
    sources.push_back(std::move(item));
  }
  data.set("has_sources", !sources.empty());
  data.set("sources", sources);
}

void set_commands(const View& view, Data& data) {
  List commands;
  if (view.open) {
    for (const chatops::CommandSpec& spec : chatops::command_table()) {
      if (spec.name.empty()) continue;
      std::string usage = "/" + std::string(spec.name);
      if (!spec.arguments.empty()) usage += " " + std::string(spec.arguments);
      Data item;
      item.set("command", markdown_code(usage) + " " + markdown_escape(spec.summary));
      commands.push_back(std::move(item));
    }
  }
  data.set("has_commands", !commands.empty());
  data.set("commands", commands);
}

/// The changed resources, as far as they fit.
struct Details {
  std::string text;
  std::size_t left_out = 0;
};

/// Sections that are not there leave blank lines behind. Inside of a diff every line has a sign, so none is blank.
std::string squeezed(std::string_view text) {
  std::string result;
  std::size_t newlines = 0;
  for (const char c : text) {
    newlines = c == '\n' ? newlines + 1 : 0;
    if (newlines <= 2) result += c;
  }
  return result;
}

std::string render_comment(const Source& source, const Lengths& lengths, const Details& details) {
  const View& view = source.view;
  Data data;
  data.set("verdict", markdown_escape(view.verdict));
  data.set("verdict_rest", (view.verdict_rest.starts_with(' ') ? " " : "") + sentence(view.verdict_rest, lengths));
  List notes;
  for (const std::string& note : view.notes) {
    Data item;
    item.set("note", sentence(note, lengths));
    notes.push_back(std::move(item));
  }
  data.set("notes", notes);
  data.set("has_summary", !view.summary.empty());
  data.set("summary", sentence(view.summary, lengths));
  set_applications(view, lengths, data);
  set_sources(source.snapshot, lengths, data);
  set_gates(view, lengths, data);
  data.set("has_failures", !view.failures.empty());
  data.set("failures", finding_list(view.failures, lengths));
  data.set("details", details.text);
  data.set("has_left_out", details.left_out > 0);
  data.set("left_out", plural(details.left_out, "changed resource") +
                           " left out, because the forge limits the length of a comment: see the " +
                           markdown_link("full report", source.snapshot.page_url) + ".");
  const std::string summary = findings_summary(view);
  data.set("has_findings", !summary.empty());
  data.set("findings_summary", summary);
  List findings = finding_list(view.others, lengths);
  add_passed(view.passed, lengths, findings);
  data.set("findings", findings);
  set_commands(view, data);
  data.set("footer", footer(source));
  return squeezed(render_template(source.templates, "comment.md", data));
}

std::string render_resource(const Templates& templates, const diff::Change& change, const std::string& text,
                            bool shown) {
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  Data data;
  data.set("kind", std::string(to_string(change.kind)));
  data.set("resource", markdown_code(ellipsize(change.key.str(), 300)));
  data.set("masked", change.masked);
  data.set("shown", shown);
  data.set("diff", shown ? Data(markdown_fence(text, "diff")) : Data(""));
  data.set("left_out", shown ? Data(false) : Data(plural(lines, "line") + ", left out for length"));
  return render_template(templates, "resource.md", data);
}

std::string render_application(const Templates& templates, const ApplicationView& application,
                               const std::string& resources) {
  const auto short_text = [](std::string_view text) { return one_line(ellipsize(text, 200)); };
  Data data;
  data.set("name", short_text(application.name));
  data.set("environment", application.environment.empty() ? "" : " in " + short_text(application.environment));
  data.set("counts", counts(application));
  data.set("resources", resources);
  return render_template(templates, "application.md", data);
}

/// Whole resources, in order, each as long as there is room for it.
Details fit_details(const Source& source, std::size_t room) {
  Details details;
  for (const ApplicationView& application : source.view.applications) {
    const std::size_t frame = render_application(source.templates, application, "").size();
    std::string resources;
    for (const diff::Change& change : *application.changes) {
      const std::size_t used = details.text.size() + frame + resources.size();
      const std::size_t left = room > used ? room - used : 0;
      const std::string text = to_text(change);
      std::string block = text.size() < left ? render_resource(source.templates, change, text, true) : "";
      if (!block.empty() && block.size() <= left) {
        resources += block;
        continue;
      }
      ++details.left_out;
      block = render_resource(source.templates, change, text, false);
      if (block.size() <= left) resources += block;
    }
    if (!resources.empty()) details.text += render_application(source.templates, application, resources);
  }
  return details;
}

std::size_t change_count(const View& view) {
  std::size_t count = 0;
  for (const ApplicationView& application : view.applications) count += application.changes->size();
  return count;
}

}  // namespace

std::string comment(const Templates& templates, const promote::PullSnapshot& snapshot,
                    const promote::PullDecision& decision, std::string_view digest, std::size_t max_bytes) {
  const View view = make_view(snapshot, decision.conclusion);
  const Source source{templates, snapshot, view};
  const std::string marker = promote::report_marker(digest);
  const std::size_t room = max_bytes > marker.size() + 1 ? max_bytes - marker.size() - 1 : 0;
  for (const Lengths& lengths : kLengths) {
    const std::string frame = render_comment(source, lengths, {"", change_count(view)});
    if (frame.size() > room) continue;
    const Details details = fit_details(source, room - frame.size());
    return render_comment(source, lengths, details) + "\n" + marker;
  }
  const std::string verdict = "**" + view.verdict + "**\n\n" + footer(source) + "\n";
  return verdict.size() <= room ? verdict + "\n" + marker : marker;
}

}  // namespace towline::report
