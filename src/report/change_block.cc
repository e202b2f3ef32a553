#include "report/change_block.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/text.h"
#include "report/change_text.h"
#include "report/escape.h"
#include "report/render_template.h"

namespace towline::report {
namespace {

bool is_hidden(const diff::FieldChange& field) { return !field.hidden_by.empty(); }

/// The text of the fields that are hidden, or of those that are not.
std::string text_of(const diff::Change& change, bool hidden) {
  const auto wanted = [hidden](const diff::FieldChange& field) { return is_hidden(field) == hidden; };
  if (!hidden && std::all_of(change.fields.begin(), change.fields.end(), wanted)) return to_text(change);
  diff::Change part;
  part.kind = change.kind;
  part.key = change.key;
  part.masked = change.masked;
  std::copy_if(change.fields.begin(), change.fields.end(), std::back_inserter(part.fields), wanted);
  for (diff::FieldChange& field : part.fields) field.hidden_by.clear();
  return part.fields.empty() ? "" : to_text(part);
}

std::string_view line_class(char first) {
  switch (first) {
    case '-':
      return "old";
    case '+':
      return "new";
    case '@':
      return "path";
    default:
      return "same";
  }
}

}  // namespace

std::string shown_text(const diff::Change& change) { return text_of(change, false); }
std::string hidden_text(const diff::Change& change) { return text_of(change, true); }

void count_hidden(const diff::Change& change, HiddenCounts& counts) {
  for (const diff::FieldChange& field : change.fields) {
    if (is_hidden(field)) ++counts[field.hidden_by];
  }
}

std::string hidden_sentence(const HiddenCounts& counts) {
  constexpr std::size_t kMostRules = 8;
  std::size_t all = 0;
  std::vector<std::string> rules;
  for (const auto& [rule, count] : counts) {
    all += count;
    if (rules.size() < kMostRules) rules.push_back(ellipsize(rule, 80) + " (" + std::to_string(count) + ")");
  }
  if (all == 0) return "";
  if (counts.size() > rules.size()) rules.push_back("and " + plural(counts.size() - rules.size(), "more rule"));
  return plural(all, "change") + " hidden by noise rules: " + join(rules, ", ");
}

std::vector<std::string> remarks(const diff::Change& change) {
  std::vector<std::string> all;
  if (change.was) all.push_back("was " + change.was->str());
  if (!change.role.empty()) all.push_back(change.role);
  if (change.masked) all.emplace_back("secret values are masked");
  if (!change.note.empty()) all.push_back(change.note);
  return all;
}

std::string resource_markdown(Template& resource, const ResourceBlock& block) {
  Data data;
  data.set("kind", std::string(to_string(block.change.kind)));
  data.set("resource", markdown_code(ellipsize(block.change.key.str(), kLongestName)));
  std::vector<std::string> about;
  for (const std::string& remark : remarks(block.change)) {
    about.push_back(markdown_escape(ellipsize(remark, kLongestName)));
  }
  data.set("has_remarks", !about.empty());
  data.set("remarks", join(about, "; "));
  data.set("has_extent", !block.extent.empty());
  data.set("extent", markdown_escape(block.extent));
  data.set("has_diff", !block.visible.empty());
  data.set("diff", block.visible.empty() ? "" : fence_visible(block.visible, "diff"));
  data.set("has_note", !block.note.empty());
  data.set("note", markdown_escape(block.note));
  return resource.render(data);
}

std::string change_markdown(const Templates& templates, const diff::Change& change, Noise noise) {
  std::string note;
  if (noise == Noise::counted) {
    HiddenCounts counts;
    count_hidden(change, counts);
    note = hidden_sentence(counts);
  }
  std::string text = shown_text(change);
  if (noise == Noise::shown) text += hidden_text(change);
  Template resource(templates, "resource.md");
  return squeezed(resource_markdown(resource, {change, visible_text(text), "", note}));
}

std::string lines_html(std::string_view text) {
  std::string html;
  for (const std::string_view line : split_lines(text)) {
    html += "<span class=\"";
    html += line_class(line.empty() ? ' ' : line.front());
    html += "\">" + html_text(line) + "</span>";
  }
  return html;
}

BoundedText bounded_lines(std::string_view text, std::size_t most) {
  if (text.size() <= most) return {std::string(text), 0};
  const std::size_t end = most == 0 ? std::string_view::npos : text.rfind('\n', most - 1);
  const std::string_view kept = end == std::string_view::npos ? std::string_view() : text.substr(0, end + 1);
  const std::string_view rest = text.substr(kept.size());
  const auto breaks = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
  return {std::string(kept), breaks + (rest.ends_with('\n') ? 0 : 1)};
}

std::string resource_html(Template& resource, const diff::Change& change, Noise noise, std::size_t& room) {
  const auto take = [&room](const std::string& text) {
    BoundedText bounded = bounded_lines(text, std::min(room, kLongestResource));
    room -= bounded.text.size();
    return bounded;
  };
  HiddenCounts counts;
  count_hidden(change, counts);
  const BoundedText shown = take(shown_text(change));
  const BoundedText hidden = noise == Noise::shown ? take(hidden_text(change)) : BoundedText{};
  const std::size_t left_out = shown.left_out + hidden.left_out;
  const std::vector<std::string> about = remarks(change);
  Data data;
  data.set("kind", std::string(to_string(change.kind)));
  data.set("resource", change.key.str());
  data.set("has_remarks", !about.empty());
  data.set("remarks", join(about, "; "));
  data.set("has_lines", !shown.text.empty());
  data.set("lines", lines_html(shown.text));
  data.set("has_hidden", !counts.empty());
  data.set("hidden", hidden_sentence(counts));
  data.set("has_hidden_lines", !hidden.text.empty());
  data.set("hidden_lines", lines_html(hidden.text));
  data.set("has_left_out", left_out > 0);
  data.set("left_out", plural(left_out, "more line") + " left out: the page would be too long.");
  return resource.render(data);
}

std::string change_html(const Templates& templates, const diff::Change& change, Noise noise) {
  Template resource(templates, "resource.html");
  std::size_t room = kLongestPage;
  return resource_html(resource, change, noise, room);
}

}  // namespace towline::report
