#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace towline::image {

/// A semantic version (semver.org 2.0.0) as tags write it: an optional "v", one to three numbers of any length,
/// an optional prerelease. Build metadata ("+…") cannot stand in a tag but may in a constraint; it is dropped.
struct SemanticVersion {
  std::string major = "0";  ///< digits without leading zeros
  std::string minor = "0";
  std::string patch = "0";
  std::vector<std::string> prerelease;
  std::size_t parts = 3;  ///< how many numbers were written
};

/// nullopt when it is no version. Source of what is taken beyond the standard: Masterminds/semver, NewVersion.
std::optional<SemanticVersion> parse_semver(std::string_view text);

/// "7" of "007", "0" of "00".
std::string_view without_leading_zeros(std::string_view digits);

/// Digits without leading zeros, compared as numbers.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b);

/// Precedence (semver.org, section 11).
std::strong_ordering compare_precedence(const SemanticVersion& a, const SemanticVersion& b);

/// Dot-separated identifiers after the first '-'; nullopt when one is empty, holds other characters, or is a
/// number with a leading zero.
std::optional<std::vector<std::string>> parse_prerelease(std::string_view text);

}  // namespace towline::image
