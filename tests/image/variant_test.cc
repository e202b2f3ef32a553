#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/text.h"
#include "image/variant.h"

using namespace towline;
using namespace towline::image;

namespace {

/// "prerelease/variant", "none" when it is no version.
std::string parted(std::string_view tag, UnknownSuffix unknown) {
  const auto parsed = parse_tag_version(tag, unknown);
  return parsed ? join(parsed->version.prerelease, ".") + "/" + parsed->variant : "none";
}

}  // namespace

TEST_CASE("a suffix is parted into prerelease and variant") {
  struct Case {
    std::string tag;
    std::string usual;
    std::string asked;  ///< when the constraint asks for prereleases
  };
  const std::vector<Case> cases = {
      {"1.25", "/", "/"},
      {"1.25-alpine", "/alpine", "/alpine"},
      {"v1.25.3-alpine3.19", "/alpine3.19", "/alpine3.19"},
      {"1.2.3-rc.1", "rc.1/", "rc.1/"},
      {"1.2.3-RC1", "RC1/", "RC1/"},
      {"1.2.3-rc.1-alpine3.19", "rc.1/alpine3.19", "rc.1/alpine3.19"},
      {"1.2.3-alpine-rc1", "rc1/alpine", "rc1/alpine"},
      {"1.2.3-beta-2-slim-bookworm", "beta-2/slim-bookworm", "beta-2/slim-bookworm"},
      {"12.2.0-devel-ubuntu22.04", "/devel-ubuntu22.04", "/devel-ubuntu22.04"},
      {"16.1.0-debian-12-r3", "/debian-12-r#", "/debian-12-r#"},
      {"1.2.3-1", "1/", "1/"},
      {"1.2.3-5-gabcdef0", "5-gabcdef0/", "5-gabcdef0/"},
      {"1.2.3-SNAPSHOT", "SNAPSHOT/", "SNAPSHOT/"},
      // Words that nobody knows: the constraint decides.
      {"1.2.3-acme.7", "/acme.7", "acme.7/"},
      {"1.2.3-ce12345", "/#", "ce12345/"},
      {"1.2.3-1234567", "1234567/", "1234567/"},
      {"v0.16.946-ls12", "/ls#", "ls12/"},
      {"1.2.3-r1.5", "/r1.5", "r1.5/"},
      {"1.2.3-release1", "/release1", "release1/"},
      {"1.2.3-a1b2c3d", "/#", "a1b2c3d/"},
      {"1.2.3-acme-alpine", "/acme-alpine", "acme/alpine"},
      {"1.2.3-", "none", "none"},
      {"1.2.3-01", "none", "none"},
      {"1.2.3-rc..1", "none", "none"},
      {"1.2.3.4-alpine", "none", "none"},
      {"alpine", "none", "none"},
      {"latest-alpine", "none", "none"},
  };
  for (const Case& example : cases) {
    INFO(example.tag);
    CHECK(parted(example.tag, UnknownSuffix::variant) == example.usual);
    CHECK(parted(example.tag, UnknownSuffix::prerelease) == example.asked);
  }
}

TEST_CASE("a text that is no version is of the variants it names") {
  CHECK(variant_in("alpine") == "alpine");
  CHECK(variant_in("latest-alpine3.19") == "alpine3.19");
  CHECK(variant_in("bookworm-20260101-slim") == "bookworm-slim");
  CHECK(variant_in("main-20261123-a1b2c3d") == "");
  CHECK(variant_in("") == "");
  CHECK(variant_of_suffix("alpine-r3-a1b2c3d") == "alpine-r#-#");
  CHECK(variant_of_suffix("") == "");
  CHECK(names_variant("Alpine3.19"));
  CHECK_FALSE(names_variant("rc.1"));
}
