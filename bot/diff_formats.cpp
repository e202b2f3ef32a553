#include "diff_formats.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/json.h"
#include "base/text.h"
#include "report/escape.h"
#include "report/report.h"

namespace towline::bot {

namespace {

using diff::HiddenFields;

constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kBoldRed = "\x1b[1;31m";

bool is_shown(const diff::Change& change, HiddenFields hidden) {
  return hidden == HiddenFields::shown || !change.hidden();
}

/// "1 added, 2 changed"; "" when nothing is shown.
std::string counts(const DiffSection& section, HiddenFields hidden) {
  std::vector<std::string> parts;
  for (const auto kind : {diff::ChangeKind::added, diff::ChangeKind::changed, diff::ChangeKind::removed}) {
    const auto count = std::count_if(section.diff.changes.begin(), section.diff.changes.end(), [&](const auto& change) {
      return change.kind == kind && is_shown(change, hidden);
    });
    if (count > 0) parts.push_back(std::to_string(count) + " " + std::string(diff::to_string(kind)));
  }
  return join(parts, ", ");
}

/// "was Job pay/migrate-1; Argo CD hook PreSync; values masked"
std::string about(const diff::Change& change) {
  std::vector<std::string> parts;
  if (change.was) parts.push_back("was " + change.was->str());
  if (!change.role.empty()) parts.push_back(change.role);
  if (change.masked) parts.emplace_back("values masked");
  return join(parts, "; ");
}

std::string hidden_line(const DiffSection& section, HiddenFields hidden) {
  const std::string summary = diff::hidden_summary(section.diff);
  if (summary.empty()) return "";
  return hidden == HiddenFields::shown ? "noise: " + summary : "hidden: " + summary + "; --show-hidden shows them";
}

std::string verdict(const DiffSection& section, HiddenFields hidden) {
  const std::string changes = counts(section, hidden);
  return changes.empty() ? "no resource changes" : changes;
}

// Text

class TextWriter {
 public:
  explicit TextWriter(const DiffDisplay& display) : display_(display) {}

  void section(const DiffSection& section) {
    const std::string changes = counts(section, display_.hidden);
    if (!section.title.empty() || !changes.empty()) {
      const std::string start = section.title.empty() ? "" : section.title + ": ";
      heading("# " + start + (section.problems.empty() ? verdict(section, display_.hidden) : changes), kBold);
    }
    for (const std::string& problem : section.problems) heading("! " + problem, kRed);
    for (const diff::Danger& danger : section.diff.dangers) {
      heading("! DANGER " + danger.key.str() + ": " + danger.message, kBoldRed);
    }
    for (const std::string& remark : section.diff.remarks) heading("! " + remark, "");
    for (const diff::Change& change : section.diff.changes) {
      if (is_shown(change, display_.hidden)) this->change(change);
    }
    const std::string hidden = hidden_line(section, display_.hidden);
    if (!hidden.empty()) heading("# " + hidden, "");
  }

  std::string take() { return std::move(text_); }

 private:
  void change(const diff::Change& change) {
    constexpr std::size_t kKindWidth = 8;  // "changed "
    std::string kind(diff::to_string(change.kind));
    kind.resize(kKindWidth, ' ');
    const std::string more = about(change);
    heading(kind + change.key.str() + (more.empty() ? "" : " (" + more + ")"), kBold);
    if (!change.note.empty()) heading("! " + change.note, "");
    const std::string body = printable_utf8(diff::to_text(change, display_.hidden));
    for (const std::string_view part : split_lines(body)) {
      line(part, part.starts_with("+")    ? kGreen
                 : part.starts_with("-")  ? kRed
                 : part.starts_with("@@") ? kCyan
                                          : std::string_view{});
    }
  }

  /// Names from manifests cannot make lines of their own.
  void heading(std::string_view text, std::string_view colour) { line(report::one_line(text), colour); }

  void line(std::string_view text, std::string_view colour) {
    const bool coloured = display_.colours && !colour.empty();
    if (coloured) text_ += colour;
    text_ += text;
    if (coloured) text_ += "\x1b[0m";
    text_ += '\n';
  }

  const DiffDisplay& display_;
  std::string text_;
};

// JSON

Json as_json(const std::vector<diff::FieldChange>& fields) {
  Json list = Json::array();
  for (const diff::FieldChange& field : fields) {
    list.push_back({{"path", field.path},
                    {"before", field.before ? Json(*field.before) : Json()},
                    {"after", field.after ? Json(*field.after) : Json()},
                    {"moved", field.moved},
                    {"hidden_by", field.hidden_by},
                    {"inside", as_json(field.inside)}});
  }
  return list;
}

Json as_json(const DiffSection& section) {
  Json changes = Json::array();
  for (const diff::Change& change : section.diff.changes) {
    changes.push_back({{"change", std::string(diff::to_string(change.kind))},
                       {"resource", change.key.str()},
                       {"was", change.was ? Json(change.was->str()) : Json()},
                       {"role", change.role},
                       {"note", change.note},
                       {"masked", change.masked},
                       {"hidden", change.hidden()},
                       {"fields", as_json(change.fields)}});
  }
  Json dangers = Json::array();
  for (const diff::Danger& danger : section.diff.dangers) {
    dangers.push_back({{"resource", danger.key.str()}, {"message", danger.message}});
  }
  return {{"application", section.title},    {"changes", std::move(changes)},          {"dangers", std::move(dangers)},
          {"remarks", section.diff.remarks}, {"hidden", section.diff.hidden_fields()}, {"problems", section.problems}};
}

// HTML

std::string element(std::string_view tag, std::string_view classes, std::string_view text) {
  std::string html = "<" + std::string(tag);
  if (!classes.empty()) html += " class=\"" + std::string(classes) + "\"";
  return html + ">" + report::html_text(text) + "</" + std::string(tag) + ">\n";
}

std::string html_change(const diff::Change& change, HiddenFields hidden) {
  const std::string more = about(change);
  std::string html = element("h3", "", std::string(diff::to_string(change.kind)) + " " + change.key.str());
  if (!more.empty()) html += element("p", "quiet", more);
  if (!change.note.empty()) html += element("p", "note", change.note);
  html += "<pre class=\"diff\">";
  const std::string text = diff::to_text(change, hidden);
  for (const std::string_view line : split_lines(text)) {
    const std::string_view kind = line.starts_with("+")    ? "new"
                                  : line.starts_with("-")  ? "old"
                                  : line.starts_with("@@") ? "path"
                                                           : "same";
    html += "<span class=\"" + std::string(kind) + "\">" + report::html_text(line) + "</span>";
  }
  return html + "</pre>\n";
}

std::string html_section(const DiffSection& section, HiddenFields hidden) {
  std::string html = "<section>\n";
  if (!section.title.empty()) html += element("h2", "", section.title);
  html += element("p", "", verdict(section, hidden));
  for (const std::string& problem : section.problems) html += element("p", "verdict bad", problem);
  for (const diff::Danger& danger : section.diff.dangers) {
    html += element("p", "verdict bad", danger.key.str() + ": " + danger.message);
  }
  for (const std::string& remark : section.diff.remarks) html += element("p", "note", remark);
  for (const diff::Change& change : section.diff.changes) {
    if (is_shown(change, hidden)) html += html_change(change, hidden);
  }
  const std::string noise = hidden_line(section, hidden);
  if (!noise.empty()) html += element("p", "quiet", noise);
  return html + "</section>\n";
}

}  // namespace

bool shows_changes(const DiffSection& section, HiddenFields hidden) {
  return std::any_of(section.diff.changes.begin(), section.diff.changes.end(),
                     [&](const diff::Change& change) { return is_shown(change, hidden); });
}

std::string diff_as_text(const std::vector<DiffSection>& sections, const DiffDisplay& display) {
  TextWriter writer(display);
  for (const DiffSection& section : sections) writer.section(section);
  return writer.take();
}

std::string diff_as_markdown(const std::vector<DiffSection>& sections, const DiffDisplay& display) {
  std::string text;
  const auto paragraph = [&](const std::string& line) { text += line + "\n\n"; };
  const auto plain = [](std::string_view line) { return report::markdown_escape(report::one_line(line)); };
  for (const DiffSection& section : sections) {
    if (!section.title.empty()) paragraph("### " + plain(section.title));
    paragraph(verdict(section, display.hidden));
    for (const std::string& problem : section.problems) paragraph("> **problem:** " + plain(problem));
    for (const diff::Danger& danger : section.diff.dangers) {
      paragraph("> **danger:** " + report::markdown_code(danger.key.str()) + " " + plain(danger.message));
    }
    for (const std::string& remark : section.diff.remarks) paragraph("> " + plain(remark));
    for (const diff::Change& change : section.diff.changes) {
      if (!is_shown(change, display.hidden)) continue;
      const std::string more = about(change);
      paragraph("**" + std::string(diff::to_string(change.kind)) + "** " + report::markdown_code(change.key.str()) +
                (more.empty() ? "" : " (" + plain(more) + ")"));
      if (!change.note.empty()) paragraph(plain(change.note));
      paragraph(report::markdown_fence(diff::to_text(change, display.hidden), "diff"));
    }
    const std::string hidden = hidden_line(section, display.hidden);
    if (!hidden.empty()) paragraph(plain(hidden));
  }
  if (!text.empty()) text.pop_back();
  return text;
}

Result<std::string> diff_as_html(const std::vector<DiffSection>& sections, const DiffDisplay& display) {
  TRY(const auto templates, report::Templates::load());
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Towline "
      "diff</title>\n<style>\n" +
      templates.source("page.css") + "</style>\n</head>\n<body>\n<main>\n<h1>What changes in the cluster</h1>\n";
  if (sections.empty()) html += element("p", "", "No application is affected.");
  for (const DiffSection& section : sections) html += html_section(section, display.hidden);
  return html + "</main>\n</body>\n</html>\n";
}

std::string diff_as_json(const std::vector<DiffSection>& sections) {
  constexpr int kIndent = 2;
  Json all = Json::array();
  for (const DiffSection& section : sections) all.push_back(as_json(section));
  return dump_json(all, kIndent) + "\n";
}

}  // namespace towline::bot
