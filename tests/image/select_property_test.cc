#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "policies_fixture.h"

using namespace towline;
using namespace towline::image;

namespace {

/// Tags of the kinds found in registries, close enough to each other to collide.
rc::Gen<Tag> any_tag() {
  const auto piece = rc::gen::element<std::string>("v", "0", "1", "2", "9", "10", "01", ".", ".", "-", "-rc", "a",
                                                   "alpha", "20261123235959", "99999999999999999999999", "_");
  return rc::gen::map(rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(piece)),
                      [](const std::vector<std::string>& pieces) {
                        std::string text;
                        for (const std::string& part : pieces) text += part;
                        return Tag(text);
                      });
}

rc::Gen<Tag> any_version() {
  const auto number = rc::gen::element<std::string>("0", "1", "01", "2", "10", "99999999999999999999999");
  const auto suffix =
      rc::gen::element<std::string>("", "", "-rc.1", "-rc.01a", "-rc.2", "-rc.10", "-1", "-alpine", "-a-b");
  return rc::gen::map(
      rc::gen::tuple(number, number, number, suffix, rc::gen::inRange(1, 4), rc::gen::arbitrary<bool>()),
      [](const auto& parts) {
        const auto& [major, minor, patch, pre, count, prefixed] = parts;
        std::string text = prefixed ? "v" + major : major;
        if (count > 1) text += "." + minor;
        if (count > 2) text += "." + patch;
        return Tag(text + pre);
      });
}

rc::Gen<TagFacts> any_facts() {
  const auto time = rc::gen::element<std::optional<TimePoint>>(std::nullopt, at("1970-01-01T00:00:00Z"),
                                                               at("2026-11-23T00:00:00Z"), at("2026-11-23T23:59:59Z"));
  return rc::gen::map(rc::gen::pair(rc::gen::oneOf(any_version(), any_tag()), time), [](const auto& pair) {
    return TagFacts{pair.first, pair.second};
  });
}

/// One of each kind, with and without the narrowing keys.
rc::Gen<SelectPolicy> any_policy() {
  return rc::gen::element<SelectPolicy>(
      semver(""), semver(">=0.0.0-0"), any_variant(semver(">=1 <3")), ignoring(semver("^1 || 2.x"), {"1.2.0", "rc|^v"}),
      newest(), newest("(?P<version>[0-9]+)"), any_variant(newest("^[0-9]")), numeric(),
      numeric("(?P<version>[0-9]+)?-"), ignoring(numeric("(?P<version>[0-9]+)"), {"^1"}), alphabetical(),
      alphabetical("(?P<version>[a-z]+)"), digest("1"), SelectPolicy{.kind = PolicyKind::digest, .pattern = "[0-9]"});
}

void check_total_order(const Selector& selector, const TagFacts& a, const TagFacts& b, const TagFacts& c) {
  const auto ab = selector.compare(a, b);
  if (a.created == b.created) RC_ASSERT((ab == 0) == (a.tag == b.tag));
  RC_ASSERT((ab < 0) == (selector.compare(b, a) > 0));
  if (ab <= 0 && selector.compare(b, c) <= 0) RC_ASSERT((selector.compare(a, c) <= 0));
}

}  // namespace

TEST_CASE("every policy orders all tags totally and transitively") {
  CHECK(rc::check([] {
    const Selector selector = selector_of(*any_policy());
    check_total_order(selector, *any_facts(), *any_facts(), *any_facts());
  }));
}

TEST_CASE("what is picked is accepted, no accepted tag is greater, and the order of tags does not matter") {
  CHECK(rc::check([] {
    const Selector selector = selector_of(*any_policy());
    const auto tags = *rc::gen::container<std::vector<TagFacts>>(any_facts());
    const auto present =
        *rc::gen::element<std::optional<Tag>>(std::nullopt, Tag("1.2-alpine"), Tag("1"), Tag("latest"));

    const auto best = selector.pick(tags, present);

    const auto chosen = std::max_element(tags.begin(), tags.end(), [&](const TagFacts& a, const TagFacts& b) {
      const bool a_accepted = selector.accepts(a, present);
      const bool b_accepted = selector.accepts(b, present);
      return a_accepted != b_accepted ? b_accepted : selector.compare(a, b) < 0;
    });
    const bool some = chosen != tags.end() && selector.accepts(*chosen, present);
    RC_ASSERT(best == (some ? std::optional<Tag>(chosen->tag) : std::nullopt));
    const auto reversed = std::vector<TagFacts>(tags.rbegin(), tags.rend());
    RC_ASSERT(selector.pick(reversed, present) == best);
  }));
}

TEST_CASE("an ignored tag is never accepted") {
  CHECK(rc::check([] {
    SelectPolicy policy = *any_policy();
    const TagFacts tag = *any_facts();
    policy.ignore.push_back(tag.tag.str());
    const auto selector = Selector::compile(policy);
    RC_PRE(selector.has_value());

    RC_ASSERT_FALSE(selector->accepts(tag));
    RC_ASSERT_FALSE(selector->accepts(tag, tag.tag));
    RC_ASSERT(selector->pick({tag}, tag.tag) == std::nullopt);
  }));
}

TEST_CASE("numbers of any length compare exactly") {
  CHECK(rc::check([] {
    const auto digits = rc::gen::container<std::string>(rc::gen::inRange('0', char('9' + 1)));
    const std::string prefix = "9" + *digits;
    const auto low = *rc::gen::inRange(0, 9);
    const std::string less = prefix + std::to_string(low);
    const std::string more = prefix + std::to_string(low + 1);

    RC_ASSERT(picked(numeric(), facts_of({more, less})) == more);
    RC_ASSERT(picked(semver(""), facts_of({"1." + less, "1." + more})) == "1." + more);
    RC_ASSERT(compare_versions(Tag(less), Tag(more)) == std::partial_ordering::less);
  }));
}

TEST_CASE("whatever is picked for a site is of its variant") {
  CHECK(rc::check([] {
    const Selector selector = selector_of(*rc::gen::element(semver(""), semver(">=0.0.0-0"), numeric()));
    const auto suffix = rc::gen::element<std::string>("", "-alpine", "-alpine3.19", "-slim", "-rc.1-alpine", "-rc.1");
    const auto tag = rc::gen::map(rc::gen::pair(rc::gen::inRange(1, 30), suffix),
                                  [](const auto& parts) { return std::to_string(parts.first) + parts.second; });
    const Tag present(*tag);

    const auto best = selector.pick(facts_of(*rc::gen::container<std::vector<std::string>>(tag)), present);

    if (best) RC_ASSERT(selector.variant(*best) == selector.variant(present));
  }));
}
