#include <algorithm>

#include "base/text.h"
#include "git/repository.h"

namespace towline::git {
namespace {

using Trailer = std::pair<std::string, std::string>;

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

std::optional<Trailer> parse_line(std::string_view line) {
  const auto token_end =
      static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), is_token_character) - line.begin());
  const std::size_t separator = line.find_first_not_of(" \t", token_end);
  if (token_end == 0 || separator == std::string_view::npos || line[separator] != ':') return std::nullopt;
  return Trailer{std::string(line.substr(0, token_end)), std::string(trim(line.substr(separator + 1)))};
}

// Lines that mark a paragraph as trailers even when something else was written between them.
bool is_recognised(std::string_view line) {
  return line.starts_with("Signed-off-by: ") || line.starts_with("(cherry picked from commit ") ||
         line.starts_with("Towline-");
}

/// The last paragraph, unless it is also the first: that one is the title.
std::vector<std::string_view> last_paragraph(std::string_view message) {
  std::vector<std::string_view> lines = split_lines(message);
  const auto is_blank = [](std::string_view line) { return trim(line).empty(); };
  while (!lines.empty() && is_blank(lines.back())) lines.pop_back();
  const auto before = std::find_if(lines.rbegin(), lines.rend(), is_blank).base();
  const bool has_title = std::any_of(lines.begin(), before, [&](std::string_view line) { return !is_blank(line); });
  return has_title ? std::vector<std::string_view>(before, lines.end()) : std::vector<std::string_view>{};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_trailers(std::string_view message) {
  std::vector<Trailer> trailers;
  std::size_t others = 0;
  bool recognised = false;
  bool continues_trailer = false;
  for (const std::string_view line : last_paragraph(message)) {
    if (line.starts_with(' ') || line.starts_with('\t')) {
      if (continues_trailer) {
        std::string& value = trailers.back().second;
        value.append(value.empty() ? "" : " ").append(trim(line));
      } else {
        ++others;
      }
      continue;
    }
    recognised = recognised || is_recognised(line);
    const auto trailer = parse_line(line);
    continues_trailer = trailer.has_value();
    if (trailer) {
      trailers.push_back(*trailer);
    } else {
      ++others;
    }
  }
  // git's rule: nothing but trailers, or a recognised one and at least a quarter trailers.
  const bool is_trailer_block = others == 0 || (recognised && trailers.size() * 3 >= others);
  return is_trailer_block ? trailers : std::vector<Trailer>{};
}

}  // namespace towline::git
