#include "image/rule.h"

namespace towline::image {

namespace {

class DigestRule final : public Rule {
 public:
  explicit DigestRule(std::optional<Tag> tag) : tag_(std::move(tag)) {}

  tl::expected<SortKey, Refusal> read(const Subject& subject) const override {
    return SortKey(subject.facts.tag.str());
  }

  std::optional<Refusal> outside(const Subject& subject, const SortKey& /*key*/,
                                 const std::optional<Tag>& present) const override {
    const std::optional<Tag>& followed = tag_ ? tag_ : present;
    const std::string tag = quoted(subject.facts.tag.str());
    if (!followed)
      return Refusal{RefusedBy::moving_tag, tag + " is not followed: the site has no tag, and the policy names none"};
    if (subject.facts.tag == *followed) return std::nullopt;
    return Refusal{RefusedBy::moving_tag,
                   tag + " is not the tag " + quoted(followed->str()) + " whose digest is followed"};
  }

  /// A tag has no other variant of itself.
  std::string variant(std::string_view /*text*/) const override { return {}; }

 private:
  std::optional<Tag> tag_;
};

}  // namespace

Result<std::shared_ptr<const Rule>> compile_digest(const SelectPolicy& policy) {
  if (policy.tag.empty() && policy.pattern.empty())
    return fail(ErrorKind::invalid,
                "'digest' needs 'tag', the moving tag that is followed, or 'pattern', for those that follow the tag "
                "they have");
  if (policy.tag.empty()) return std::make_shared<const DigestRule>(std::nullopt);
  TRY(Tag tag, parse_tag(policy.tag));
  return std::make_shared<const DigestRule>(std::move(tag));
}

}  // namespace towline::image
