#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "image/reference.h"

namespace towline::image {

/// `select: {semver: ">=1.2 <2"}`: comparators, ^, ~, x-ranges, hyphen ranges, ||. A tag counts when it is a
/// version ("v" allowed, two or one numbers allowed) in the range; prereleases only when the constraint
/// names one.
struct SemverPolicy {
  std::string constraint;
};
/// `select: {newest: {pattern: "^main-(?P<version>[0-9]+)"}}`: tags that match, ordered by the named group
/// `version` (else the whole tag), numbers inside compared as numbers of any length.
struct NewestPolicy {
  std::string pattern;
};
/// `select: {digest: {tag: latest}}`: follows the digest of one moving tag.
struct DigestPolicy {
  std::string tag;
};
using SelectPolicy = std::variant<SemverPolicy, NewestPolicy, DigestPolicy>;

/// A policy made ready to use. Cheap to copy. One made without compile() accepts nothing.
class Selector {
 public:
  /// Error invalid: the constraint or the pattern (RE2 syntax) is wrong, with what and where.
  static Result<Selector> compile(const SelectPolicy& policy);

  /// Why the tag is not accepted; nullopt when it is.
  std::optional<std::string> reject_reason(const Tag& tag) const;
  bool accepts(const Tag& tag) const { return !reject_reason(tag).has_value(); }
  /// Order of two accepted tags; ties break by the longer, then the larger text, so that it is total.
  std::strong_ordering compare(const Tag& a, const Tag& b) const;
  /// The accepted tag that is greatest.
  std::optional<Tag> pick(const std::vector<Tag>& tags) const;
  bool follows_digest() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Order of two tags when no policy is known: by version when both are versions ("v1.2.3" and "1.2.3"
/// compare equal by precedence), else unordered.
std::partial_ordering compare_versions(const Tag& a, const Tag& b);

}  // namespace towline::image
