#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "image/select.h"

using namespace towline;
using namespace towline::image;

namespace {

constexpr std::size_t kMostTags = 9;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_order(const Selector& selector, const std::vector<TagFacts>& tags) {
  for (const TagFacts& a : tags)
    for (const TagFacts& b : tags) {
      const auto order = selector.compare(a, b);
      require((order == std::strong_ordering::equal) == (a.tag == b.tag));
      require((order < 0) == (selector.compare(b, a) > 0));
      for (const TagFacts& c : tags)
        require(!(order <= 0 && selector.compare(b, c) <= 0) || selector.compare(a, c) <= 0);
    }
}

void check_pick(const Selector& selector, std::vector<TagFacts> tags) {
  for (const TagFacts& present : std::vector<TagFacts>(tags)) {
    const auto best = selector.pick(tags, present.tag);
    std::reverse(tags.begin(), tags.end());
    require(selector.pick(tags, present.tag) == best);
    if (!best) continue;
    require(selector.accepts({*best}, present.tag));
    const auto& ignore = selector.policy().ignore;
    require(std::find(ignore.begin(), ignore.end(), best->str()) == ignore.end());
    require(selector.policy().variant == VariantRule::any || selector.variant(*best) == selector.variant(present.tag) ||
            selector.follows_digest());
    if (*best == present.tag) require(selector.step(present, {*best}) == Step::none);
  }
}

void check(const SelectPolicy& policy, const std::vector<TagFacts>& tags) {
  const auto selector = Selector::compile(policy);
  if (!selector) return;
  check_order(*selector, tags);
  check_pick(*selector, tags);
}

}  // namespace

/// The first line is range, pattern and tag of every policy, the second is ignored, the others are tags.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = split_lines(std::string_view(reinterpret_cast<const char*>(data), size));
  if (lines.size() < 2) return 0;
  std::vector<TagFacts> tags;
  for (std::size_t index = 2; index < lines.size() && tags.size() < kMostTags; ++index)
    if (auto tag = parse_tag(lines[index])) tags.push_back({*tag});
  const std::string text(lines[0]);
  std::vector<std::string> ignore;
  if (!lines[1].empty()) ignore.emplace_back(lines[1]);
  for (const VariantRule variant : {VariantRule::same, VariantRule::any}) {
    check({.kind = PolicyKind::semver, .range = text, .ignore = ignore, .variant = variant}, tags);
    for (const PolicyKind kind :
         {PolicyKind::semver, PolicyKind::newest, PolicyKind::numeric, PolicyKind::alphabetical, PolicyKind::digest})
      check({.kind = kind, .pattern = text, .ignore = ignore, .variant = variant}, tags);
    check({.kind = PolicyKind::digest, .tag = text, .ignore = ignore, .variant = variant}, tags);
  }
  return 0;
}
