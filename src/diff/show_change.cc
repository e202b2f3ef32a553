#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "diff/diff.h"
#include "diff/rule_names.h"
#include "diff/text.h"

namespace towline::diff {
namespace {

using Counts = std::map<std::string, std::size_t, std::less<>>;

void count_hidden(const Change& change, Counts& counts) {
  for (const FieldChange& field : change.fields) {
    if (!field.hidden_by.empty()) ++counts[field.hidden_by];
  }
}

std::string summary(const Counts& counts) {
  std::vector<std::string> parts;
  parts.reserve(counts.size());
  for (const auto& [rule, count] : counts) {
    const bool noun = !rule.starts_with(kIgnoreDifferences);
    parts.push_back(noun ? plural(count, rule) : std::to_string(count) + " by " + rule);
  }
  return join(parts, ", ");
}

std::string heading(std::string_view text) { return "@@ " + std::string(text) + " @@\n"; }

std::string values_text(const FieldChange& field) {
  if (field.before && field.after) return line_diff(*field.before, *field.after);
  if (field.before) return prefixed(*field.before, "- ");
  return field.after ? prefixed(*field.after, "+ ") : std::string();
}

struct Size {
  std::size_t lines = 0;
  std::size_t bytes = 0;
};

/// Of the lines that went or came.
Size size_of_changes(std::string_view text) {
  Size size;
  for (const std::string_view line : split_lines(text)) {
    if (!line.starts_with("- ") && !line.starts_with("+ ")) continue;
    ++size.lines;
    size.bytes += line.size();
  }
  return size;
}

std::string field_text(const FieldChange& field);

/// Of two documents in texts: the lines that differ under the paths that do, or, where those hold much more than what
/// differs (JSON on one line, a text that was laid out anew), the fields.
std::string document_text(const FieldChange& field) {
  const std::string lines = values_text(field);
  std::string fields;
  for (const FieldChange& inner : field.inside) {
    FieldChange placed = inner;
    placed.path = field.path + ": " + inner.path;
    fields += field_text(placed);
  }
  constexpr std::size_t kMuchMore = 4;
  const Size by_line = size_of_changes(lines);
  const Size by_field = size_of_changes(fields);
  if (by_field.bytes * kMuchMore < by_line.bytes) {
    const bool anew = by_field.lines < by_line.lines;
    return (anew ? heading(field.path + ": laid out anew, and within it") : "") + fields;
  }
  constexpr std::size_t kMostNamed = 3;
  std::string named;
  for (std::size_t i = 0; i < std::min(field.inside.size(), kMostNamed); ++i) {
    named += (i == 0 ? "" : ", ") + field.inside[i].path;
  }
  if (field.inside.size() > kMostNamed) named += " and " + std::to_string(field.inside.size() - kMostNamed) + " more";
  return heading(field.path + ": " + named) + lines;
}

std::string field_text(const FieldChange& field) {
  if (!field.inside.empty()) return document_text(field);
  std::string text = field.path.empty() ? "" : heading(field.moved ? field.path + " moved" : field.path);
  if (field.moved && field.before == field.after) return text + prefixed(field.after.value_or(""), "  ");
  return text + values_text(field);
}

}  // namespace

std::string hidden_summary(const Change& change) {
  Counts counts;
  count_hidden(change, counts);
  return summary(counts);
}

std::string hidden_summary(const Diff& diff) {
  Counts counts;
  for (const Change& change : diff.changes) count_hidden(change, counts);
  return summary(counts);
}

std::string to_text(const Change& change, HiddenFields hidden) {
  std::string text;
  for (const FieldChange& field : change.fields) {
    if (field.hidden_by.empty() || hidden == HiddenFields::shown) text += field_text(field);
  }
  const std::string folded = hidden == HiddenFields::folded ? hidden_summary(change) : std::string();
  if (!folded.empty()) text += heading("hidden: " + folded);
  return text;
}

}  // namespace towline::diff
