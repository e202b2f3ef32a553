#include "manifest/wording.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <utility>

namespace towline::manifest {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

bool contains(std::string_view text, std::string_view word) {
  // Several times as fast as std::string_view::find, which stops at each of the word's first letters.
  return ::memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

/// Whether a scalar with such a tag can be base64: "!!binary", also with a character of it percent-encoded, or a tag
/// that is written in full or with a handle of its own.
bool is_binary_tag(std::string_view tag) {
  if (tag.starts_with("!<")) return true;
  if (!tag.starts_with("!!")) return false;
  const std::string_view name = tag.substr(2, tag.find_first_of(" \t\r\n,[]{}") - 2);
  return name == "binary" || name.find('%') != std::string_view::npos;
}

/// Looks for single bytes, which is several times as fast as looking for words.
template <class Begins>
bool has_place(std::string_view text, char first, const Begins& begins) {
  for (std::size_t at = text.find(first); at != std::string_view::npos; at = text.find(first, at + 1)) {
    if (begins(text.substr(at, 64))) return true;
  }
  return false;
}

bool has_binary_tag(std::string_view text) {
  return has_place(text, '!', is_binary_tag) ||
         has_place(text, '%', [](std::string_view rest) { return rest.starts_with("%TAG"); });
}

bool is_not_utf8(std::string_view text) {
  return text.starts_with("\xFE\xFF") || text.starts_with("\xFF\xFE") || text.find('\0') != std::string_view::npos;
}

/// The ASCII character that the escape behind a backslash writes, and how many bytes it has; 0: none that may be part
/// of a word. JSON writers escape '<', '>', '&', '=' and quotes, which are not.
std::pair<char, std::size_t> escaped_character(std::string_view rest) {
  constexpr std::array<std::pair<char, std::size_t>, 3> kForms = {{{'x', 2}, {'u', 4}, {'U', 8}}};
  const auto* const form =
      std::find_if(kForms.begin(), kForms.end(), [&](const auto& one) { return rest.starts_with(one.first); });
  if (form == kForms.end() || rest.size() <= form->second) return {'\0', 0};
  const std::string_view digits = rest.substr(1, form->second);
  unsigned code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return {'\0', 0};
  const bool is_letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || (code >= '0' && code <= '9');
  const bool is_other = code < 0x80 && std::string_view("./-_:@$").find(static_cast<char>(code)) != std::string::npos;
  return code != 0 && (is_letter || is_other) ? std::pair{static_cast<char>(code), 1 + form->second}
                                              : std::pair{'\0', std::size_t{0}};
}

/// Bytes of the line break at the front, as YAML 1.1 has them; 0: none.
std::size_t line_break(std::string_view rest) {
  constexpr std::array<std::string_view, 6> kBreaks = {"\r\n", "\n", "\r", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"};
  const auto* const found =
      std::find_if(kBreaks.begin(), kBreaks.end(), [&](std::string_view one) { return rest.starts_with(one); });
  return found == kBreaks.end() ? 0 : found->size();
}

std::size_t skip_white_space(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const std::size_t length = line_break(text.substr(at, 3));
    if (length == 0 && kBlank.find(text[at]) == std::string_view::npos) break;
    at += std::max<std::size_t>(length, 1);
  }
  return at;
}

std::string without_escapes(std::string_view text) {
  std::string out;
  bool is_changed = false;
  std::size_t taken = 0;
  for (std::size_t at = text.find('\\'); at != std::string_view::npos; at = text.find('\\', at)) {
    const std::string_view rest = text.substr(at + 1);
    if (const auto [character, length] = escaped_character(rest); length > 0) {
      out.append(text.substr(taken, at - taken)) += character;
      taken = at + 1 + length;
    } else if (rest.starts_with('/')) {
      out.append(text.substr(taken, at - taken));
      taken = at + 1;
    } else if (const std::size_t newline = line_break(rest); newline > 0) {
      out.append(text.substr(taken, at - taken));
      taken = skip_white_space(text, at + 1 + newline);
    } else {
      at += std::min<std::size_t>(2, text.size() - at);
      continue;
    }
    is_changed = true;
    at = std::max(taken, at + 2);
  }
  return is_changed ? out.append(text.substr(taken)) : std::string();
}

}  // namespace

Wording::Wording(std::string_view text)
    : text_(text), unescaped_(without_escapes(text)), is_opaque_(is_not_utf8(text) || has_binary_tag(text)) {}

bool Wording::may_say(std::string_view word) const {
  return is_opaque_ || contains(text_, word) || contains(unescaped_, word);
}

}  // namespace towline::manifest
