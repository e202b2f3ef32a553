#include "gotemplate/names.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "manifest/paths.h"

namespace towline::gotemplate {
namespace {

std::string trimmed(const std::string& text, std::string_view characters) {
  const std::size_t first = text.find_first_not_of(characters);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(characters) - first + 1);
}

/// One step of a pattern: a character, a set, or '*'.
struct Piece {
  enum class Kind { one, any_one, set, run } kind = Kind::one;
  char character = 0;
  bool negated = false;
  std::vector<std::pair<char, char>> ranges;
};

/// A character of a set, which a '\' may stand before; nullopt when there is none.
std::optional<char> set_character(std::string_view& rest) {
  if (rest.empty() || rest[0] == '-' || rest[0] == ']') return std::nullopt;
  if (rest[0] == '\\') rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  const char c = rest[0];
  rest.remove_prefix(1);
  return c;
}

bool read_set(std::string_view& rest, Piece& piece) {
  piece.kind = Piece::Kind::set;
  if (rest.starts_with('^')) {
    piece.negated = true;
    rest.remove_prefix(1);
  }
  while (!rest.starts_with(']') || piece.ranges.empty()) {
    const auto low = set_character(rest);
    if (!low) return false;
    auto high = low;
    if (rest.starts_with('-')) {
      rest.remove_prefix(1);
      high = set_character(rest);
    }
    if (!high || rest.empty()) return false;
    piece.ranges.emplace_back(*low, *high);
  }
  rest.remove_prefix(1);
  return true;
}

/// nullopt: malformed.
std::optional<std::vector<Piece>> read_pattern(std::string_view pattern) {
  std::vector<Piece> pieces;
  while (!pattern.empty()) {
    Piece piece;
    const char c = pattern[0];
    pattern.remove_prefix(1);
    if (c == '*') {
      piece.kind = Piece::Kind::run;
      if (!pieces.empty() && pieces.back().kind == Piece::Kind::run) continue;
    } else if (c == '?') {
      piece.kind = Piece::Kind::any_one;
    } else if (c == '[') {
      if (!read_set(pattern, piece)) return std::nullopt;
    } else if (c == '\\') {
      if (pattern.empty()) return std::nullopt;
      piece.character = pattern[0];
      pattern.remove_prefix(1);
    } else {
      piece.character = c;
    }
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

bool matches_one(const Piece& piece, char c, bool crosses) {
  if (piece.kind == Piece::Kind::one) return piece.character == c;
  if (c == '/' && !crosses) return false;
  if (piece.kind == Piece::Kind::any_one) return true;
  const bool within = std::any_of(piece.ranges.begin(), piece.ranges.end(),
                                  [c](const auto& range) { return range.first <= c && c <= range.second; });
  return within != piece.negated;
}

/// Which places of the text each piece can end at, so that no pattern takes more than pieces times bytes.
bool matches(const std::vector<Piece>& pieces, std::string_view text, bool crosses) {
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (const Piece& piece : pieces) {
    std::vector<bool> next(text.size() + 1, false);
    bool any = false;
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (piece.kind == Piece::Kind::run) {
        next[at] = reached[at] || (at > 0 && next[at - 1] && (crosses || text[at - 1] != '/'));
      } else if (at < text.size() && reached[at]) {
        next[at + 1] = matches_one(piece, text[at], crosses);
      }
      any = any || next[std::min(at + 1, text.size())] || next[at];
    }
    if (!any) return false;
    reached = std::move(next);
  }
  return reached.back();
}

}  // namespace

std::string sanitize_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    // The bytes that follow the first of a character.
    if ((byte & 0xC0) == 0x80) continue;
    const char lower = byte < 0x80 ? static_cast<char>(std::tolower(byte)) : '-';
    const bool allowed = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || lower == '.';
    out += allowed ? lower : '-';
  }
  constexpr std::size_t kMaxName = 253;
  return trimmed(out.substr(0, kMaxName), "-.");
}

std::string slug(std::string_view name, std::size_t longest, bool at_words) {
  std::string text = sanitize_name(name);
  if (!at_words && text.size() >= longest) text.resize(longest);
  std::string out;
  for (const char c : text) {
    const char shown = c == '.' ? '-' : c;
    if (shown != '-' || !out.ends_with('-')) out += shown;
  }
  out = trimmed(out, "-_");
  if (longest == 0 || !at_words || out.size() <= longest) return out;
  const std::size_t dash = out.rfind('-', longest);
  return out.substr(0, dash == std::string::npos ? longest : dash);
}

bool path_match(std::string_view pattern, std::string_view path) {
  const auto pieces = read_pattern(pattern);
  return pieces && matches(*pieces, path, false);
}

bool pathspec_match(std::string_view pattern, std::string_view path) {
  while (pattern.starts_with("./")) pattern.remove_prefix(2);
  const bool is_directory = pattern.ends_with('/');
  if (is_directory) pattern.remove_suffix(1);
  if (pattern == "." || pattern.empty()) return true;
  if (manifest::is_at_or_below(path, pattern) && (!is_directory || path != pattern)) return true;
  const auto pieces = read_pattern(pattern);
  return !is_directory && pieces && matches(*pieces, path, true);
}

}  // namespace towline::gotemplate
