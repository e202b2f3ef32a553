#include "image/constraint.h"
#include "image/rule.h"
#include "image/variant.h"

namespace towline::image {

namespace {

class SemverRule final : public Rule {
 public:
  SemverRule(std::string written, Constraint constraint)
      : written_(std::move(written)),
        constraint_(std::move(constraint)),
        // Whoever asks for prereleases gets them as semver.org has them, with any word.
        unknown_(constraint_.names_prerelease() ? UnknownSuffix::prerelease : UnknownSuffix::variant) {}

  tl::expected<SortKey, Refusal> read(const Subject& subject) const override {
    auto parsed = parse_tag_version(subject.text, unknown_);
    if (!parsed) return tl::unexpected(Refusal{RefusedBy::format, quoted(subject) + " is not a version such as 1.2.3"});
    return std::move(parsed->version);
  }

  std::optional<Refusal> outside(const Subject& subject, const SortKey& key,
                                 const std::optional<Tag>& /*present*/) const override {
    const auto& version = std::get<SemanticVersion>(key);
    if (constraint_.allows(version)) return std::nullopt;
    if (!version.prerelease.empty() && !constraint_.names_prerelease())
      return Refusal{RefusedBy::prerelease,
                     quoted(subject) + " is a prerelease, and the constraint " + quoted(written_) + " names none"};
    return Refusal{RefusedBy::range, quoted(subject) + " is not in the range " + quoted(written_)};
  }

  std::string variant(std::string_view text) const override {
    auto parsed = parse_tag_version(text, unknown_);
    return parsed ? std::move(parsed->variant) : variant_in(text);
  }

 private:
  std::string written_;
  Constraint constraint_;
  UnknownSuffix unknown_;
};

}  // namespace

Result<std::shared_ptr<const Rule>> compile_semver(const SelectPolicy& policy) {
  TRY(Constraint constraint, Constraint::parse(policy.range));
  return std::make_shared<const SemverRule>(policy.range, std::move(constraint));
}

std::partial_ordering compare_versions(const Tag& a, const Tag& b) {
  for (const UnknownSuffix unknown : {UnknownSuffix::prerelease, UnknownSuffix::variant}) {
    const auto left = parse_tag_version(a.str(), unknown);
    const auto right = parse_tag_version(b.str(), unknown);
    if (!left || !right) continue;
    // An unknown word is a prerelease where both have one; where one has none it may be a variant of the other.
    const bool alike = left->version.prerelease.empty() == right->version.prerelease.empty();
    if (alike || unknown == UnknownSuffix::variant) return compare_precedence(left->version, right->version);
  }
  return std::partial_ordering::unordered;
}

}  // namespace towline::image
