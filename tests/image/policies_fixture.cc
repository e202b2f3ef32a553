#include "policies_fixture.h"

#include <catch2/catch.hpp>

namespace towline::image {

Selector selector_of(const SelectPolicy& policy) {
  auto selector = Selector::compile(policy);
  if (!selector) FAIL(selector.error().message);
  return *selector;
}

SelectPolicy semver(std::string range) { return {.kind = PolicyKind::semver, .range = std::move(range)}; }
SelectPolicy newest(std::string pattern) { return {.kind = PolicyKind::newest, .pattern = std::move(pattern)}; }
SelectPolicy numeric(std::string pattern) { return {.kind = PolicyKind::numeric, .pattern = std::move(pattern)}; }
SelectPolicy alphabetical(std::string pattern) {
  return {.kind = PolicyKind::alphabetical, .pattern = std::move(pattern)};
}
SelectPolicy digest(std::string tag) { return {.kind = PolicyKind::digest, .tag = std::move(tag)}; }
SelectPolicy any_variant(SelectPolicy policy) {
  policy.variant = VariantRule::any;
  return policy;
}
SelectPolicy ignoring(SelectPolicy policy, std::vector<std::string> ignore) {
  policy.ignore = std::move(ignore);
  return policy;
}

TimePoint at(std::string_view time) { return *parse_time(time); }

TagFacts facts(std::string_view tag) { return {Tag(std::string(tag))}; }
TagFacts built(std::string_view tag, std::string_view time) { return {Tag(std::string(tag)), at(time)}; }

std::vector<TagFacts> facts_of(const std::vector<std::string>& texts) {
  std::vector<TagFacts> all;
  for (const std::string& text : texts) all.push_back(facts(text));
  return all;
}

std::string picked(const SelectPolicy& policy, const std::vector<TagFacts>& tags, const std::optional<Tag>& present) {
  return selector_of(policy).pick(tags, present).value_or(Tag("(none)")).str();
}

}  // namespace towline::image
