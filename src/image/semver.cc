#include "image/semver.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace towline::image {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool is_number(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_digit); }

std::size_t count_digits(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

std::strong_ordering compare_texts(std::string_view a, std::string_view b) { return a.compare(b) <=> 0; }

/// Numbers are before other identifiers.
std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
  const bool a_number = is_number(a);
  const bool b_number = is_number(b);
  if (a_number && b_number) return compare_numbers(a, b);
  if (a_number != b_number) return a_number ? std::strong_ordering::less : std::strong_ordering::greater;
  return compare_texts(a, b);
}

std::strong_ordering compare_prereleases(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  // A release is after all of its prereleases.
  if (a.empty() != b.empty()) return a.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
  for (std::size_t index = 0; index < std::min(a.size(), b.size()); ++index)
    if (const auto order = compare_identifiers(a[index], b[index]); order != 0) return order;
  return a.size() <=> b.size();
}

}  // namespace

std::optional<std::vector<std::string>> parse_prerelease(std::string_view text) {
  std::vector<std::string> identifiers;
  for (const std::string_view part : split(text, '.')) {
    const bool leading_zero = is_number(part) && part.size() > 1 && part.front() == '0';
    if (part.empty() || leading_zero || !std::all_of(part.begin(), part.end(), is_identifier_character))
      return std::nullopt;
    identifiers.emplace_back(part);
  }
  return identifiers;
}

std::optional<SemanticVersion> parse_semver(std::string_view text) {
  SemanticVersion version;
  if (text.starts_with('v')) text.remove_prefix(1);
  const std::array<std::string*, 3> numbers = {&version.major, &version.minor, &version.patch};
  version.parts = 0;
  for (std::string* number : numbers) {
    const std::size_t digits = count_digits(text);
    if (digits == 0) return std::nullopt;
    *number = without_leading_zeros(text.substr(0, digits));
    ++version.parts;
    text.remove_prefix(digits);
    if (!text.starts_with('.') || version.parts == numbers.size()) break;
    text.remove_prefix(1);
  }
  if (const std::size_t build = text.find('+'); build != std::string_view::npos) {
    const std::string_view metadata = text.substr(build + 1);
    const auto allowed = [](char c) { return is_identifier_character(c) || c == '.'; };
    if (metadata.empty() || !std::all_of(metadata.begin(), metadata.end(), allowed)) return std::nullopt;
    text = text.substr(0, build);
  }
  if (text.empty()) return version;
  if (!text.starts_with('-')) return std::nullopt;
  auto prerelease = parse_prerelease(text.substr(1));
  if (!prerelease) return std::nullopt;
  version.prerelease = *std::move(prerelease);
  return version;
}

std::string_view without_leading_zeros(std::string_view digits) {
  const std::size_t first = digits.find_first_not_of('0');
  if (first != std::string_view::npos) return digits.substr(first);
  return digits.empty() ? digits : digits.substr(digits.size() - 1);
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return compare_texts(a, b);
}

std::strong_ordering compare_precedence(const SemanticVersion& a, const SemanticVersion& b) {
  if (const auto order = compare_numbers(a.major, b.major); order != 0) return order;
  if (const auto order = compare_numbers(a.minor, b.minor); order != 0) return order;
  if (const auto order = compare_numbers(a.patch, b.patch); order != 0) return order;
  return compare_prereleases(a.prerelease, b.prerelease);
}

}  // namespace towline::image
