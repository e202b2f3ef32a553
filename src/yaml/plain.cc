#include "yaml/plain.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace towline::yaml {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits, each group but the first after one of `separators`: "2024-01-31", "190:20:30".
bool is_grouped_number(std::string_view text, char separator) {
  bool separated = false;
  char previous = separator;
  for (const char c : text) {
    if (c != separator && !is_digit(c)) return false;
    if (c == separator && previous == separator) return false;
    separated = separated || c == separator;
    previous = c;
  }
  return separated && previous != separator;
}

bool looks_like_date(std::string_view text) {
  return text.size() >= 8 && text[4] == '-' && is_grouped_number(text.substr(0, text.find_first_of("Tt ")), '-');
}

bool looks_like_base_sixty(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return is_grouped_number(text.substr(0, text.find('.')), ':');
}

struct Escape {
  std::string_view bytes;
  std::string_view written;
};
constexpr std::array<Escape, 9> kEscapes = {{{"\"", "\\\""},
                                             {"\\", "\\\\"},
                                             {"\n", "\\n"},
                                             {"\t", "\\t"},
                                             {"\r", "\\r"},
                                             {"\xEF\xBB\xBF", "\\uFEFF"},
                                             {"\xC2\x85", "\\u0085"},
                                             {"\xE2\x80\xA8", "\\u2028"},
                                             {"\xE2\x80\xA9", "\\u2029"}}};
constexpr std::size_t kFirstUnicodeEscape = 5;

bool is_control(char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }

constexpr std::string_view kIndicators = ",[]{}#&*!|>'\"%@`";

}  // namespace

bool is_ambiguous(std::string_view text) {
  return plain_type(text) != ScalarType::string || looks_like_date(text) || looks_like_base_sixty(text) ||
         text == "=" || text == "<<";
}

bool survives_reading(std::string_view text) {
  // Go prints a float64 of seven digits before the point, or of four zeros behind it, with an exponent.
  static const RE2 kPrintedAsWritten(R"((?:0|[1-9][0-9]{0,5})(?:\.(?:[0-9]{0,8}[1-9]))?)");
  static const RE2 kSmall(R"(0\.0000.*)");
  return looks_like_date(text) || (RE2::FullMatch(text, kPrintedAsWritten) && !RE2::FullMatch(text, kSmall));
}

bool needs_escapes(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\n' && c != '\t'; }) ||
         std::any_of(kEscapes.begin() + kFirstUnicodeEscape, kEscapes.end(),
                     [&](const Escape& escape) { return text.find(escape.bytes) != std::string_view::npos; });
}

bool can_be_plain(std::string_view text, bool in_flow) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (kIndicators.find(text.front()) != std::string_view::npos) return false;
  if (text.front() == ':' || text.front() == '?') return false;
  if (text.front() == '-' && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  if (needs_escapes(text) || text.find_first_of("\n\t") != std::string_view::npos) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos) return false;
  return !in_flow || text.find_first_of(",[]{}?") == std::string_view::npos;
}

std::string double_quoted(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "\"";
  while (!text.empty()) {
    const auto escape =
        std::find_if(kEscapes.begin(), kEscapes.end(), [&](const Escape& row) { return text.starts_with(row.bytes); });
    if (escape != kEscapes.end()) {
      out += escape->written;
      text.remove_prefix(escape->bytes.size());
      continue;
    }
    if (is_control(text.front())) {
      const auto byte = static_cast<unsigned char>(text.front());
      out += "\\x";
      out += kHex[byte >> 4U];
      out += kHex[byte & 0xfU];
    } else {
      out += text.front();
    }
    text.remove_prefix(1);
  }
  return out + '"';
}

}  // namespace towline::yaml
