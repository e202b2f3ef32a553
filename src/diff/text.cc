#include "diff/text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/text.h"
#include "diff/sequence.h"

namespace towline::diff {
namespace {

constexpr std::size_t kContext = 3;

std::string line(std::string_view prefix, std::string_view text) {
  return std::string(prefix) + std::string(text) + "\n";
}

/// For each row, whether it differs or stands near one that does.
std::vector<bool> shown_rows(const std::vector<Aligned>& rows) {
  std::vector<bool> shown(rows.size(), false);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].equal) continue;
    const std::size_t begin = i - std::min(i, kContext);
    const std::size_t end = std::min(rows.size(), i + kContext + 1);
    std::fill(shown.begin() + static_cast<std::ptrdiff_t>(begin), shown.begin() + static_cast<std::ptrdiff_t>(end),
              true);
  }
  return shown;
}

Ids numbered(const std::vector<std::string_view>& lines, std::unordered_map<std::string_view, std::uint32_t>& numbers) {
  Ids ids;
  ids.reserve(lines.size());
  for (const std::string_view text : lines) {
    ids.push_back(numbers.emplace(text, static_cast<std::uint32_t>(numbers.size())).first->second);
  }
  return ids;
}

}  // namespace

std::string prefixed(std::string_view text, std::string_view prefix) {
  std::string result;
  for (const std::string_view part : split(text, '\n')) result += line(prefix, part);
  return result;
}

std::string line_diff(std::string_view before, std::string_view after) {
  const auto old_lines = split(before, '\n');
  const auto new_lines = split(after, '\n');
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  const Ids base = numbered(old_lines, numbers);
  const std::vector<Aligned> rows = align(base, numbered(new_lines, numbers), Moves::not_sought);
  const std::vector<bool> shown = shown_rows(rows);
  std::string result;
  std::string came;  // lines that came stand below those they replace
  bool gap = false;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!shown[i]) {
      gap = true;
      continue;
    }
    if (rows[i].equal) {
      result += came;
      came.clear();
    }
    if (gap) result += "@@ … @@\n";
    gap = false;
    if (rows[i].equal) {
      result += line("  ", old_lines[*rows[i].base]);
      continue;
    }
    if (rows[i].base) result += line("- ", old_lines[*rows[i].base]);
    if (rows[i].head) came += line("+ ", new_lines[*rows[i].head]);
  }
  return result + came;
}

}  // namespace towline::diff
