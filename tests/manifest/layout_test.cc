#include "manifest/layout.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using towline::ErrorKind;
using towline::manifest::PathPattern;

TEST_CASE("a pattern gives the environment, the service and its directory for every path below it") {
  const auto pattern = PathPattern::parse("apps/{environment}/services/{service}");
  REQUIRE(pattern);

  const auto file = pattern->match("apps/dev/services/pay/deployment.yaml");
  REQUIRE(file);
  CHECK(file->environment == "dev");
  CHECK(file->service == "pay");
  CHECK(file->directory == "apps/dev/services/pay");

  const auto directory = pattern->match("apps/prod/services/ledger");
  REQUIRE(directory);
  CHECK(directory->environment == "prod");
  CHECK(directory->directory == "apps/prod/services/ledger");

  CHECK(pattern->match("apps/dev/services/pay/overlays/eu/x.yaml")->directory == "apps/dev/services/pay");
}

TEST_CASE("a pattern does not match what is above or beside it") {
  const auto pattern = PathPattern::parse("apps/dev/services/{service}");
  REQUIRE(pattern);

  for (const std::string path : {"", "apps", "apps/dev/services", "apps/dev/services/", "apps/prod/services/pay",
                                 "x/apps/dev/services/pay", "apps/dev/servicespay", "/apps/dev/services/pay"}) {
    CAPTURE(path);
    CHECK_FALSE(pattern->match(path));
  }
}

TEST_CASE("a pattern without an environment matches with none") {
  const auto pattern = PathPattern::parse("apps/dev/services/{service}");
  REQUIRE(pattern);

  CHECK(pattern->match("apps/dev/services/pay")->environment.empty());
}

TEST_CASE("a placeholder may stand in the middle of a pattern") {
  const auto pattern = PathPattern::parse("{service}/deploy/{environment}");
  REQUIRE(pattern);

  CHECK(pattern->match("pay/deploy/dev/x.yaml")->directory == "pay/deploy/dev");
  CHECK(pattern->fixed_prefix().empty());
}

TEST_CASE("the fixed prefix is what stands before the first placeholder") {
  CHECK(PathPattern::parse("apps/{environment}/services/{service}")->fixed_prefix() == "apps");
  CHECK(PathPattern::parse("apps/dev/services/{service}")->fixed_prefix() == "apps/dev/services");
  CHECK(PathPattern::parse("apps/dev/services/{service}")->str() == "apps/dev/services/{service}");
}

TEST_CASE("a pattern that cannot work is refused with what to write instead") {
  struct Case {
    std::string pattern;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"", "the path pattern '' is empty; write something like 'apps/dev/services/{service}'"},
      {"/apps/{service}",
       "the path pattern '/apps/{service}' is absolute; write it from the root of the repository, without the first "
       "'/'"},
      {"apps/dev", "the path pattern 'apps/dev' has no {service}; one component must be {service}"},
      {"apps/../{service}", "the path pattern 'apps/../{service}' contains '..'; write it from the root"},
      {"./{service}", "the path pattern './{service}' contains '.'; write it from the root"},
      {"apps//{service}",
       "the path pattern 'apps//{service}' has an empty component; write one '/' between names and none at the ends"},
      {"{service}/",
       "the path pattern '{service}/' has an empty component; write one '/' between names and none at the ends"},
      {"apps/{servise}",
       "the path pattern 'apps/{servise}' has the unknown placeholder '{servise}', did you mean '{service}'?"},
      {"apps/{region}/{service}",
       "the path pattern 'apps/{region}/{service}' has the unknown placeholder '{region}'; known are {environment} and "
       "{service}"},
      {"apps/svc-{service}",
       "the path pattern 'apps/svc-{service}' has 'svc-{service}'; a placeholder is a whole path component"},
      {"{service}/{service}", "the path pattern '{service}/{service}' has {service} more than once"},
  };
  for (const Case& c : cases) {
    const auto pattern = PathPattern::parse(c.pattern);
    REQUIRE_FALSE(pattern);
    CHECK(pattern.error().kind == ErrorKind::invalid);
    CHECK(pattern.error().message == c.message);
  }
}
