#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "image/select.h"

using namespace towline;
using namespace towline::image;

namespace {

Selector selector_of(const SelectPolicy& policy) {
  auto selector = Selector::compile(policy);
  if (!selector) FAIL(selector.error().message);
  return *selector;
}

std::string error_of(const SelectPolicy& policy) {
  const auto selector = Selector::compile(policy);
  REQUIRE_FALSE(selector.has_value());
  CHECK(selector.error().kind == ErrorKind::invalid);
  return selector.error().message;
}

std::vector<Tag> tags_of(const std::vector<std::string>& texts) { return std::vector<Tag>(texts.begin(), texts.end()); }

std::string picked(const SelectPolicy& policy, const std::vector<std::string>& texts) {
  return selector_of(policy).pick(tags_of(texts)).value_or(Tag("(none)")).str();
}

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

void check_total_order(const Selector& selector, const Tag& a, const Tag& b, const Tag& c) {
  const auto ab = selector.compare(a, b);
  RC_ASSERT((ab == 0) == (a == b));
  RC_ASSERT((ab < 0) == (selector.compare(b, a) > 0));
  if (ab <= 0 && selector.compare(b, c) <= 0) RC_ASSERT((selector.compare(a, c) <= 0));
}

}  // namespace

// Checked against Masterminds/semver 3.5, which Flux, Kargo and Argo CD Image Updater use.
TEST_CASE("a semver constraint accepts and refuses as its users know it") {
  struct Case {
    std::string constraint;
    std::vector<std::string> accepted;
    std::vector<std::string> refused;
  };
  const std::vector<Case> cases = {
      {">=1.2 <2", {"1.2.0", "1.2", "v1.99.0", "1.2.3"}, {"1.1.9", "2.0.0", "2", "1.5.0-rc.1", "latest", "1.2.3.4"}},
      {">=1.2, <2", {"1.2.0"}, {"2.0.0"}},
      {">= 1.2 , < 2", {"1.2.0"}, {"2.0.0"}},
      {"=>1.2 =<2", {"1.2.0", "2.9.9"}, {"3.0.0"}},
      {"1.2.3", {"1.2.3", "v1.2.3"}, {"1.2.4", "1.2.3-rc.1"}},
      {"=1.2", {"1.2.0", "1.2.9"}, {"1.3.0"}},
      {"1.2.x", {"1.2.0", "1.2.9"}, {"1.3.0"}},
      {"1.x", {"1.0.0", "1.9"}, {"2.0.0", "0.9.0"}},
      {"1.*.*", {"1.0.0"}, {"2.0.0"}},
      {"*", {"0.0.1", "99.0.0"}, {"1.0.0-rc.1", "latest"}},
      {"", {"0.0.1", "99.0.0"}, {"1.0.0-rc.1", "latest"}},
      {"!=1.2.3", {"1.2.4"}, {"1.2.3"}},
      {"!=1.2", {"1.3.0"}, {"1.2.3"}},
      {">1", {"2.0.0"}, {"1.9.9", "1.0.0"}},
      {">1.2", {"1.3.0"}, {"1.2.9"}},
      {">1.2.3", {"1.2.4"}, {"1.2.3"}},
      {"<=1", {"1.9.9"}, {"2.0.0"}},
      {"<=1.2", {"1.2.9"}, {"1.3.0"}},
      {"<1.2", {"1.1.9"}, {"1.2.0"}},
      {"^1.2.3", {"1.2.3", "1.9.0"}, {"1.2.2", "2.0.0"}},
      {"^1", {"1.0.0"}, {"2.0.0"}},
      {"^0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0", "0.2.2"}},
      {"^0.2", {"0.2.0"}, {"0.3.0"}},
      {"^0.0.3", {"0.0.3"}, {"0.0.4"}},
      {"^0.0", {"0.0.9"}, {"0.1.0"}},
      {"^0", {"0.9.9"}, {"1.0.0"}},
      {"^*", {"7.0.0"}, {"7.0.0-rc.1"}},
      {"~1.2.3", {"1.2.3", "1.2.9"}, {"1.3.0", "1.2.2"}},
      {"~>1.2", {"1.2.0"}, {"1.3.0"}},
      {"~1", {"1.9.0"}, {"2.0.0"}},
      {"1.2 - 1.4", {"1.2.0", "1.4.9"}, {"1.1.9", "1.5.0"}},
      {"1.2.3 - 1.4.5", {"1.4.5"}, {"1.4.6"}},
      {"^1 || ^3", {"1.5.0", "3.0.0"}, {"2.0.0", "4.0.0"}},
      {"1.x||3.x", {"1.5.0", "3.0.0"}, {"2.0.0"}},
      {">=1.2.0-0 <2", {"1.2.0-rc.1", "1.5.0-alpha", "1.5.0"}, {"2.0.0", "1.1.0-rc.1"}},
      {"<1 || >=2.0.0-rc.1", {"2.0.0-rc.2", "0.9.0"}, {"0.9.0-rc.1", "2.0.0-beta"}},
      {">=20261123235959", {"20261123235959", "20261123235960"}, {"20261123235958"}},
      {">=99999999999999999999999.1", {"99999999999999999999999.2"}, {"99999999999999999999999.0", "9"}},
      {">=1.25", {"1.25"}, {"1.25-alpine", "1.25.1-alpine"}},
      {"*", {"01.2", "2024.01.05"}, {"1.2.3-01", "1.2.3-", "1..2", "1.", "V1.2"}},
  };
  for (const Case& example : cases) {
    const Selector selector = selector_of(SemverPolicy{example.constraint});
    for (const std::string& tag : example.accepted) {
      INFO(example.constraint << " accepts " << tag);
      CHECK(selector.accepts(Tag(tag)));
    }
    for (const std::string& tag : example.refused) {
      INFO(example.constraint << " refuses " << tag);
      CHECK_FALSE(selector.accepts(Tag(tag)));
    }
  }
}

TEST_CASE("a refused tag is told why") {
  const Selector semver = selector_of(SemverPolicy{">=1.2 <2"});
  CHECK(semver.reject_reason(Tag("1.5.0")) == std::nullopt);
  CHECK(semver.reject_reason(Tag("main-abc")) == "'main-abc' is not a version such as 1.2.3");
  CHECK(semver.reject_reason(Tag("1.1.0")) == "'1.1.0' is not in the range '>=1.2 <2'");
  CHECK(semver.reject_reason(Tag("1.5.0-rc.1")) ==
        "'1.5.0-rc.1' is a prerelease, and the constraint '>=1.2 <2' names none");
  CHECK(selector_of(NewestPolicy{"^main-[0-9]+$"}).reject_reason(Tag("dev-1")) ==
        "'dev-1' does not match the pattern '^main-[0-9]+$'");
  CHECK(selector_of(DigestPolicy{"latest"}).reject_reason(Tag("1.0")) ==
        "'1.0' is not the tag 'latest' whose digest is followed");
  CHECK(Selector().reject_reason(Tag("1.0")) == "no policy selects any tag");
}

TEST_CASE("the greatest accepted tag is picked") {
  struct Case {
    SelectPolicy policy;
    std::vector<std::string> tags;
    std::string picked;
  };
  const std::vector<Case> cases = {
      {SemverPolicy{">=1"}, {"1.9.0", "1.10.0", "1.2.0", "2.0.0-rc.1", "latest"}, "1.10.0"},
      {SemverPolicy{">=1"}, {"1.20", "1.20.0"}, "1.20.0"},
      {SemverPolicy{">=1"}, {"v1.2.3", "1.2.3"}, "v1.2.3"},
      {SemverPolicy{">=1"}, {"0.9.0", "latest"}, "(none)"},
      {SemverPolicy{">=1.0.0-0"}, {"1.0.0-rc.9", "1.0.0-rc.10", "1.0.0-rc"}, "1.0.0-rc.10"},
      {SemverPolicy{">=1.0.0-0"}, {"1.0.0-rc.10", "1.0.0"}, "1.0.0"},
      {SemverPolicy{""}, {"9007199254740992", "9007199254740993", "20261123235959"}, "9007199254740993"},
      {SemverPolicy{""}, {"18446744073709551616", "18446744073709551615"}, "18446744073709551616"},
      {NewestPolicy{"^main-(?P<version>[0-9]+)"}, {"main-9-zzz", "main-10-aaa", "dev-99"}, "main-10-aaa"},
      {NewestPolicy{"^main-[0-9a-f]+-(?P<version>[0-9]+)$"}, {"main-ff-2", "main-00-30"}, "main-00-30"},
      {NewestPolicy{"^[0-9-]+$"}, {"2026-11-23", "2026-11-3", "2025-12-31"}, "2026-11-23"},
      {NewestPolicy{"(?P<version>[0-9]+)"},
       {"b-99999999999999999999998", "b-99999999999999999999999"},
       "b-99999999999999999999999"},
      {NewestPolicy{"."}, {}, "(none)"},
      {DigestPolicy{"latest"}, {"1.0", "latest", "zzz"}, "latest"},
  };
  for (const Case& example : cases) {
    INFO(example.picked);
    CHECK(picked(example.policy, example.tags) == example.picked);
  }
}

TEST_CASE("only a digest policy follows a digest") {
  CHECK(selector_of(DigestPolicy{"latest"}).follows_digest());
  CHECK_FALSE(selector_of(SemverPolicy{"*"}).follows_digest());
  CHECK_FALSE(selector_of(NewestPolicy{"."}).follows_digest());
}

TEST_CASE("a wrong policy says what is wrong, and where") {
  const auto constraint = [](std::string_view text, std::string_view why) {
    return "the semver constraint '" + std::string(text) + "' is wrong at character " + std::string(why);
  };
  struct Case {
    std::string text;
    std::string why;
  };
  const std::vector<Case> cases = {
      {">=1.2 <", "8: a version such as 1.2.3 is expected"},
      {">=1.2,", "7: a version such as 1.2.3 is expected"},
      {">=1.2 ||", "9: a version such as 1.2.3 is expected"},
      {"|| 1", "1: a version such as 1.2.3 is expected"},
      {"1 | 2", "3: alternatives are parted by '||'"},
      {">=one", "3: 'one' is not a version such as 1.2.3, 1.2 or 1.x"},
      {"1.2.3.4", "1: '1.2.3.4' is not a version such as 1.2.3, 1.2 or 1.x"},
      {"1.2.3-01", "1: '1.2.3-01' is not a version such as 1.2.3, 1.2 or 1.x"},
      {">=1<2", "3: '1<2' is not a version such as 1.2.3, 1.2 or 1.x"},
      {"1 - 2 - 3", "7: '-' is not a version such as 1.2.3, 1.2 or 1.x"},
      {">>1", "2: '>1' is not a version such as 1.2.3, 1.2 or 1.x"},
  };
  for (const Case& example : cases)
    CHECK(error_of(SemverPolicy{example.text}) == constraint(example.text, example.why));
  CHECK(error_of(SemverPolicy{std::string(513, '1')}).ends_with("it has more than 512 characters"));
  CHECK(error_of(NewestPolicy{""}) == "the pattern is empty; write '.*' for every tag");
  CHECK(error_of(NewestPolicy{"main-(["}) == "the pattern 'main-([' is not a regular expression of RE2: missing ]: [");
  CHECK(error_of(NewestPolicy{"(?!x)"}).starts_with("the pattern '(?!x)' is not a regular expression of RE2: "));
  CHECK(error_of(NewestPolicy{std::string(1001, 'a')}) == "the pattern has more than 1000 characters");
  CHECK(error_of(DigestPolicy{"a b"}).starts_with("'a b' is not a tag: a space at character 2; "));
}

TEST_CASE("without a policy versions compare by precedence, and anything else not at all") {
  CHECK(compare_versions(Tag("1.9.0"), Tag("1.10.0")) == std::partial_ordering::less);
  CHECK(compare_versions(Tag("v1.2.3"), Tag("1.2.3")) == std::partial_ordering::equivalent);
  CHECK(compare_versions(Tag("1.20"), Tag("1.20.0")) == std::partial_ordering::equivalent);
  CHECK(compare_versions(Tag("2.0.0-rc.1"), Tag("2.0.0")) == std::partial_ordering::less);
  CHECK(compare_versions(Tag("2.0.0-rc.10"), Tag("2.0.0-rc.9")) == std::partial_ordering::greater);
  CHECK(compare_versions(Tag("2.0.0-1"), Tag("2.0.0-alpha")) == std::partial_ordering::less);
  CHECK(compare_versions(Tag("2.0.0-alpha"), Tag("2.0.0-alpha.1")) == std::partial_ordering::less);
  CHECK(compare_versions(Tag("latest"), Tag("1.0.0")) == std::partial_ordering::unordered);
  CHECK(compare_versions(Tag("latest"), Tag("latest")) == std::partial_ordering::unordered);
}

TEST_CASE("a semver policy orders all tags totally and strictly") {
  const Selector selector = selector_of(SemverPolicy{">=0.0.0-0"});
  CHECK(rc::check([&] {
    const auto tag = rc::gen::oneOf(any_version(), any_version(), any_tag());
    check_total_order(selector, *tag, *tag, *tag);
  }));
}

TEST_CASE("a pattern orders all tags totally and strictly") {
  const Selector whole = selector_of(NewestPolicy{".*"});
  const Selector named = selector_of(NewestPolicy{"(?P<version>[0-9]+)?-"});
  CHECK(rc::check([&] {
    const Tag a = *any_tag();
    const Tag b = *any_tag();
    const Tag c = *any_tag();
    check_total_order(whole, a, b, c);
    check_total_order(named, a, b, c);
  }));
}

TEST_CASE("what is picked is accepted, and no accepted tag is greater") {
  CHECK(rc::check([] {
    const auto constraint = *rc::gen::element<std::string>("*", ">=1 <3", "^1.0.0-0", "~0.1 || 2.x", "!=1");
    const Selector selector = selector_of(SemverPolicy{constraint});
    const auto tags = *rc::gen::container<std::vector<Tag>>(any_version());

    const auto best = selector.pick(tags);

    const bool some = std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) { return selector.accepts(tag); });
    RC_ASSERT(best.has_value() == some);
    for (const Tag& tag : tags) RC_ASSERT((!selector.accepts(tag) || selector.compare(tag, *best) <= 0));
  }));
}
