#include <catch2/catch.hpp>

#include "config/repository.h"
#include "config/usual_config.h"

namespace towline::config {
namespace {

std::string in_file(const std::string& policy) {
  return "version: 1\nenvironments:\n  dev:\n    services: a/{service}\n    images:\n      - {match: '*', select: {" +
         policy + "}}\n";
}

}  // namespace

TEST_CASE("every policy is read as text and as a mapping") {
  using image::PolicyKind;
  using image::SelectPolicy;
  struct Case {
    std::string text;
    SelectPolicy policy;
  };
  const std::vector<Case> cases = {
      {"semver: '>=1.2 <2'", {.kind = PolicyKind::semver, .range = ">=1.2 <2"}},
      {"semver: 1.20", {.kind = PolicyKind::semver, .range = "1.20"}},
      {"semver: {}", {.kind = PolicyKind::semver}},
      {"semver: {range: '>=1.2', pattern: '^v', ignore: [v1.3.0, '-rc'], variant: any}",
       {.kind = PolicyKind::semver,
        .range = ">=1.2",
        .pattern = "^v",
        .ignore = {"v1.3.0", "-rc"},
        .variant = image::VariantRule::any}},
      {"newest: {}", {.kind = PolicyKind::newest}},
      {"newest: '^main-'", {.kind = PolicyKind::newest, .pattern = "^main-"}},
      {"newest: {pattern: '^main-', variant: same}", {.kind = PolicyKind::newest, .pattern = "^main-"}},
      {"numeric: {ignore: [13]}", {.kind = PolicyKind::numeric, .ignore = {"13"}}},
      {"numeric: '(?P<version>[0-9]+)$'", {.kind = PolicyKind::numeric, .pattern = "(?P<version>[0-9]+)$"}},
      {"alphabetical: {pattern: '^[a-z]+$'}", {.kind = PolicyKind::alphabetical, .pattern = "^[a-z]+$"}},
      {"digest: latest", {.kind = PolicyKind::digest, .tag = "latest"}},
      {"digest: {tag: latest}", {.kind = PolicyKind::digest, .tag = "latest"}},
      {"digest: {pattern: 'main|latest', ignore: [main]}",
       {.kind = PolicyKind::digest, .pattern = "main|latest", .ignore = {"main"}}},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const auto alone = parse_select("--policy", one.text);
    REQUIRE(alone);
    CHECK(alone->policy() == one.policy);
    const RepoConfig read = test::config_of(in_file(one.text));
    CHECK(read.environments[0].images[0].select.policy() == one.policy);
  }
}

TEST_CASE("a file cannot have patterns without number") {
  std::string text = "version: 1\nenvironments:\n  dev:\n    services: a/{service}\n    images:\n";
  for (int i = 0; i < 6; ++i) {
    text += "      - {match: '*', select: {semver: {ignore: [";
    for (int entry = 0; entry < 49; ++entry) text += "'-rc', ";
    text += "]}}}\n";
  }
  CHECK(parse_repo_config(".towline.yaml", text).has_value());

  const auto more = parse_repo_config(".towline.yaml", text + "      - {match: '*', select: {newest: '^main-'}}\n");
  REQUIRE_FALSE(more.has_value());
  CHECK(
      more.error().message ==
      ".towline.yaml:12:30: there are more than 300 policies and ignored tags; a pattern such as '^1\\.2' ignores many "
      "tags at once");
}

TEST_CASE("a wrong policy is told with its place") {
  struct Case {
    std::string text;
    std::string error;
  };
  const std::vector<Case> cases = {
      {"semver", "1:1: 'select' must be a mapping with semver, newest, numeric, alphabetical, digest"},
      {"semvr: '*'", "1:1: unknown key 'semvr', did you mean 'semver'?"},
      {"{semver: '*', digest: latest}",
       "1:1: 'select' must have exactly one of semver, newest, numeric, alphabetical, digest"},
      {"semver: [1]", "1:9: 'select.semver' must be text, or a mapping with range, pattern, ignore, variant"},
      {"semver:", "1:8: 'select.semver' must be text, or a mapping with range, pattern, ignore, variant"},
      {"semver: yes", "1:9: 'select.semver' must be text; put 'yes' in quotes if it is meant as such"},
      {"semver: {rnge: 1}", "1:10: unknown key 'rnge', did you mean 'range'?"},
      {"semver: {variant: alpine}", "1:19: 'select.semver.variant' must be one of same, any, not 'alpine'"},
      {"semver: {ignore: 1.0}", "1:18: 'select.semver.ignore' must be a list"},
      {"semver: {range: '*', ignore: [a, '*b']}",
       "1:34: the pattern '*b' is not a regular expression of RE2: no argument for repetition operator: *"},
      {"semver: {range: '>=one'}",
       "1:17: the semver constraint '>=one' is wrong at character 3: 'one' is not a version such as 1.2.3, 1.2 or "
       "1.x"},
      {"newest: {range: '*'}", "1:10: unknown key 'range'; known here: pattern, ignore, variant"},
      {"numeric: '('", "1:10: the pattern '(' is not a regular expression of RE2: missing ): ("},
      {"digest: {}",
       "1:9: 'digest' needs 'tag', the moving tag that is followed, or 'pattern', for those that follow the tag they "
       "have"},
      {"digest: 'a b'",
       "1:9: 'a b' is not a tag: a space at character 2; a tag takes letters, digits, '_', '.' and '-', and begins "
       "with "
       "neither '.' nor '-'"},
      {"[", "1:1: end of sequence flow not found"},
      {"", "1:1: 'select' must be a mapping with semver, newest, numeric, alphabetical, digest"},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const auto selector = parse_select("--policy", one.text);
    REQUIRE_FALSE(selector);
    CHECK_THAT(selector.error().message, Catch::StartsWith("--policy:" + one.error));
  }
}

}  // namespace towline::config
