#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/text.h"
#include "image/policies.h"
#include "image/select.h"
#include "image/semver.h"
#include "masterminds_cases.h"
#include "policies_fixture.h"

using namespace towline;
using namespace towline::image;

namespace {

std::string error_of(const SelectPolicy& policy) {
  const auto selector = Selector::compile(policy);
  REQUIRE_FALSE(selector.has_value());
  CHECK(selector.error().kind == ErrorKind::invalid);
  return selector.error().message;
}

}  // namespace

TEST_CASE("a semver constraint accepts and refuses what Masterminds/semver does") {
  std::size_t checked = 0;
  for (const MastermindsCase& example : kMastermindsCases) {
    const Selector selector = selector_of(semver(std::string(example.constraint)));
    const auto accepted = split(example.accepted, ' ');
    for (const std::string_view tag : split(kMastermindsTags, ' ')) {
      INFO(example.constraint << " and " << tag);
      CHECK(selector.accepts(facts(tag)) == (std::find(accepted.begin(), accepted.end(), tag) != accepted.end()));
      ++checked;
    }
  }
  CHECK(checked == std::size(kMastermindsCases) * 50);
}

// Beyond it: no constraint at all is every release, "^*" is, and numbers may have any length.
TEST_CASE("a semver constraint takes what Masterminds/semver does not") {
  struct Case {
    std::string constraint;
    std::vector<std::string> accepted;
    std::vector<std::string> refused;
  };
  const std::vector<Case> cases = {
      {"", {"0.0.1", "99.0.0"}, {"1.0.0-rc.1", "latest"}},
      {"^*", {"7.0.0"}, {"7.0.0-rc.1"}},
      {">=20261123235959", {"20261123235959", "20261123235960"}, {"20261123235958"}},
      {">=99999999999999999999999.1", {"99999999999999999999999.2"}, {"99999999999999999999999.0", "9"}},
      {"~18446744073709551616.1", {"18446744073709551616.1.5"}, {"18446744073709551615.1.5", "0.1.5"}},
      {">=1.0.0-rc.99999999999999999999998",
       {"1.0.0-rc.99999999999999999999999"},
       {"1.0.0-rc.99999999999999999999997"}},
  };
  for (const Case& example : cases) {
    for (const std::string& tag : example.accepted) {
      INFO(example.constraint << " accepts " << tag);
      CHECK(selector_of(semver(example.constraint)).accepts(facts(tag)));
    }
    for (const std::string& tag : example.refused) {
      INFO(example.constraint << " refuses " << tag);
      CHECK_FALSE(selector_of(semver(example.constraint)).accepts(facts(tag)));
    }
  }
}

TEST_CASE("a refused tag is told why") {
  struct Case {
    SelectPolicy policy;
    TagFacts tag;
    std::optional<Tag> present;
    RefusedBy rule;
    std::string why;
  };
  const std::vector<Case> cases = {
      {semver(">=1.2 <2"), facts("main-abc"), {}, RefusedBy::format, "'main-abc' is not a version such as 1.2.3"},
      {semver(">=1.2 <2"), facts("1.1.0"), {}, RefusedBy::range, "'1.1.0' is not in the range '>=1.2 <2'"},
      {semver(">=1.2 <2"),
       facts("1.5.0-rc.1"),
       {},
       RefusedBy::prerelease,
       "'1.5.0-rc.1' is a prerelease, and the constraint '>=1.2 <2' names none"},
      {{.range = "<2", .pattern = "^pay-(?P<version>.*)$"},
       facts("pay-2.0.0"),
       {},
       RefusedBy::range,
       "'2.0.0' in 'pay-2.0.0' is not in the range '<2'"},
      {newest("^main-"), facts("dev-1"), {}, RefusedBy::pattern, "'dev-1' does not match the pattern '^main-'"},
      {newest(),
       built("latest", "2026-11-24T10:00:00Z"),
       {},
       RefusedBy::moving_tag,
       "'latest' moves from build to build; a 'pattern' that it matches would allow it, and 'digest' follows what it "
       "names"},
      {newest(),
       facts("main-7"),
       {},
       RefusedBy::build_time,
       "when 'main-7' was built is not known: the registry has not told, and it has no timestamp in it"},
      {newest(),
       built("main-7", "1970-01-01T00:00:01Z"),
       {},
       RefusedBy::build_time,
       "the registry says that 'main-7' was built at 1970-01-01T00:00:01Z, which no image was, and it has no timestamp "
       "in it"},
      {numeric(),
       facts("build-7"),
       {},
       RefusedBy::format,
       "'build-7' is no number such as 42 or 4.2.0.6417; name the number in 'pattern', such as "
       "build-(?P<version>[0-9]+)"},
      {numeric("(?P<version>.*)"), facts("1.x"), {}, RefusedBy::format, "'1.x' is no number such as 42 or 4.2.0.6417"},
      {digest("latest"),
       facts("1.0"),
       {},
       RefusedBy::moving_tag,
       "'1.0' is not the tag 'latest' whose digest is followed"},
      {{.kind = PolicyKind::digest, .pattern = "main|latest"},
       facts("main"),
       {},
       RefusedBy::moving_tag,
       "'main' is not followed: the site has no tag, and the policy names none"},
      {ignoring(semver("*"), {"1.3.0"}), facts("1.3.0"), {}, RefusedBy::ignore, "'1.3.0' is in 'ignore'"},
      {ignoring(semver("*"), {"^1\\.3"}),
       facts("1.3.1"),
       {},
       RefusedBy::ignore,
       "'1.3.1' matches '^1\\.3' in 'ignore'"},
      {semver("*"), facts("1.26-alpine"), Tag("1.25"), RefusedBy::variant,
       "'1.26-alpine' is of the variant 'alpine', and '1.25' is of no variant; 'variant: any' would allow it"},
      {semver("*"), facts("1.26"), Tag("1.25-alpine"), RefusedBy::variant,
       "'1.26' is of no variant, and '1.25-alpine' is of the variant 'alpine'; 'variant: any' would allow it"},
      {semver("*"),
       facts("1.26-slim"),
       {},
       RefusedBy::variant,
       "'1.26-slim' is of the variant 'slim', and without a present tag only those of no variant count; 'variant: any' "
       "would allow it"},
  };
  for (const Case& example : cases) {
    INFO(example.why);
    const auto refusal = selector_of(example.policy).refusal(example.tag, example.present);
    REQUIRE(refusal.has_value());
    CHECK(refusal->why == example.why);
    CHECK(refusal->rule == example.rule);
  }
  CHECK(Selector().refusal(facts("1.0"))->why == "no policy selects any tag");
  CHECK(selector_of(semver(">=1.2 <2")).accepts(facts("1.5.0")));
}

TEST_CASE("the greatest accepted tag is picked") {
  struct Case {
    SelectPolicy policy;
    std::vector<std::string> tags;
    std::string picked;
  };
  const std::vector<Case> cases = {
      {semver(">=1"), {"1.9.0", "1.10.0", "1.2.0", "2.0.0-rc.1", "latest"}, "1.10.0"},
      {semver(">=1"), {"1.20", "1.20.0"}, "1.20.0"},
      {semver(">=1"), {"v1.2.3", "1.2.3"}, "v1.2.3"},
      {semver(">=1"), {"1.2.3", "01.2.3", "1.2.03"}, "1.2.03"},
      {semver(">=1"), {"0.9.0", "latest"}, "(none)"},
      {semver(">=1.0.0-0"), {"1.0.0-rc.9", "1.0.0-rc.10", "1.0.0-rc"}, "1.0.0-rc.10"},
      {semver(">=1.0.0-0"), {"1.0.0-rc.10", "1.0.0"}, "1.0.0"},
      {semver(">=1.0.0-0"), {"1.0.0-acme.9", "1.0.0-acme.10"}, "1.0.0-acme.10"},
      {semver(""), {"9007199254740992", "9007199254740993", "20261123235959"}, "9007199254740993"},
      {semver(""), {"18446744073709551616", "18446744073709551615"}, "18446744073709551616"},
      {{.range = ">=1", .pattern = "^pay-(?P<version>.+)$"}, {"pay-1.9.0", "pay-1.10.0", "9.0.0"}, "pay-1.10.0"},
      {{.range = ">=1", .pattern = "^[0-9.]+$"}, {"1.9.0", "v1.10.0"}, "1.9.0"},
      {any_variant(semver("")), {"1.25-alpine", "1.26-slim"}, "1.26-slim"},
      {newest(), {"main-20261123235959", "main-20261124", "main-9"}, "main-20261124"},
      {newest("-(?P<version>[0-9]+)$"), {"20261130-1763942399", "20261101-1763942400"}, "20261101-1763942400"},
      {newest(), {"RELEASE.2026-11-23T10-00-00Z", "RELEASE.2026-11-23T09-59-59Z"}, "RELEASE.2026-11-23T10-00-00Z"},
      {numeric(), {"9", "10", "007", "1.5", "latest"}, "10"},
      {numeric(), {"4.0.9.2513", "4.0.10.2579", "v4.0.10.2257", "4.0.10"}, "4.0.10.2579"},
      {numeric(), {"1.10", "1.9", "1.09", "1"}, "1.10"},
      {numeric(), {"1.", ".1", "1..2", "v", "-1", "1-", ""}, "(none)"},
      {numeric("^main-(?P<version>[0-9]+)"), {"main-9-zzz", "main-10-aaa", "dev-99"}, "main-10-aaa"},
      {numeric("^main-[0-9a-f]+-(?P<version>[0-9]+)$"), {"main-ff-2", "main-00-30"}, "main-00-30"},
      {numeric("b-(?P<version>.*)"),
       {"b-99999999999999999999998", "b-99999999999999999999999"},
       "b-99999999999999999999999"},
      {numeric(), {"18446744073709551616", "18446744073709551615", "0018446744073709551615"}, "18446744073709551616"},
      {alphabetical(), {"a", "b", "B", "aa"}, "b"},
      {alphabetical("^[0-9-]+$"), {"2026-11-23", "2026-11-22", "2025-12-31", "zz"}, "2026-11-23"},
      {alphabetical("^(?P<version>[a-z]+)-"), {"a-9", "b-1", "b-12"}, "b-12"},
      {newest("."), {}, "(none)"},
      {digest("latest"), {"1.0", "latest", "zzz"}, "latest"},
      {ignoring(semver(""), {"1.3.0", "^2\\."}), {"1.2.0", "1.3.0", "2.9.9", "12.0.0"}, "12.0.0"},
      // An entry that could be a tag is exact: the dot is no wildcard, and 'rc' is not searched in others.
      {ignoring(semver(""), {"1.2.0"}), {"1.1.0", "1.2.0", "1.12.0", "1x2.0"}, "1.12.0"},
      {ignoring(alphabetical(), {"rc"}), {"rc", "rc-1"}, "rc-1"},
  };
  for (const Case& example : cases) {
    INFO(example.picked);
    CHECK(picked(example.policy, facts_of(example.tags)) == example.picked);
  }
}

TEST_CASE("the newest tag is the one built last, whatever it is called") {
  const std::vector<TagFacts> tags = {built("zz", "2026-11-23T10:00:00Z"), built("aa", "2026-11-23T10:00:01Z"),
                                      facts("main-20261122"), facts("later-but-of-no-known-time")};
  CHECK(picked(newest(), tags) == "aa");
  // The registry's word counts more than a timestamp found by chance, less than one that the pattern names.
  const std::vector<TagFacts> both = {built("r-20261125", "2026-11-23T10:00:00Z"),
                                      built("r-20261124", "2026-11-23T11:00:00Z")};
  CHECK(picked(newest(), both) == "r-20261124");
  CHECK(picked(newest("r-(?P<version>[0-9]{8})"), both) == "r-20261125");
  // Reproducible builds say 1970: then the tag's own timestamp counts.
  CHECK(picked(newest(), {built("20261125", "1970-01-01T00:00:00Z"), built("20261124", "1970-01-01T00:00:00Z")}) ==
        "20261125");
  CHECK(picked(newest(), {built("a", "2026-11-23T10:00:00Z"), built("b", "2026-11-23T10:00:00Z")}) == "b");
}

TEST_CASE("the newest tag is none that moves from build to build, unless the pattern asks for one") {
  const std::vector<TagFacts> tags = {built("latest", "2026-11-24T10:00:02Z"), built("main", "2026-11-24T10:00:01Z"),
                                      built("main-a1b2c3d", "2026-11-24T10:00:00Z"),
                                      built("main-e4f5a6b", "2026-11-23T10:00:00Z")};
  CHECK(picked(newest(), tags) == "main-a1b2c3d");
  CHECK(picked(newest("^main-"), tags) == "main-a1b2c3d");
  CHECK(picked(newest("^(main|latest)$"), tags) == "latest");
  CHECK(picked(newest(), {built("latest", "2026-11-24T10:00:02Z")}) == "(none)");
}

TEST_CASE("a site stays within its variant") {
  struct Case {
    SelectPolicy policy;
    std::string present;
    std::vector<std::string> tags;
    std::string picked;
  };
  const std::vector<std::string> official = {
      "1.26", "1.26-alpine", "1.26-alpine3.19", "1.27-rc.1-alpine", "1.27-rc.1", "1.26-slim",
      "1.27", "1.27-alpine", "1.27-alpine3.20", "alpine",           "latest"};
  const std::vector<Case> cases = {
      {semver("*"), "1.25", official, "1.27"},
      {semver("*"), "1.25-alpine", official, "1.27-alpine"},
      {semver("*"), "v1.25-alpine", official, "1.27-alpine"},
      {semver("*"), "1.25-alpine3.19", official, "1.26-alpine3.19"},
      {semver("*"), "1.25-slim-bookworm", official, "(none)"},
      {semver("*"), "latest", official, "1.27"},
      {semver("*"), "alpine", official, "1.27-alpine"},
      {semver("*"), "1.26.0-rc.1", official, "1.27"},
      {semver(">=1.0.0-0"), "1.25-alpine", {"1.28-rc.1-alpine", "1.27-alpine", "1.29-rc.1"}, "1.28-rc.1-alpine"},
      {semver("*"), "1.2.3-acme", {"1.3.0-acme", "1.4.0", "1.5.0-other"}, "1.3.0-acme"},
      {semver(">=1.0.0-0"), "1.2.3-main.5", {"1.2.3-main.6", "1.2.3-alpine"}, "1.2.3-main.6"},
      {any_variant(semver("*")), "1.25-alpine", {"1.26-alpine", "1.27"}, "1.27"},
      // Real ones: a commit and the count of a build are of no variant, but whoever has none is given none.
      {semver("*"), "v20240910-ec3cf3c749", {"v20250108-44b28c7784", "v20250109"}, "v20250108-44b28c7784"},
      {semver("*"), "v0.16.946-ls9", {"v0.16.946-ls8", "v0.16.946-ls10", "v0.17"}, "v0.16.946-ls10"},
      {semver("*"), "16.1.0-debian-12-r3", {"16.2.0-debian-12-r0", "16.3.0-debian-13-r0"}, "16.2.0-debian-12-r0"},
      {semver("*"), "1.2.3", {"1.2.4", "1.3.0-a1b2c3d", "1.4.0-r1"}, "1.2.4"},
      {numeric(), "12-a1b2c3d", {"13-e4f5a6b", "14"}, "13-e4f5a6b"},
      {numeric(), "12-alpine", {"13", "12-alpine", "14-alpine", "15-slim"}, "14-alpine"},
      {newest(), "nightly-20261101-alpine", {"nightly-20261103", "nightly-20261102-alpine"}, "nightly-20261102-alpine"},
      {newest(), "bookworm-20261101-slim", {"bookworm-20261103", "bookworm-20261102-slim"}, "bookworm-20261102-slim"},
      {newest(), "20261101-a1b2c3d", {"20261102-e4f5a6b", "20261103-alpine"}, "20261102-e4f5a6b"},
      {alphabetical(), "2026a", {"2026b", "2026c-slim"}, "2026b"},
      // What the pattern does not name is not of the version: it alone says which tags belong together.
      {{.range = "*", .pattern = "^(?P<version>[0-9.]+)-[0-9a-f]{7}$"},
       "1.2.3-a1b2c3d",
       {"1.3.0-e4f5a6b"},
       "1.3.0-e4f5a6b"},
      {{.range = "*", .pattern = "^(?P<version>.*)-linux$"},
       "1.2-alpine-linux",
       {"1.3-linux", "1.3-alpine-linux"},
       "1.3-alpine-linux"},
  };
  for (const Case& example : cases) {
    INFO(example.present << " -> " << example.picked);
    CHECK(picked(example.policy, facts_of(example.tags), Tag(example.present)) == example.picked);
  }
}

TEST_CASE("a digest is followed of the tag that is named, or of the one a site has") {
  const auto tags = facts_of({"latest", "main", "1.0"});
  const SelectPolicy own = {.kind = PolicyKind::digest, .pattern = "^(latest|main)$"};
  CHECK(picked(digest("latest"), tags, Tag("main")) == "latest");
  CHECK(picked(own, tags, Tag("main")) == "main");
  CHECK(picked(own, tags, Tag("latest")) == "latest");
  CHECK(picked(own, tags, Tag("1.0")) == "(none)");
  CHECK(picked(own, tags) == "(none)");
  CHECK(selector_of(own).follows_digest());
  CHECK_FALSE(selector_of(semver("*")).follows_digest());
  CHECK_FALSE(selector_of(newest(".")).follows_digest());
}

TEST_CASE("a step goes forward, nowhere or back") {
  struct Case {
    SelectPolicy policy;
    TagFacts present;
    TagFacts picked;
    Step step;
  };
  const std::vector<Case> cases = {
      {semver("*"), facts("1.2.0"), facts("1.3.0"), Step::forward},
      {semver("*"), facts("1.3.0"), facts("1.2.0"), Step::none},
      {semver("*"), facts("1.20"), facts("1.20.0"), Step::forward},
      {semver("*"), facts("1.20.0"), facts("1.20"), Step::none},
      {any_variant(semver("*")), facts("1.20"), facts("1.20-alpine"), Step::none},
      {any_variant(semver("*")), facts("1.20-alpine"), facts("1.21"), Step::forward},
      {semver("<2"), facts("2.0.0"), facts("1.9.0"), Step::backward},
      {ignoring(semver("*"), {"1.9.0"}), facts("1.9.0"), facts("1.8.0"), Step::backward},
      {ignoring(semver("*"), {"1.9.0"}), facts("1.9.0"), facts("2.0.0"), Step::forward},
      {ignoring(numeric(), {"200"}), facts("200"), facts("199"), Step::backward},
      {semver("*"), facts("latest"), facts("1.2.0"), Step::forward},
      {newest(), built("b", "2026-11-23"), built("a", "2026-11-24"), Step::forward},
      {newest(), built("b", "2026-11-24"), built("a", "2026-11-23"), Step::none},
      {newest(), facts("b"), built("a", "2026-11-23"), Step::forward},
      {newest(), facts("2.0.0"), built("1.0.0", "2026-11-23"), Step::backward},
  };
  for (const Case& example : cases) {
    INFO(example.present.tag.str() << " -> " << example.picked.tag.str());
    CHECK(selector_of(example.policy).step(example.present, example.picked) == example.step);
  }
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
      {"<2 >=1.25-alpine3.19",
       "6: '1.25-alpine3.19' names a variant, not a prerelease; write the version alone, since a site stays within the "
       "variant it has"},
  };
  for (const Case& example : cases) CHECK(error_of(semver(example.text)) == constraint(example.text, example.why));
  CHECK(error_of(semver(std::string(513, '1'))).ends_with("it has more than 512 characters"));
  CHECK(error_of(newest("main-([")) == "the pattern 'main-([' is not a regular expression of RE2: missing ]: [");
  CHECK(error_of(newest("(?!x)")).starts_with("the pattern '(?!x)' is not a regular expression of RE2: "));
  CHECK(error_of(newest(std::string(1001, 'a'))) == "the pattern has more than 1000 characters");
  CHECK(error_of(digest("a b")).starts_with("'a b' is not a tag: a space at character 2; "));
  CHECK(error_of(digest("")) ==
        "'digest' needs 'tag', the moving tag that is followed, or 'pattern', for those that follow the tag they have");
  CHECK(error_of(ignoring(semver(""), {"*-rc"})) ==
        "the pattern '*-rc' is not a regular expression of RE2: no argument for repetition operator: *");
  CHECK(error_of(ignoring(semver(""), {""})) == "the pattern is empty; write '.*' for every tag");
  CHECK(error_of(ignoring(semver(""), std::vector<std::string>(101, "1.0"))) == "'ignore' has more than 100 entries");
}

TEST_CASE("every kind of policy is in the table once, and its main key is one of its keys") {
  std::vector<PolicyKind> kinds;
  for (const PolicySpec& spec : select_policies()) {
    INFO(spec.name);
    CHECK(std::find(kinds.begin(), kinds.end(), spec.kind) == kinds.end());
    kinds.push_back(spec.kind);
    CHECK(std::any_of(spec.keys.begin(), spec.keys.end(),
                      [&](const PolicyKey& key) { return key.name == spec.main_key; }));
  }
  CHECK(kinds.size() == 5);
}

TEST_CASE("without a policy versions compare by precedence, and anything else not at all") {
  struct Case {
    std::string a;
    std::string b;
    std::partial_ordering order;
  };
  const std::vector<Case> cases = {
      {"1.9.0", "1.10.0", std::partial_ordering::less},
      {"v1.2.3", "1.2.3", std::partial_ordering::equivalent},
      {"1.20", "1.20.0", std::partial_ordering::equivalent},
      {"2.0.0-rc.1", "2.0.0", std::partial_ordering::less},
      {"2.0.0-rc.10", "2.0.0-rc.9", std::partial_ordering::greater},
      {"2.0.0-1", "2.0.0-alpha", std::partial_ordering::less},
      {"2.0.0-alpha", "2.0.0-alpha.1", std::partial_ordering::less},
      {"latest", "1.0.0", std::partial_ordering::unordered},
      {"latest", "latest", std::partial_ordering::unordered},
      // A variant is neither before nor after the release it is of.
      {"1.25-alpine", "1.25", std::partial_ordering::equivalent},
      {"1.25-alpine", "1.25-slim", std::partial_ordering::equivalent},
      {"1.24-alpine", "1.25", std::partial_ordering::less},
      {"1.25-rc.1-alpine", "1.25-alpine", std::partial_ordering::less},
      {"1.2.3-acme", "1.2.3", std::partial_ordering::equivalent},
      {"1.2.3-acme.1", "1.2.3-acme.2", std::partial_ordering::less},
  };
  for (const Case& example : cases) {
    INFO(example.a << " and " << example.b);
    CHECK(compare_versions(Tag(example.a), Tag(example.b)) == example.order);
    CHECK(compare_versions(Tag(example.b), Tag(example.a)) == 0 <=> example.order);
  }
}

// semver.org 2.0.0, section 11, and the precedence that its examples spell out.
TEST_CASE("precedence agrees with semver.org") {
  const std::vector<std::string> ascending = {"0.0.4",      "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                              "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
                                              "1.0.0",      "1.0.1-1",      "1.0.1-2",       "1.0.1-10",
                                              "1.0.1-2a",   "1.0.1-a",      "1.0.1",         "1.1.0",
                                              "1.10.0",     "2.0.0",        "2.1.0",         "2.1.1",
                                              "10.0.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      INFO(ascending[i] << " and " << ascending[j]);
      const auto order = compare_precedence(*parse_semver(ascending[i]), *parse_semver(ascending[j]));
      CHECK(order == (i <=> j));
      const Selector selector = selector_of(semver(">=0.0.0-0"));
      CHECK(selector.compare(facts(ascending[i]), facts(ascending[j])) == (i <=> j));
    }
  }
}
