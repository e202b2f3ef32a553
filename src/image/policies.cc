#include "image/policies.h"

#include <array>

#include "image/constraint.h"
#include "image/rule.h"
#include "image/tag_filter.h"

namespace towline::image {

namespace {

Result<void> set_range(SelectPolicy& policy, std::string_view value) {
  if (const auto range = Constraint::parse(value); !range) return tl::unexpected(range.error());
  policy.range = value;
  return {};
}

Result<void> set_tag(SelectPolicy& policy, std::string_view value) {
  if (const auto tag = parse_tag(value); !tag) return tl::unexpected(tag.error());
  policy.tag = value;
  return {};
}

Result<void> set_pattern(SelectPolicy& policy, std::string_view value) {
  if (const auto pattern = compile_pattern(value); !pattern) return tl::unexpected(pattern.error());
  policy.pattern = value;
  return {};
}

Result<void> add_ignored(SelectPolicy& policy, std::string_view value) {
  if (const auto entry = TagFilter::compile("", {std::string(value)}); !entry) return tl::unexpected(entry.error());
  policy.ignore.emplace_back(value);
  return {};
}

Result<void> set_variant(SelectPolicy& policy, std::string_view value) {
  policy.variant = value == "any" ? VariantRule::any : VariantRule::same;
  return {};
}

constexpr std::array<std::string_view, 2> kVariantRules = {"same", "any"};

constexpr PolicyKey kRange = {
    "range", false, {}, "version range, such as \">=1.2 <2\"; any release when absent", set_range};
constexpr PolicyKey kTag = {
    "tag", false, {}, "the moving tag whose digest is followed, such as latest; absent: the one a site has", set_tag};
constexpr PolicyKey kPattern = {
    "pattern",
    false,
    {},
    "regular expression (RE2) a tag must match; its group 'version' is what is read, else the whole tag",
    set_pattern};
constexpr PolicyKey kFollowed = {
    "pattern", false, {}, "regular expression (RE2) that a tag must match to be followed", set_pattern};
constexpr PolicyKey kIgnore = {
    "ignore",
    true,
    {},
    "tags that never count: exact ones, and regular expressions where an entry could be no tag",
    add_ignored};
constexpr PolicyKey kVariant = {
    "variant", false, kVariantRules,
    "same (the default): 1.25-alpine goes on to 1.26-alpine alone, and 1.25 to no variant; any: whatever is greatest",
    set_variant};

}  // namespace

const std::vector<PolicySpec>& select_policies() {
  static const std::vector<PolicySpec> kPolicies = {
      {PolicyKind::semver,
       "semver",
       "range",
       "version range, such as \">=1.2 <2\"; the greatest version in it wins",
       {kRange, kPattern, kIgnore, kVariant},
       compile_semver},
      {PolicyKind::newest,
       "newest",
       "pattern",
       "the tag that was built last, as the registry or a timestamp in the tag says; latest, main and others that move "
       "count only where a pattern asks for them",
       {kPattern, kIgnore, kVariant},
       compile_newest},
      {PolicyKind::numeric,
       "numeric",
       "pattern",
       "the greatest number, of any length, such as a build's; several parted by dots (4.2.0.6417) count one by one",
       {kPattern, kIgnore, kVariant},
       compile_numeric},
      {PolicyKind::alphabetical,
       "alphabetical",
       "pattern",
       "the last in the order of bytes",
       {kPattern, kIgnore, kVariant},
       compile_alphabetical},
      {PolicyKind::digest,
       "digest",
       "tag",
       "the digest that a moving tag has now",
       {kTag, kFollowed, kIgnore},
       compile_digest},
  };
  return kPolicies;
}

}  // namespace towline::image
