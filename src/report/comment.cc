#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "chatops/commands.h"
#include "report/details.h"
#include "report/escape.h"
#include "report/parts.h"
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

/// What the first part says of the differences.
struct Differences {
  std::string text;
  std::size_t parts = 1;
  std::size_t left_out = 0;  ///< resources
};

/// squeezed() leaves so many more line breaks where there are differences than where there are none.
constexpr std::size_t kLineBreaks = 4;

/// Of a comment's own text; it stands in markers.
constexpr std::size_t kPartDigestDigits = 16;

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
  List remarks;
  std::size_t problems_left_out = 0;
  std::size_t remarks_left_out = 0;
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
    for (const std::string& remark : application.remarks) {
      if (remarks.size() >= lengths.findings) {
        ++remarks_left_out;
        continue;
      }
      Data item;
      item.set("application", cell(application.name, lengths));
      item.set("remark", sentence(remark, lengths));
      remarks.push_back(std::move(item));
    }
  }
  std::vector<std::string> left_out;
  if (const std::size_t rest = view.applications.size() - rows.size(); rest > 0) {
    left_out.push_back("and " + plural(rest, "more application"));
  }
  if (problems_left_out > 0) left_out.push_back("⛔ and " + plural(problems_left_out, "more problem") + " of rendering");
  if (remarks_left_out > 0) left_out.push_back("and " + plural(remarks_left_out, "more remark"));
  data.set("has_rows", !rows.empty());
  data.set("rows", rows);
  data.set("has_rows_left_out", !left_out.empty());
  data.set("rows_left_out", join(left_out, ", "));
  data.set("problems", problems);
  data.set("remarks", remarks);
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

void set_dangers(const View& view, const Lengths& lengths, Data& data) {
  List dangers;
  const auto add = [&](const std::string& text) {
    Data item;
    item.set("danger", text);
    dangers.push_back(std::move(item));
  };
  for (const DangerView& danger : view.dangers) {
    if (dangers.size() >= lengths.findings) break;
    add(cell(danger.resource, lengths) + " in " + cell(danger.application, lengths) + ": " +
        sentence(danger.message, lengths));
  }
  if (const std::size_t rest = view.dangers.size() - dangers.size(); rest > 0)
    add("and " + std::to_string(rest) + " more");
  data.set("has_dangers", !dangers.empty());
  data.set("dangers", dangers);
}

/// "2 changed resources are left out ...: see the full report."
std::string left_out_sentence(const Source& source, std::size_t count) {
  return plural(count, "changed resource") + " left out, because the forge limits the length of a comment: see the " +
         markdown_link("full report", source.snapshot.page_url) + ".";
}

std::string parts_sentence(std::size_t parts) {
  return parts == 2 ? "What changes goes on in part 2, a comment of its own."
                    : "What changes goes on in parts 2 to " + std::to_string(parts) + ", comments of their own.";
}

std::string render_first(const Source& source, const Lengths& lengths, const Differences& differences) {
  const View& view = source.view;
  Data data;
  data.set("verdict", markdown_escape(view.verdict));
  data.set("verdict_rest", (view.verdict_rest.starts_with(' ') ? " " : "") + sentence(view.verdict_rest, lengths));
  set_dangers(view, lengths, data);
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
  data.set("details", differences.text);
  data.set("has_parts", differences.parts > 1);
  data.set("parts", parts_sentence(differences.parts));
  data.set("has_left_out", differences.left_out > 0);
  data.set("left_out", left_out_sentence(source, differences.left_out));
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

/// Says nothing of the head or the base, so that a part whose differences stayed the same is not edited.
std::string render_part(const Source& source, std::size_t part, std::size_t parts, const std::string& details) {
  Data data;
  data.set("part", std::to_string(part));
  data.set("parts", std::to_string(parts));
  data.set("details", details);
  data.set("footer", markdown_link("Full report", source.snapshot.page_url));
  return squeezed(render_template(source.templates, "part.md", data));
}

std::string with_marker(const std::string& text, const promote::ReportMark& mark) {
  return text + "\n" + promote::report_marker(mark);
}

promote::ReportMark largest_mark(std::string_view digest) {
  return {1, std::string(digest), std::vector<std::string>(kMostParts - 1, std::string(kPartDigestDigits, '0'))};
}

std::size_t less(std::size_t all, std::size_t some) { return all > some ? all - some : 0; }

/// With the first lengths that leave room for it, the frame of the first part; nothing when none does.
std::optional<Lengths> fitting_lengths(const Source& source, const Differences& most, std::size_t room) {
  for (const Lengths& lengths : kLengths) {
    if (render_first(source, lengths, most).size() <= room) return lengths;
  }
  return std::nullopt;
}

std::size_t change_count(const View& view) {
  std::size_t count = 0;
  for (const ApplicationView& application : view.applications) count += application.changes->size();
  return count;
}

}  // namespace

std::vector<std::string> comments(const Templates& templates, const promote::PullSnapshot& snapshot,
                                  const promote::PullDecision& decision, std::string_view digest,
                                  std::size_t max_bytes) {
  const View view = make_view(snapshot, decision.conclusion);
  const Source source{templates, snapshot, view};
  // The longest sentences and markers that there may be, so that the real ones fit.
  const Differences most{"", kMostParts, change_count(view)};
  const std::size_t room = less(max_bytes, with_marker("", largest_mark(digest)).size());
  const auto lengths = fitting_lengths(source, most, room);
  if (!lengths) {
    const std::string verdict = "**" + view.verdict + "**\n\n" + footer(source) + "\n";
    const promote::ReportMark mark{1, std::string(digest), {}};
    return {verdict.size() <= room ? with_marker(verdict, mark) : promote::report_marker(mark)};
  }
  const std::size_t frame = render_part(source, kMostParts, kMostParts, "").size();
  std::vector<std::size_t> rooms(kMostParts, less(room, frame + kLineBreaks));
  rooms.front() = less(room, render_first(source, *lengths, most).size() + kLineBreaks);
  PartsWriter writer(std::move(rooms));
  Differences differences;
  differences.left_out = write_details(templates, view, writer);
  std::vector<std::string> texts = writer.finish();
  differences.text = std::move(texts.front());
  differences.parts = texts.size();
  promote::ReportMark first{1, std::string(digest), {}};
  std::vector<std::string> bodies(1);
  for (std::size_t i = 1; i < texts.size(); ++i) {
    const std::string text = render_part(source, i + 1, texts.size(), texts[i]);
    first.others.push_back(sha256_hex(text).substr(0, kPartDigestDigits));
    bodies.push_back(with_marker(text, {i + 1, first.others.back(), {}}));
  }
  bodies.front() = with_marker(render_first(source, *lengths, differences), first);
  return bodies;
}

}  // namespace towline::report
