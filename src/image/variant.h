#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "image/semver.h"

namespace towline::image {

/// A version as image tags write it: "v1.25.3-rc.1-alpine3.19" is 1.25.3-rc.1 of the variant "alpine3.19".
struct TagVersion {
  SemanticVersion version;
  std::string variant;  ///< "" when it is of none; the count of a build and a commit are '#': "debian-12-r#"
};

/// What a suffix counts as whose words are known neither from prereleases ("rc") nor from variants ("alpine").
enum class UnknownSuffix {
  variant,     ///< as Renovate takes every suffix: "1.2.3-acme" goes on to "1.3.0-acme" and nowhere else
  prerelease,  ///< as semver.org takes every suffix
};

/// The parts of the suffix are what stands between its hyphens. Each is a prerelease or of the variant by the letters
/// it begins with; a number, a commit or an unknown word is what the part before it is, and a number first is a
/// prerelease. nullopt when it is no version.
std::optional<TagVersion> parse_tag_version(std::string_view text, UnknownSuffix unknown);

/// Whether a part between hyphens, such as "alpine3.19", is known to name a variant.
bool names_variant(std::string_view part);

/// The variant that a whole suffix names: "debian-12-r3" -> "debian-12-r#".
std::string variant_of_suffix(std::string_view suffix);

/// The parts that name a variant in a text that is no version: "main-20261123-alpine" -> "alpine",
/// "bookworm-20260101-slim" -> "bookworm-slim".
std::string variant_in(std::string_view text);

}  // namespace towline::image
