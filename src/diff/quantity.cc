#include "diff/quantity.h"

#include <array>
#include <cstddef>
#include <optional>

namespace towline::diff {
namespace {

// GCC calls its own 128-bit integers pedantic otherwise.
__extension__ using Wide = __int128;

constexpr int kNanoExponent = 9;
constexpr std::size_t kMostDigits = 28;

struct Suffix {
  std::string_view text;
  int ten;  ///< power of ten
  int two;  ///< power of two
};
constexpr std::array<Suffix, 16> kSuffixes = {{{"n", -9, 0},
                                               {"u", -6, 0},
                                               {"m", -3, 0},
                                               {"", 0, 0},
                                               {"k", 3, 0},
                                               {"M", 6, 0},
                                               {"G", 9, 0},
                                               {"T", 12, 0},
                                               {"P", 15, 0},
                                               {"E", 18, 0},
                                               {"Ki", 0, 10},
                                               {"Mi", 0, 20},
                                               {"Gi", 0, 30},
                                               {"Ti", 0, 40},
                                               {"Pi", 0, 50},
                                               {"Ei", 0, 60}}};

/// "e3", "E-2": a decimal exponent in place of a suffix.
std::optional<Suffix> exponent(std::string_view text) {
  if (text.size() < 2 || (text[0] != 'e' && text[0] != 'E')) return std::nullopt;
  text.remove_prefix(1);
  const bool negative = text[0] == '-';
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  if (text.empty() || text.size() > 2 || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  int value = 0;
  for (const char digit : text) value = value * 10 + (digit - '0');
  return Suffix{"", negative ? -value : value, 0};
}

std::optional<Suffix> suffix_of(std::string_view text) {
  for (const Suffix& suffix : kSuffixes) {
    if (suffix.text == text) return suffix;
  }
  return exponent(text);
}

bool multiply(Wide& value, Wide factor) { return !__builtin_mul_overflow(value, factor, &value); }

/// In billionths of the unit.
std::optional<Wide> nanos(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  Wide value = 0;
  std::size_t digits = 0;
  int fraction = 0;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (++digits > kMostDigits) return std::nullopt;
    value = value * 10 + (c - '0');
    if (point) ++fraction;
  }
  const auto suffix = suffix_of(text.substr(at));
  if (digits == 0 || !suffix) return std::nullopt;
  for (int i = 0; i < suffix->two; ++i) {
    if (!multiply(value, 2)) return std::nullopt;
  }
  int ten = kNanoExponent + suffix->ten - fraction;
  for (; ten > 0; --ten) {
    if (!multiply(value, 10)) return std::nullopt;
  }
  for (; ten < 0; ++ten) {
    if (value % 10 != 0) return std::nullopt;
    value /= 10;
  }
  return negative ? -value : value;
}

}  // namespace

bool same_quantity(std::string_view a, std::string_view b) {
  const auto left = nanos(a);
  if (!left) return false;
  const auto right = nanos(b);
  return right && *left == *right;
}

bool is_smaller_quantity(std::string_view a, std::string_view b) {
  const auto left = nanos(a);
  const auto right = nanos(b);
  return left && right && *left < *right;
}

}  // namespace towline::diff
