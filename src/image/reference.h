#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace towline::image {

using Tag = StrongString<struct TagKind>;        ///< [\w][\w.-]{0,127}
using Digest = StrongString<struct DigestKind>;  ///< sha256:<64 hex> or sha512:<128 hex>

/// What an image is called, normalised for comparing: "pay" -> docker.io/library/pay,
/// "index.docker.io/acme/pay" -> docker.io/acme/pay, "GHCR.io/pay" -> ghcr.io/pay. Source: distribution/reference,
/// normalize.go (which keeps the registry's case). str() parses to the same name.
struct ImageName {
  std::string registry;    ///< "docker.io", "ghcr.io", "localhost:5000"
  std::string repository;  ///< "library/pay", "acme/pay"
  std::string str() const { return registry + "/" + repository; }
  /// The last component of the repository.
  std::string_view short_name() const;
  auto operator<=>(const ImageName&) const = default;
};

/// name[:tag][@digest], as written and as meant.
struct Reference {
  ImageName name;
  std::string written_name;  ///< the name exactly as the text had it
  std::optional<Tag> tag;
  std::optional<Digest> digest;
  std::string str() const;  ///< as written
};

/// Errors: invalid, naming the character and the rule.
Result<Reference> parse_reference(std::string_view text);
Result<ImageName> parse_image_name(std::string_view text);
Result<Tag> parse_tag(std::string_view text);
Result<Digest> parse_digest(std::string_view text);

/// The version an image runs, as a site writes it.
struct Version {
  std::optional<Tag> tag;
  std::optional<Digest> digest;
  bool operator==(const Version&) const = default;
  /// "1.5.0", "1.5.0@sha256:0123456789ab" (digest shortened), "sha256:0123456789ab", "(none)".
  std::string display() const;
  /// "1.5.0", "1.5.0@sha256:…", "@sha256:…", whole.
  std::string str() const;
};
/// "TAG", "TAG@DIGEST" or "@DIGEST". Error: invalid.
Result<Version> parse_version(std::string_view text);

}  // namespace towline::image
