#include <catch2/catch.hpp>
#include <filesystem>

#include "base/files.h"
#include "config/repository.h"
#include "config/usual_config.h"
#include "support/golden.h"
#include "support/paths.h"

namespace towline::config {
namespace {

constexpr std::string_view kFull = R"file(# How Towline treats this repository
version: 1
environments:
  dev:
    services: apps/dev/services/{service}
    images:
      - match: "ghcr.io/acme/*"
        select: {semver: ">=0.1"}
      - match: "**/nightly"
        select: {newest: {pattern: "^main-(?P<version>[0-9]+)"}}
      - match: "**/tools"
        select: {digest: {tag: 1.20}}
    bump: merge
  prod:
    services: apps/prod/services/{service}
    from: dev
    soak: 1h30m
    bump: pull-request
    require:
      approvals: 2
      approvers: [team:payments, alice]
    freeze:
      - {days: [sat, sun], timezone: Asia/Kolkata, reason: weekend}
      - {from: "22:00", to: "06:00"}
policies: {pinned-images: fail, raw-secrets: warn, resources: off}
)file";

std::string error_of(std::string_view text) {
  const auto parsed = parse_repo_config(".towline.yaml", text);
  return parsed ? "it was accepted" : parsed.error().message;
}

/// A file with one environment that has these further lines, indented by four.
std::string with_lines(std::string_view lines) {
  return "version: 1\nenvironments:\n  dev:\n    services: a/{service}\n" + std::string(lines);
}

std::string prod_with(std::string_view lines) {
  return "version: 1\nenvironments:\n  dev:\n    services: dev/{service}\n  prod:\n    services: prod/{service}\n" +
         std::string(lines);
}

}  // namespace

TEST_CASE("every key of the file is read") {
  const RepoConfig read = test::config_of(kFull);

  REQUIRE(read.environments.size() == 2);
  const Environment& dev = read.environments[0];
  CHECK(dev.name == "dev");
  CHECK(dev.services.str() == "apps/dev/services/{service}");
  CHECK(dev.bump == BumpMode::merge);
  REQUIRE(dev.images.size() == 3);
  CHECK(dev.images[0].match == "ghcr.io/acme/*");
  using image::PolicyKind;
  CHECK(dev.images[0].select.policy() == image::SelectPolicy{.kind = PolicyKind::semver, .range = ">=0.1"});
  CHECK(dev.images[1].select.policy() ==
        image::SelectPolicy{.kind = PolicyKind::newest, .pattern = "^main-(?P<version>[0-9]+)"});
  CHECK(dev.images[2].select.policy() == image::SelectPolicy{.kind = PolicyKind::digest, .tag = "1.20"});
  const Environment& prod = read.environments[1];
  CHECK(prod.from == "dev");
  CHECK(prod.soak == std::chrono::minutes(90));
  CHECK(prod.bump == BumpMode::pull_request);
  CHECK(prod.approvals == 2);
  CHECK(prod.approvers == std::vector<std::string>{"team:payments", "alice"});
  REQUIRE(prod.freeze.size() == 2);
  CHECK(prod.freeze[0].days == std::vector<unsigned>{6, 0});
  CHECK(prod.freeze[0].timezone == "Asia/Kolkata");
  CHECK(prod.freeze[0].reason == "weekend");
  CHECK(prod.freeze[1].from == std::chrono::hours(22));
  CHECK(prod.freeze[1].to == std::chrono::hours(6));
  CHECK(read.policies == policy::RuleSeverities{{"pinned-images", policy::Severity::fail},
                                                {"raw-secrets", policy::Severity::warn},
                                                {"resources", policy::Severity::off}});
  CHECK_FALSE(read.detected);
}

TEST_CASE("an environment says whether its bumps pin by digest") {
  CHECK(test::config_of(with_lines("    pin: digest\n")).environments[0].pin == PinMode::digest);
  CHECK(test::config_of(with_lines("    pin: as-written\n")).environments[0].pin == PinMode::as_written);
  CHECK(test::config_of(with_lines("")).environments[0].pin == PinMode::as_written);
  CHECK(error_of(with_lines("    pin: yes\n")) ==
        ".towline.yaml:5:10: 'environments.dev.pin' must be one of as-written, digest, not 'yes'");
}

TEST_CASE("the smallest file has defaults") {
  const RepoConfig read = test::config_of("version: 1\nenvironments: {dev: {services: 'a/{service}'}}\n");
  REQUIRE(read.environments.size() == 1);
  CHECK(read.environments[0].bump == BumpMode::pull_request);
  CHECK(read.environments[0].approvals == 0);
  CHECK_FALSE(read.environments[0].from);
}

TEST_CASE("a wrong file is told with path, line, column and what to do") {
  struct Case {
    std::string text;
    std::string error;
  };
  const std::vector<Case> cases = {
      {"", ".towline.yaml:1:1: the file must be a mapping with version, environments, policies, clusters, noise"},
      {"version: 1\nenviroments: {}\n", ".towline.yaml:2:1: unknown key 'enviroments', did you mean 'environments'?"},
      {"version: 1\nzzz: 1\n",
       ".towline.yaml:2:1: unknown key 'zzz'; known here: version, environments, policies, clusters, noise"},
      {"version: 1\n",
       ".towline.yaml:1:1: the key 'environments' is missing: the environments by name, such as dev and "
       "prod"},
      {"version: 2\nenvironments: {dev: {services: 'a/{service}'}}\n",
       ".towline.yaml:1:10: version 2 is not known: this Towline reads version 1"},
      {"version: one\n", ".towline.yaml:1:10: 'version' must be a whole number from 0 to 999"},
      {"version: 1\nversion: 1\n", ".towline.yaml:2:1: the key 'version' is given twice, first on line 1"},
      {"version: 1\nenvironments: {}\n",
       ".towline.yaml:2:15: 'environments' must be a mapping from names to what they have, with at least one"},
      {with_lines("    bump: mrge\n"),
       ".towline.yaml:5:11: 'environments.dev.bump' must be one of manual, pull-request, merge, not 'mrge'; did "
       "you "
       "mean 'merge'?"},
      {with_lines("    soak: soon\n"),
       ".towline.yaml:5:11: 'environments.dev.soak' must be a duration such as 45s, 30m or 1h30m"},
      {with_lines("    images: {}\n"), ".towline.yaml:5:13: 'environments.dev.images' must be a list"},
      {with_lines("    images:\n      - {match: yes, select: {semver: '*'}}\n"),
       ".towline.yaml:6:17: 'environments.dev.images.match' must be text; put 'yes' in quotes if it is meant as "
       "such"},
      {with_lines("    images:\n      - {match: '*', select: {}}\n"),
       ".towline.yaml:6:30: 'environments.dev.images.select' must have exactly one of semver, newest, numeric, "
       "alphabetical, "
       "digest"},
      {with_lines("    freeze:\n      - {from: 6pm}\n"),
       ".towline.yaml:6:16: 'environments.dev.freeze.from' must be a time of day such as \"18:00\""},
      {with_lines("    freeze:\n      - {from: '06:00', to: '06:00'}\n"),
       ".towline.yaml:6:29: a freeze cannot end at the time it starts: leave both out for the whole day"},
      {with_lines("    freeze:\n      - {timezone: Asia/Calcuta}\n"),
       ".towline.yaml:6:20: the time zone 'Asia/Calcuta' is not known here: use an IANA name such as "
       "Europe/Berlin, "
       "and see that the system's tzdata is installed"},
      {with_lines("    freeze:\n      - {days: [sad]}\n"),
       ".towline.yaml:6:17: 'environments.dev.freeze.days' must be one of sun, mon, tue, wed, thu, fri, sat, not "
       "'sad'; did you mean 'sat'?"},
      {with_lines("    soak: 30m\n"),
       ".towline.yaml:5:11: 'dev' has 'soak' without 'from': soaking is done in the environment it is promoted "
       "from, "
       "so name that or remove 'soak'"},
      {prod_with("    from: devv\n"),
       ".towline.yaml:7:11: 'prod' is promoted from 'devv', which is no environment, did you mean 'dev'?"},
      {prod_with("    from: dev\n    images: [{match: '*', select: {semver: '*'}}]\n"),
       ".towline.yaml:8:13: 'prod' has both 'from' and 'images': it takes its images from 'dev', so remove one of "
       "the "
       "two"},
      {prod_with("    from: prod\n"), ".towline.yaml:7:11: promotion cycle between environments: prod -> prod"},
      {prod_with("    require: {approvers: [alice]}\n"),
       ".towline.yaml:7:26: 'prod' names approvers but requires no approval: add 'approvals: 1', or remove "
       "'approvers'"},
      {prod_with("    require: {approvals: 2, approvers: [alice]}\n"),
       ".towline.yaml:7:40: 'prod' requires 2 approvals but names only 1 approver"},
      {prod_with("    require: {approvals: 1, approvers: ['@alice']}\n"),
       ".towline.yaml:7:41: an approver is written without '@': alice"},
      {prod_with("    require: {approvals: 1, approvers: ['team: payments']}\n"),
       ".towline.yaml:7:41: 'team: payments' is no approver: write a login, or team:<name>"},
      {prod_with("    require: {approvals: many}\n"),
       ".towline.yaml:7:26: 'environments.prod.require.approvals' must be a whole number from 0 to 999"},
      {prod_with("policies: {pinned-image: fail}\n"),
       ".towline.yaml:7:12: unknown key 'pinned-image', did you mean 'pinned-images'?"},
      {prod_with("policies: {pinned-images: error}\n"),
       ".towline.yaml:7:27: 'policies.pinned-images' must be one of off, warn, fail, not 'error'"},
      {"version: 1\nenvironments:\n  a/b: {services: '{service}'}\n",
       ".towline.yaml:3:3: 'a/b' cannot name an environment: use letters, digits, '.', '_' and '-', at most 64, "
       "not "
       "starting with '.' or '-'"},
      {"version: 1\n---\nversion: 1\n", ".towline.yaml:3:1: the file must hold one YAML document, not several"},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    CHECK(error_of(one.text) == one.error);
  }
}

TEST_CASE("environments whose services overlap are refused") {
  CHECK(error_of("version: 1\nenvironments:\n  dev: {services: 'apps/{service}'}\n  prod: {services: "
                 "'apps/prod/{service}'}\n") ==
        ".towline.yaml:4:20: 'prod' and 'dev' cover the same directories (apps/prod/{service} and apps/{service}): a "
        "service must belong to one environment");
}

TEST_CASE("{environment} in a pattern is the environment's own name") {
  const RepoConfig read = test::config_of(
      "version: 1\nenvironments:\n  dev: {services: 'apps/{environment}/{service}'}\n  prod: {services: "
      "'apps/{environment}/{service}'}\n");
  REQUIRE(read.service_of("apps/prod/pay/deployment.yaml"));
  CHECK(read.service_of("apps/prod/pay/deployment.yaml")->environment->name == "prod");
  CHECK(read.service_of("apps/dev/pay/deployment.yaml")->environment->name == "dev");
  CHECK_FALSE(read.service_of("apps/stage/pay/deployment.yaml"));
}

TEST_CASE("a path belongs to the service whose directory it is below") {
  const RepoConfig read = test::usual_config();
  const auto owner = read.service_of("apps/prod/services/pay/hpa.yaml");
  REQUIRE(owner);
  CHECK(owner->environment->name == "prod");
  CHECK(owner->service == "pay");
  CHECK(owner->directory == "apps/prod/services/pay");
  CHECK_FALSE(read.service_of("README.md"));
  CHECK(read.find("prod") == &read.environments[1]);
  CHECK(read.find("staging") == nullptr);
}

TEST_CASE("broken YAML is told with its place") {
  CHECK_THAT(error_of("version: 1\nenvironments: {dev: [\n"), Catch::StartsWith(".towline.yaml:"));
  CHECK_THAT(error_of("version: 1\nenvironments: *nowhere\n"), Catch::StartsWith(".towline.yaml:2:15: "));
}

TEST_CASE("the reference layout is detected") {
  const RepoConfig found =
      detect_repo_config({"README.md", "apps/root/pay.yaml", "apps/dev/services/pay/deployment.yaml",
                          "apps/prod/services/pay/deployment.yaml", "apps/staging/services/pay/deployment.yaml"});
  CHECK(found.detected);
  REQUIRE(found.environments.size() == 3);
  const Environment& dev = found.environments[0];
  CHECK(dev.name == "dev");
  CHECK(dev.bump == BumpMode::merge);
  CHECK(dev.approvals == 0);
  REQUIRE(dev.images.size() == 1);
  CHECK(dev.images[0].select.accepts({image::Tag("1.5.0")}));
  CHECK_FALSE(dev.images[0].select.accepts({image::Tag("latest")}));
  const Environment& staging = found.environments[1];
  CHECK(staging.name == "staging");
  CHECK(staging.bump == BumpMode::manual);
  const Environment& prod = found.environments[2];
  CHECK(prod.name == "prod");
  CHECK(prod.from == "dev");
  CHECK(prod.bump == BumpMode::pull_request);
  CHECK(prod.approvals == 1);
  CHECK(found.service_of("apps/prod/services/pay/hpa.yaml")->service == "pay");
}

TEST_CASE("a repository of another shape has no environments") {
  CHECK(detect_repo_config({"README.md", "apps/root/pay.yaml", "apps/dev/services/notes.md"}).environments.empty());
}

TEST_CASE("prod without dev is promoted from nowhere") {
  const RepoConfig found = detect_repo_config({"apps/prod/services/pay/deployment.yaml"});
  REQUIRE(found.environments.size() == 1);
  CHECK_FALSE(found.environments[0].from);
  CHECK(found.environments[0].bump == BumpMode::manual);
}

TEST_CASE("the files that come with Towline are accepted") {
  for (const char* file : {"config/sample/.towline.yaml", "config/examples/infra.towline.yaml"}) {
    INFO(file);
    const auto text = read_file(std::filesystem::path(towline::test::source_dir()) / file);
    REQUIRE(text);
    CHECK(error_of(*text) == "it was accepted");
  }
}

TEST_CASE("the schema names every key") {
  CHECK(towline::test::golden_difference("config/schema.json", repo_config_schema()) == "");
}

TEST_CASE("a whole number has at most three digits") {
  const auto with = [](const std::string& number) {
    return parse_repo_config(".towline.yaml",
                             "version: 1\nenvironments:\n  prod:\n    services: apps/prod/services/{service}\n"
                             "    require:\n      approvals: " +
                                 number + "\n");
  };
  REQUIRE(with("999"));
  CHECK(with("999")->environments.at(0).approvals == 999);
  for (const char* number : {"1000", "-1", "1.5", "'1'", "one"}) {
    INFO(number);
    CHECK_FALSE(with(number));
  }
}

}  // namespace towline::config
