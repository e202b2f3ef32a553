#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "image/reference.h"

namespace towline::image {

/// A tag and what its registry says of it.
struct TagFacts {
  Tag tag;
  std::optional<TimePoint> created = std::nullopt;  ///< when the image was built, as its configuration says
};

/// What orders the tags of an image. The keys of each are in policies.h.
enum class PolicyKind {
  semver,        ///< versions in a range
  newest,        ///< by build time
  numeric,       ///< numbers of any length, also several parted by dots
  alphabetical,  ///< byte by byte
  digest,        ///< no tag is newer than another: the digest of a moving tag is followed
};

/// Which variants ("1.25-alpine" is 1.25 of the variant "alpine") a site may be given. "any" instead of a name: what a
/// site should move to once is a person's edit, after which "same" keeps it there.
enum class VariantRule { same, any };

/// `select: {semver: {range: ">=1.2 <2", ignore: [1.3.0]}}`.
struct SelectPolicy {
  PolicyKind kind = PolicyKind::semver;
  std::string range = {};                ///< semver: a constraint; "" is any release
  std::string tag = {};                  ///< digest: the moving tag; "" is the one the site has
  std::string pattern = {};              ///< RE2, searched in the tag; "" is every tag
  std::vector<std::string> ignore = {};  ///< exact tags, and patterns where an entry could be no tag
  VariantRule variant = VariantRule::same;
  bool operator==(const SelectPolicy&) const = default;
};

/// Which rule refuses a tag.
enum class RefusedBy { no_policy, ignore, pattern, format, build_time, prerelease, range, moving_tag, variant };
std::string_view to_string(RefusedBy rule);

struct Refusal {
  RefusedBy rule = RefusedBy::no_policy;
  std::string why;  ///< a sentence without its full stop, printable
};

/// What putting one tag in another's place would be.
enum class Step {
  forward,
  none,      ///< it is not newer
  backward,  ///< the policy does not accept the present tag, which is newer all the same
};

/// A policy made ready to use. Cheap to copy. One made without compile() accepts nothing.
class Selector {
 public:
  /// Error invalid: the range, a pattern (RE2 syntax) or the tag is wrong, with what and where.
  static Result<Selector> compile(const SelectPolicy& policy);

  /// Why a site that has the tag `present` (or none) is not given this one; nullopt when it may be.
  std::optional<Refusal> refusal(const TagFacts& facts, const std::optional<Tag>& present = std::nullopt) const;
  bool accepts(const TagFacts& facts, const std::optional<Tag>& present = std::nullopt) const {
    return !refusal(facts, present).has_value();
  }
  /// Order of any two tags: what the policy reads from them, then the longer, then the larger text; tags that it cannot
  /// read are first.
  std::strong_ordering compare(const TagFacts& a, const TagFacts& b) const;
  /// The same without the tie-break: "1.20" and "1.20.0" are equivalent. Unordered when one cannot be read.
  std::partial_ordering standing(const TagFacts& a, const TagFacts& b) const;
  /// The accepted tag that is greatest, whatever the order they come in.
  std::optional<Tag> pick(const std::vector<TagFacts>& tags, const std::optional<Tag>& present = std::nullopt) const;
  /// From a site's present tag to one that the policy picked for it. A present tag that it does not accept is replaced,
  /// since the policy says what belongs there, unless that is a step back.
  Step step(const TagFacts& present, const TagFacts& picked) const;
  /// "alpine" of "1.25-alpine", "" when it has none.
  std::string variant(const Tag& tag) const;
  /// What orders the tag, for people: "1.25.0", "2026-11-23T23:59:59Z"; "" when it cannot be read.
  std::string reading(const TagFacts& facts) const;

  bool follows_digest() const { return policy().kind == PolicyKind::digest; }
  const SelectPolicy& policy() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

/// Order of two tags when no policy is known: by version when both are versions ("v1.2.3" and "1.2.3", or "1.25" and
/// "1.25-alpine" are equivalent), else unordered.
std::partial_ordering compare_versions(const Tag& a, const Tag& b);

}  // namespace towline::image
