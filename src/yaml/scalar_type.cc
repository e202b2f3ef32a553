#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "yaml/plain.h"

// The rules are those of go-yaml v2 (resolve.go), through which every Kubernetes tool reads manifests.
namespace towline::yaml {

namespace {

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_null_word(std::string_view text) { return is_one_of(text, {"", "~", "null", "Null", "NULL"}); }

bool is_boolean_word(std::string_view text) {
  return is_one_of(text, {"y", "Y", "yes", "Yes", "YES", "true",  "True",  "TRUE",  "on",  "On",  "ON",
                          "n", "N", "no",  "No",  "NO",  "false", "False", "FALSE", "off", "Off", "OFF"});
}

bool is_float_word(std::string_view text) {
  return is_one_of(
      text, {".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"});
}

struct Digits {
  int base = 10;
  std::string_view text;
};

/// The base that the prefix names: 0x, 0o, 0b, and 0 alone for octal.
Digits split_base(std::string_view text) {
  if (text.empty() || text[0] != '0') return {10, text};
  if (text.size() >= 3) {
    if (text[1] == 'x' || text[1] == 'X') return {16, text.substr(2)};
    if (text[1] == 'o' || text[1] == 'O') return {8, text.substr(2)};
    if (text[1] == 'b' || text[1] == 'B') return {2, text.substr(2)};
  }
  return text.size() == 1 ? Digits{10, text} : Digits{8, text.substr(1)};
}

/// Fits a signed 64-bit integer, or an unsigned one when it has no sign.
bool is_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  const bool has_sign = negative || text.starts_with('+');
  if (has_sign) text.remove_prefix(1);
  const auto [base, digits] = split_base(text);
  std::uint64_t magnitude = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, magnitude, base);
  if (error != std::errc() || stop != end) return false;
  constexpr std::uint64_t kMaxSigned = INT64_MAX;
  return !has_sign || magnitude <= kMaxSigned + (negative ? 1U : 0U);
}

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?, and not so large that it overflows.
bool is_float(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  const std::size_t whole = count_digits(rest);
  rest.remove_prefix(whole);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::size_t fraction = count_digits(rest);
    if (whole == 0 && fraction == 0) return false;
    rest.remove_prefix(fraction);
  } else if (whole == 0) {
    return false;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
    const std::size_t exponent = count_digits(rest);
    if (exponent == 0) return false;
    rest.remove_prefix(exponent);
  }
  return rest.empty() && std::isfinite(std::strtod(std::string(text).c_str(), nullptr));
}

/// As Go's strconv.ParseFloat has it: an underscore between two digits counts for nothing.
bool is_float_with_underscores(std::string_view text) {
  for (std::size_t at = text.find('_'); at != std::string_view::npos; at = text.find('_', at + 1)) {
    if (at == 0 || at + 1 == text.size() || !is_digit(text[at - 1]) || !is_digit(text[at + 1])) return false;
  }
  std::string digits(text);
  std::erase(digits, '_');
  return is_float(digits);
}

ScalarType type_of_tag(std::string_view tag) {
  static constexpr std::array<std::pair<std::string_view, ScalarType>, 4> kTags = {{{"null", ScalarType::null},
                                                                                    {"bool", ScalarType::boolean},
                                                                                    {"int", ScalarType::integer},
                                                                                    {"float", ScalarType::floating}}};
  if (!tag.starts_with(kTagPrefix)) return ScalarType::string;
  tag.remove_prefix(kTagPrefix.size());
  const auto found = std::find_if(kTags.begin(), kTags.end(), [&](const auto& row) { return row.first == tag; });
  return found == kTags.end() ? ScalarType::string : found->second;
}

}  // namespace

ScalarType plain_type(std::string_view text) {
  if (is_null_word(text)) return ScalarType::null;
  if (is_boolean_word(text)) return ScalarType::boolean;
  if (is_float_word(text)) return ScalarType::floating;
  const char first = text[0];
  if (first == '.') return is_float_with_underscores(text) ? ScalarType::floating : ScalarType::string;
  if (!is_digit(first) && first != '+' && first != '-') return ScalarType::string;
  std::string digits(text);
  std::erase(digits, '_');
  if (is_integer(digits)) return ScalarType::integer;
  // go-yaml takes "0b-1" too: it reads what follows "0b" as a number with its own sign.
  if (digits.starts_with("0b-") && is_integer("-0b" + digits.substr(3))) return ScalarType::integer;
  return is_float(digits) ? ScalarType::floating : ScalarType::string;
}

ScalarType scalar_type(const Node& scalar) {
  if (scalar.is_null()) return ScalarType::null;
  if (!scalar.is_scalar() || scalar.tag == "!") return ScalarType::string;
  if (!scalar.tag.empty()) return type_of_tag(scalar.tag);
  return scalar.style == ScalarStyle::plain ? plain_type(scalar.value) : ScalarType::string;
}

}  // namespace towline::yaml
