#include "yaml/unified_diff.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace towline::yaml {

namespace {

constexpr std::size_t kContext = 3;
/// How much of the line behind a hunk's place is shown, in bytes.
constexpr std::size_t kMaxHeading = 80;

std::size_t count_lines(std::string_view text) {
  const auto feeds = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return text.empty() || text.ends_with('\n') ? feeds : feeds + 1;
}

std::size_t line_begin(std::string_view text, std::size_t at) {
  return at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
}

std::size_t line_end(std::string_view text, std::size_t at) {
  const std::size_t feed = text.find('\n', at);
  return feed == std::string_view::npos ? text.size() : feed + 1;
}

/// Whole lines of the old text and what stands in their place.
struct Change {
  std::size_t begin = 0;  ///< bytes of the old text
  std::size_t end = 0;
  std::string after;
};

void trim_equal_lines(std::string_view before, Change& change) {
  const auto old_text = [&] { return before.substr(change.begin, change.end - change.begin); };
  while (!change.after.empty() && change.begin < change.end) {
    const std::size_t size = line_end(old_text(), 0);
    const std::size_t new_size = line_end(change.after, 0);
    if (old_text().substr(0, size) != std::string_view(change.after).substr(0, new_size)) break;
    change.begin += size;
    change.after.erase(0, new_size);
  }
  while (!change.after.empty() && change.begin < change.end) {
    const std::size_t last = line_begin(old_text(), old_text().size() - 1);
    const std::size_t new_last = line_begin(change.after, change.after.size() - 1);
    if (old_text().substr(last) != std::string_view(change.after).substr(new_last)) break;
    change.end = change.begin + last;
    change.after.erase(new_last);
  }
}

/// Changes that do not touch, in order.
std::vector<Change> changes_of(std::string_view before, std::vector<Edit> edits) {
  std::erase_if(edits, [&](const Edit& edit) { return before.substr(edit.span.begin, edit.span.size()) == edit.text; });
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& a, const Edit& b) { return a.span.begin < b.span.begin; });
  std::vector<Change> changes;
  for (std::size_t first = 0; first < edits.size();) {
    Change change{line_begin(before, edits[first].span.begin), line_end(before, edits[first].span.end), {}};
    std::vector<Edit> inside;
    std::size_t next = first;
    for (; next < edits.size() && line_begin(before, edits[next].span.begin) <= change.end; ++next) {
      // A text that ends with a line break has no line behind it.
      change.end = std::max(change.end, line_end(before, edits[next].span.end));
      Edit moved = edits[next];
      moved.span = {moved.span.begin - change.begin, moved.span.end - change.begin};
      inside.push_back(std::move(moved));
    }
    first = next;
    change.after =
        apply_edits(before.substr(change.begin, change.end - change.begin), std::move(inside)).value_or(std::string());
    trim_equal_lines(before, change);
    if (change.begin < change.end || !change.after.empty()) changes.push_back(std::move(change));
  }
  return changes;
}

std::size_t lines_back(std::string_view text, std::size_t at, std::size_t lines) {
  for (; lines > 0 && at > 0; --lines) at = line_begin(text, at - 1);
  return at;
}

std::size_t lines_on(std::string_view text, std::size_t at, std::size_t lines) {
  for (; lines > 0 && at < text.size(); --lines) at = line_end(text, at);
  return at;
}

void print_lines(char sign, std::string_view lines, std::string& out) {
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t next = line_end(lines, at);
    const std::string_view line = lines.substr(at, next - at);
    out.append(1, sign).append(line);
    if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
    at = next;
  }
}

bool is_heading(std::string_view line) {
  const char first = line.empty() ? '\0' : line.front();
  return (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_' || first == '$';
}

/// " LINE" of the last heading among whole lines, or "".
std::string last_heading(std::string_view lines) {
  for (std::size_t at = lines.size(); at > 0;) {
    const std::size_t begin = line_begin(lines, at - 1);
    const std::string_view line = lines.substr(begin, at - begin).substr(0, kMaxHeading);
    if (is_heading(line)) return " " + std::string(line.substr(0, line.find_last_not_of(" \t\r\n\v\f") + 1));
    at = begin;
  }
  return {};
}

/// "12,7": the first line's number, 1-based, and how many; a range of none stands behind the line before it.
std::string range(std::size_t lines_before, std::size_t count) {
  if (count == 0) return std::to_string(lines_before) + ",0";
  return std::to_string(lines_before + 1) + (count == 1 ? "" : "," + std::to_string(count));
}

/// A name as git writes it: in quotes with escapes where it has bytes that are not printable ASCII.
std::string quoted_name(const std::string& name) {
  constexpr std::string_view kEscaped = "\a\b\t\n\v\f\r\"\\";
  constexpr std::string_view kLetters = "abtnvfr\"\\";
  const auto needs_escape = [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; };
  if (std::none_of(name.begin(), name.end(), needs_escape)) return name;
  std::string quoted = "\"";
  for (const char c : name) {
    const std::size_t letter = kEscaped.find(c);
    if (letter != std::string_view::npos) {
      quoted.append(1, '\\').append(1, kLetters[letter]);
    } else if (needs_escape(c)) {
      std::array<char, 5> octal{};
      std::snprintf(octal.data(), octal.size(), "\\%03o", static_cast<unsigned>(static_cast<unsigned char>(c)));
      quoted += octal.data();
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace

std::string unified_diff(std::string_view path, std::string_view before, std::vector<Edit> edits) {
  const std::vector<Change> changes = changes_of(before, std::move(edits));
  if (changes.empty()) return {};
  const std::string old_name = quoted_name("a/" + std::string(path));
  const std::string new_name = quoted_name("b/" + std::string(path));
  // A tab tells programs that read patches where a name with spaces ends.
  const std::string_view name_end = path.find(' ') == std::string_view::npos ? "\n" : "\t\n";
  std::string out = "diff --git " + old_name + " " + new_name + "\n";
  out.append("--- ").append(old_name).append(name_end).append("+++ ").append(new_name).append(name_end);

  std::string heading;
  std::size_t counted = 0;      // bytes of the old text whose lines are counted
  std::size_t old_lines = 0;    // in these bytes
  std::size_t lines_added = 0;  // by the hunks so far, modulo 2^n
  for (std::size_t first = 0; first < changes.size();) {
    std::size_t last = first;
    while (last + 1 < changes.size() && lines_on(before, changes[last].end, 2 * kContext) >= changes[last + 1].begin)
      ++last;
    const std::size_t begin = lines_back(before, changes[first].begin, kContext);
    const std::size_t end = lines_on(before, changes[last].end, kContext);
    std::string body;
    std::size_t added = 0;
    std::size_t at = begin;
    for (; first <= last; ++first) {
      const Change& change = changes[first];
      const std::string_view old_text = before.substr(change.begin, change.end - change.begin);
      print_lines(' ', before.substr(at, change.begin - at), body);
      print_lines('-', old_text, body);
      print_lines('+', change.after, body);
      added += count_lines(change.after) - count_lines(old_text);
      at = change.end;
    }
    print_lines(' ', before.substr(at, end - at), body);
    const std::string_view skipped = before.substr(counted, begin - counted);
    old_lines += count_lines(skipped);
    if (std::string next_heading = last_heading(skipped); !next_heading.empty()) heading = std::move(next_heading);
    counted = begin;
    const std::size_t count = count_lines(before.substr(begin, end - begin));
    out.append("@@ -").append(range(old_lines, count)).append(" +");
    out.append(range(old_lines + lines_added, count + added)).append(" @@").append(heading).append("\n").append(body);
    lines_added += added;
  }
  return out;
}

}  // namespace towline::yaml
