#include <catch2/catch.hpp>

#include "repo_fixture.h"

namespace towline::decide {

TEST_CASE("each site stays within the variant it has") {
  RepoSnapshot snapshot = repo(
      {service("dev", "pay", {"ghcr.io/acme/pay:1.25-alpine", "ghcr.io/acme/pay:1.25", "ghcr.io/acme/pay:1.25-slim"})},
      {known(kPay, "1.26-alpine"), known(kPay, "1.27"), known(kPay, "1.26-rc.1-slim")});
  CHECK(wanted(snapshot) == Changes{change(kPay, "1.25", "1.27"), change(kPay, "1.25-alpine", "1.26-alpine")});
  select(snapshot, "semver: {variant: any}");
  CHECK(wanted(snapshot) ==
        Changes{change(kPay, "1.25", "1.27"), change(kPay, "1.25-alpine", "1.27"), change(kPay, "1.25-slim", "1.27")});
}

TEST_CASE("a newer tag that only another variant has is told") {
  const RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.25-alpine"})},
                                     {known(kPay, "1.25-alpine"), known(kPay, "1.26"), known(kPay, "1.24")});
  CHECK(wanted(snapshot).empty());
  CHECK(refused(snapshot) ==
        std::vector<std::string>{"dev/pay: ghcr.io/acme/pay: '1.26' is of no variant, and '1.25-alpine' is of the "
                                 "variant 'alpine'; 'variant: any' would allow it"});
}

TEST_CASE("when no known tag is selected the greatest says why") {
  const RepoSnapshot snapshot =
      repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "2.0.0-rc.1"), known(kPay, "latest")});
  CHECK(refused(snapshot) == std::vector<std::string>{"dev/pay: ghcr.io/acme/pay: no known tag of it is selected: "
                                                      "'2.0.0-rc.1' is a prerelease, and the constraint '>=0.1' names "
                                                      "none"});
}

TEST_CASE("an ignored tag is not wanted, and one that is there is not bumped back") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})},
                               {known(kPay, "1.5.0"), known(kPay, "1.4.9"), known(kPay, "1.4.2")});
  select(snapshot, "semver: {ignore: [1.5.0]}");
  CHECK(wanted(snapshot) == Changes{change(kPay, "1.4.2", "1.4.9")});
  snapshot.services = {service("dev", "pay", {"ghcr.io/acme/pay:1.5.0"})};
  CHECK(wanted(snapshot).empty());
  CHECK(refused(snapshot).at(0) ==
        "dev/pay: ghcr.io/acme/pay: it runs 1.5.0, which is outside what 'select' allows and newer than 1.4.9; nothing "
        "is bumped backwards");
}

TEST_CASE("the image built last is wanted, and never one built before the present one") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:main-b"})},
                               {built("main-a", "2026-11-24T08:00:00Z"), built("main-b", "2026-11-24T07:00:00Z"),
                                built("main-c", "2026-11-24T06:00:00Z"), known(kPay, "main-d")});
  select(snapshot, "newest: '^main-'");
  CHECK(wanted(snapshot) == Changes{change(kPay, "main-b", "main-a")});
  snapshot.services = {service("dev", "pay", {"ghcr.io/acme/pay:main-a"})};
  CHECK(wanted(snapshot).empty());
  snapshot.known = {known(kPay, "main-d")};
  CHECK(
      refused(snapshot) ==
      std::vector<std::string>{"dev/pay: ghcr.io/acme/pay: no known tag of it is selected: when 'main-d' was built is "
                               "not known: the registry has not told, and it has no timestamp in it"});
}

TEST_CASE("an open pull request stands while the build time of its image is forgotten") {
  RepoSnapshot snapshot =
      repo({service("dev", "pay", {"ghcr.io/acme/pay:main-b"})}, {built("main-a", "2026-11-24T08:00:00Z")});
  select(snapshot, "newest: '^main-'");
  snapshot = after(snapshot, decided(snapshot));
  REQUIRE(snapshot.open.size() == 1);
  snapshot.known.clear();
  CHECK(decided(snapshot).actions.empty());
  snapshot.known = {built("main-b", "2026-11-24T07:00:00Z")};
  CHECK(decided(snapshot).actions.empty());
  select(snapshot, "newest: {pattern: '^main-', ignore: [main-a]}");
  CHECK(described(decided(snapshot)).at(0).starts_with("close pull request #"));
}

TEST_CASE("numbers and texts select too") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:build-9"})},
                               {known(kPay, "build-10"), known(kPay, "build-8"), known(kPay, "zz")});
  select(snapshot, "numeric: '^build-(?P<version>[0-9]+)$'");
  CHECK(wanted(snapshot) == Changes{change(kPay, "build-9", "build-10")});
  select(snapshot, "alphabetical: '^build-'");
  CHECK(wanted(snapshot).empty());
  select(snapshot, "alphabetical: {}");
  CHECK(wanted(snapshot) == Changes{change(kPay, "build-9", "zz")});
}

TEST_CASE("a moving tag's digest is followed") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:latest@" + digest('1').str()})},
                               {known(kPay, "latest", digest('2')), known(kPay, "1.5.0", digest('3'))});
  select(snapshot, "digest: latest");
  CHECK(wanted(snapshot) == Changes{change(kPay, "latest@" + digest('1').str(), "latest@" + digest('2').str())});
}

TEST_CASE("a site follows the digest of the moving tag that it has") {
  RepoSnapshot snapshot =
      repo({service("dev", "pay", {"ghcr.io/acme/pay:main", "ghcr.io/acme/pay:latest", "ghcr.io/acme/pay:1.0"})},
           {known(kPay, "main", digest('2')), known(kPay, "latest", digest('3')), known(kPay, "1.0", digest('4'))});
  select(snapshot, "digest: {pattern: '^(main|latest)$'}");
  CHECK(wanted(snapshot) == Changes{change(kPay, "latest", "latest@" + digest('3').str()),
                                    change(kPay, "main", "main@" + digest('2').str())});
}

TEST_CASE("an environment that pins by digest takes no tag without one") {
  RepoSnapshot snapshot =
      repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "1.5.0", digest('2'))});
  snapshot.config.environments[0].pin = config::PinMode::digest;
  CHECK(wanted(snapshot) == Changes{change(kPay, "1.4.2", "1.5.0@" + digest('2').str())});
  const Plan plan = decided(snapshot);
  CHECK(decided(after(snapshot, plan)).actions.empty());

  snapshot.known = {known(kPay, "1.5.0")};
  CHECK(wanted(snapshot).empty());
  CHECK(refused(snapshot) ==
        std::vector<std::string>{"dev/pay: ghcr.io/acme/pay: 'dev' has 'pin: digest' and the digest of 1.5.0 is not "
                                 "known; announce the image with its digest"});
}

TEST_CASE("a promotion into an environment that pins by digest waits for it") {
  RepoSnapshot snapshot =
      repo({service("dev", "pay", {"ghcr.io/acme/pay:1.5.0"}), service("prod", "pay", {"ghcr.io/acme/pay:1.4.2"})},
           {known(kPay, "1.5.0")});
  CHECK(wanted(snapshot) == Changes{change(kPay, "1.4.2", "1.5.0")});
  snapshot.config.environments[1].pin = config::PinMode::digest;
  CHECK(wanted(snapshot).empty());
  CHECK(refused(snapshot) ==
        std::vector<std::string>{"prod/pay: ghcr.io/acme/pay: 'prod' has 'pin: digest' and the digest of 1.5.0 is not "
                                 "known; announce the image with its digest"});
  snapshot.known = {known(kPay, "1.5.0", digest('5'))};
  CHECK(wanted(snapshot) == Changes{change(kPay, "1.4.2", "1.5.0@" + digest('5').str())});
}

TEST_CASE("a promotion to another variant of the same version is no step back") {
  const RepoSnapshot snapshot = repo(
      {service("dev", "pay", {"ghcr.io/acme/pay:1.5.0-alpine"}), service("prod", "pay", {"ghcr.io/acme/pay:1.5.0"})},
      {});
  CHECK(wanted(snapshot) == Changes{change(kPay, "1.5.0", "1.5.0-alpine")});
}

}  // namespace towline::decide
