#include <catch2/catch.hpp>

#include "decide/promotion/bump_text.h"
#include "decide/promotion/wanted.h"
#include "fixture.h"
#include "repo_fixture.h"
#include "support/golden.h"

namespace towline::decide {
namespace {

/// The bot's open pull request #12 for dev/pay.
BotPull open_pull(std::vector<evaluate::ImageChange> images) {
  BotPull pull;
  pull.pull.number = {12};
  pull.pull.head = commit('b');
  pull.pull.head_branch = "towline/dev/pay";
  pull.target = {"dev", "pay"};
  pull.images = std::move(images);
  return pull;
}

}  // namespace

TEST_CASE("a newer tag opens a pull request for the service in the environment") {
  const RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "1.5.0")});
  const Plan plan = decided(snapshot);
  CHECK(described(plan) ==
        std::vector<std::string>{"open a pull request for towline/dev/pay: dev: pay 1.4.2 -> 1.5.0"});
  const UpsertBump bump = actions_of<UpsertBump>(plan).at(0);
  CHECK(bump.wanted.images == Changes{change(kPay, "1.4.2", "1.5.0")});
  CHECK_FALSE(bump.pull);
  CHECK_FALSE(bump.branch_head);
  CHECK(decided(after(snapshot, plan)).actions.empty());
}

TEST_CASE("which tag is wanted") {
  struct Case {
    std::string name;
    std::string present;
    std::vector<KnownImage> known_images;
    Changes changes;
  };
  const std::vector<Case> cases = {
      {"nothing is known", "ghcr.io/acme/pay:1.4.2", {}, {}},
      {"an equal tag", "ghcr.io/acme/pay:1.5.0", {known(kPay, "1.5.0")}, {}},
      {"an older tag", "ghcr.io/acme/pay:1.5.0", {known(kPay, "1.4.9")}, {}},
      {"another image's tag", "ghcr.io/acme/pay:1.4.2", {known("ghcr.io/acme/proxy", "9")}, {}},
      {"a tag outside the range", "ghcr.io/acme/pay:1.4.2", {known(kPay, "latest")}, {}},
      {"the newest of several, in any order",
       "ghcr.io/acme/pay:1.4.2",
       {known(kPay, "1.5.0"), known(kPay, "1.10.0"), known(kPay, "1.9.0")},
       {change(kPay, "1.4.2", "1.10.0")}},
      {"a present tag that is no version is replaced",
       "ghcr.io/acme/pay:latest",
       {known(kPay, "1.5.0")},
       {change(kPay, "latest", "1.5.0")}},
      {"an image that no rule matches", "docker.io/library/redis:7", {known("docker.io/library/redis", "8")}, {}},
      {"pinned by digest, it stays pinned",
       "ghcr.io/acme/pay:1.4.2@" + digest('1').str(),
       {known(kPay, "1.5.0", digest('2'))},
       {change(kPay, "1.4.2@" + digest('1').str(), "1.5.0@" + digest('2').str())}},
      {"not pinned, it stays not pinned",
       "ghcr.io/acme/pay:1.4.2",
       {known(kPay, "1.5.0", digest('2'))},
       {change(kPay, "1.4.2", "1.5.0")}},
      {"a digest alone is renewed",
       "ghcr.io/acme/pay@" + digest('1').str(),
       {known(kPay, "1.5.0", digest('2'))},
       {change(kPay, "@" + digest('1').str(), "@" + digest('2').str())}},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    CHECK(wanted(repo({service("dev", "pay", {one.present})}, one.known_images)) == one.changes);
  }
}

TEST_CASE("what is considered and not bumped says why") {
  CHECK(
      refused(repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2@" + digest('1').str()})}, {known(kPay, "1.5.0")})) ==
      std::vector<std::string>{
          "dev/pay: ghcr.io/acme/pay: it is pinned by digest and the digest of 1.5.0 is not known; "
          "announce the image with its digest"});
  RepoSnapshot outside = repo({service("dev", "pay", {"ghcr.io/acme/pay:2.0.0"})}, {known(kPay, "1.5.0")});
  select(outside, "semver: '<2'");
  CHECK(wanted(outside).empty());
  CHECK(refused(outside) ==
        std::vector<std::string>{"dev/pay: ghcr.io/acme/pay: it runs 2.0.0, which is outside what 'select' allows and "
                                 "newer than 1.5.0; nothing is bumped backwards"});
}

TEST_CASE("a rule matches the name as it is written, too") {
  RepoSnapshot snapshot = repo({service("dev", "web", {"acme/web:1.0.0"})}, {known("docker.io/acme/web", "1.1.0")});
  snapshot.config.environments[0].images[0].match = "acme/*";
  CHECK(wanted(snapshot) == Changes{change("docker.io/acme/web", "1.0.0", "1.1.0")});
}

TEST_CASE("the first rule that matches an image counts") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.0.0"})}, {known(kPay, "2.0.0")});
  const config::ImageRule rule{"ghcr.io/acme/pay", *config::parse_select("test", "semver: '<2'")};
  auto& rules = snapshot.config.environments[0].images;
  rules.insert(rules.begin(), rule);
  CHECK(wanted(snapshot).empty());
}

TEST_CASE("sites of one image with different tags move together") {
  const RepoSnapshot snapshot =
      repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.1", "ghcr.io/acme/pay:1.4.2", "ghcr.io/acme/pay:1.5.0"})},
           {known(kPay, "1.5.0")});
  CHECK(wanted(snapshot) == Changes{change(kPay, "1.4.1", "1.5.0"), change(kPay, "1.4.2", "1.5.0")});
  CHECK(actions_of<UpsertBump>(decided(snapshot))[0].title == "dev: pay 1.4.1, 1.4.2 -> 1.5.0");
}

TEST_CASE("a newer tag updates the open pull request") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "1.6.0")});
  snapshot.open = {open_pull({change(kPay, "1.4.2", "1.5.0")})};
  const Plan plan = decided(snapshot);
  CHECK(described(plan) ==
        std::vector<std::string>{"update pull request #12 (rewrite towline/dev/pay): dev: pay 1.4.2 -> 1.6.0"});
  CHECK(actions_of<UpsertBump>(plan)[0].branch_head == commit('b'));
  CHECK(decided(after(snapshot, plan)).actions.empty());
}

TEST_CASE("an outdated branch is rebuilt, a stale description is edited") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "1.5.0")});
  snapshot.open = {open_pull({change(kPay, "1.4.2", "1.5.0")})};
  CHECK(described(decided(snapshot)) ==
        std::vector<std::string>{"update pull request #12 (edit the description): dev: pay 1.4.2 -> 1.5.0"});
  snapshot.open[0].outdated = true;
  CHECK(described(decided(snapshot)) ==
        std::vector<std::string>{"update pull request #12 (rewrite towline/dev/pay): dev: pay 1.4.2 -> 1.5.0"});
}

TEST_CASE("what people add to the description stays") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "1.5.0")});
  snapshot = after(snapshot, decided(snapshot));
  snapshot.open[0].pull.title = "URGENT " + snapshot.open[0].pull.title;
  snapshot.open[0].pull.body = "- [ ] told the team\r\n" + snapshot.open[0].pull.body;
  CHECK(decided(snapshot).actions.empty());
}

TEST_CASE("a branch with somebody else's commits is left alone") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "1.6.0")});
  snapshot.open = {open_pull({change(kPay, "1.4.2", "1.5.0")})};
  snapshot.open[0].foreign_commits = true;
  const std::vector<std::string> reason = {
      "dev/pay: someone else committed on the branch towline/dev/pay of #12, so Towline leaves it alone; merge it, or "
      "close it and delete the branch"};
  CHECK(decided(snapshot).actions.empty());
  CHECK(decided(snapshot).refusals == reason);
  SECTION("nor is it closed") {
    snapshot.known.clear();
    CHECK(decided(snapshot).actions.empty());
    CHECK(decided(snapshot).refusals == reason);
  }
}

TEST_CASE("a pull request that is not wanted any more is closed with a reason") {
  struct Case {
    RepoSnapshot snapshot;
    std::string reason;
  };
  const evaluate::ImageChange bump = change(kPay, "1.4.2", "1.5.0");
  RepoSnapshot there = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.5.0"})}, {known(kPay, "1.5.0")});
  RepoSnapshot gone = repo({}, {});
  RepoSnapshot narrowed = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {});
  narrowed.config.environments[0].images.clear();
  RepoSnapshot no_environment = repo({}, {});
  no_environment.config.environments.clear();
  const std::vector<Case> cases = {
      {there, "`dev` has these images already"},
      {gone, "the service `pay` is no longer in `dev`"},
      {narrowed, "no image that `.towline.yaml` selects is newer than what `dev` has"},
      {no_environment, "there is no environment `dev` any more"},
  };
  for (Case one : cases) {
    one.snapshot.open = {open_pull({bump})};
    const Plan plan = decided(one.snapshot);
    CHECK(described(plan) ==
          std::vector<std::string>{"close pull request #12: Closed by Towline: " + one.reason + "."});
    CHECK(decided(after(one.snapshot, plan)).actions.empty());
  }
}

TEST_CASE("forgetting which tags were seen takes no open pull request back") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2@" + digest('1').str()})},
                               {known(kPay, "1.5.0", digest('2'))});
  snapshot = after(snapshot, decided(snapshot));
  snapshot.known.clear();
  CHECK(decided(snapshot).actions.empty());
}

TEST_CASE("images that a person refused by closing do not come again, newer ones do") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.3"})}, {known(kPay, "1.5.0")});
  snapshot.refused = {open_pull({change(kPay, "1.4.2", "1.5.0")})};
  CHECK(decided(snapshot).actions.empty());
  CHECK(decided(snapshot).refusals ==
        std::vector<std::string>{
            "dev/pay: #12 with the same images was closed without merging (dev: pay 1.4.3 -> 1.5.0); "
            "a newer image opens another, or reopen it"});
  snapshot.known.push_back(known(kPay, "1.5.1"));
  CHECK(described(decided(snapshot)) ==
        std::vector<std::string>{"open a pull request for towline/dev/pay: dev: pay 1.4.3 -> 1.5.1"});
}

TEST_CASE("a manual environment opens nothing by itself and keeps up what is open") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "1.5.0")});
  snapshot.config.environments[0].bump = config::BumpMode::manual;
  CHECK(decided(snapshot).actions.empty());
  CHECK(decided(snapshot).refusals ==
        std::vector<std::string>{
            "dev/pay: 'dev' is bumped on command only (dev: pay 1.4.2 -> 1.5.0); ask with /promote or "
            "'towline promote'"});
  snapshot.open = {open_pull({change(kPay, "1.4.1", "1.5.0")})};
  CHECK(actions_of<UpsertBump>(decided(snapshot)).size() == 1);
}

TEST_CASE("prod takes what dev runs, pinned by digest when it is known") {
  struct Case {
    std::string name;
    std::string dev;
    std::string prod;
    Changes changes;
  };
  const std::vector<KnownImage> known_images = {known(kPay, "1.5.0", digest('5'))};
  const std::string pinned = "1.5.0@" + digest('5').str();
  const std::vector<Case> cases = {
      {"a newer version", "ghcr.io/acme/pay:1.5.0", "ghcr.io/acme/pay:1.4.2", {change(kPay, "1.4.2", pinned)}},
      {"a version whose digest nobody told",
       "ghcr.io/acme/pay:1.6.0",
       "ghcr.io/acme/pay:1.4.2",
       {change(kPay, "1.4.2", "1.6.0")}},
      {"dev's own digest",
       "ghcr.io/acme/pay:1.5.0@" + digest('7').str(),
       "ghcr.io/acme/pay:1.4.2",
       {change(kPay, "1.4.2", "1.5.0@" + digest('7').str())}},
      {"the same version", "ghcr.io/acme/pay:1.5.0", "ghcr.io/acme/pay:1.5.0", {}},
      {"the same version, pinned in prod", "ghcr.io/acme/pay:1.5.0", "ghcr.io/acme/pay:" + pinned, {}},
      {"the same tag with another digest in dev",
       "ghcr.io/acme/pay:latest@" + digest('7').str(),
       "ghcr.io/acme/pay:latest@" + digest('6').str(),
       {change(kPay, "latest@" + digest('6').str(), "latest@" + digest('7').str())}},
      {"an older version", "ghcr.io/acme/pay:1.4.0", "ghcr.io/acme/pay:1.4.2", {}},
      {"versions without an order",
       "ghcr.io/acme/pay:main-7",
       "ghcr.io/acme/pay:main-9",
       {change(kPay, "main-9", "main-7")}},
      {"an image that prod does not run", "ghcr.io/acme/other:2", "ghcr.io/acme/pay:1.4.2", {}},
      {"one name in two spellings", "docker.io/library/redis:8", "redis:7", {change("redis", "7", "8")}},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    RepoSnapshot snapshot = repo({service("dev", "pay", {one.dev}), service("prod", "pay", {one.prod})}, known_images);
    snapshot.config.environments[0].images.clear();
    CHECK(wanted(snapshot) == one.changes);
  }
}

TEST_CASE("what is not promoted says why") {
  CHECK(refused(repo(
            {service("dev", "pay", {"ghcr.io/acme/pay:1.4.0"}), service("prod", "pay", {"ghcr.io/acme/pay:1.4.2"})},
            {})) == std::vector<std::string>{
                        "prod/pay: ghcr.io/acme/pay: it runs 1.4.2, which is newer than 1.4.0 in 'dev'; nothing is "
                        "promoted backwards"});
  CHECK(refused(repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.0", "ghcr.io/acme/pay:1.5.0"}),
                      service("prod", "pay", {"ghcr.io/acme/pay:1.3.0"})},
                     {})) ==
        std::vector<std::string>{"prod/pay: ghcr.io/acme/pay: 'dev' runs several versions of it (1.4.0, 1.5.0); it is "
                                 "promoted once they agree"});
}

TEST_CASE("a service that is in one of the two environments only is not promoted") {
  CHECK(wanted(repo({service("dev", "pay", {"ghcr.io/acme/pay:1.5.0"})}, {})).empty());
  CHECK(wanted(repo({service("prod", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {})).empty());
}

TEST_CASE("a tag that was moved after it was proven is not promoted") {
  RepoSnapshot snapshot =
      repo({service("dev", "pay", {"ghcr.io/acme/pay:1.5.0"}), service("prod", "pay", {"ghcr.io/acme/pay:1.4.2"})},
           {known(kPay, "1.5.0", digest('5'))});
  snapshot.proven[{"dev", "pay", kPay}] = {at("2026-11-24T08:00:00Z"), commit('1'), ""};
  CHECK(wanted(snapshot).empty());
  snapshot.proven[{"dev", "pay", kPay}].since = at("2026-11-24T09:00:00Z");
  CHECK(wanted(snapshot).size() == 1);
}

TEST_CASE("a promotion tells where its images were proven, the youngest counting") {
  RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.5.0", "ghcr.io/acme/proxy:3"}),
                                service("prod", "pay", {"ghcr.io/acme/pay:1.4.2", "ghcr.io/acme/proxy:2"})},
                               {known(kPay, "1.5.0", digest('5'))});
  snapshot.proven[{"dev", "pay", kPay}] = {at("2026-11-24T10:00:00Z"), commit('1'),
                                           "http://forge.example/acme/infra/pulls/11"};
  snapshot.proven[{"dev", "pay", "ghcr.io/acme/proxy"}] = {at("2026-11-23T10:00:00Z"), commit('2'), ""};
  const UpsertBump bump = actions_of<UpsertBump>(decided(snapshot)).at(0);
  CHECK(bump.wanted.from == "dev");
  CHECK(bump.wanted.proven->pull_request == "http://forge.example/acme/infra/pulls/11");
  CHECK(test::golden_difference("decide/promotion.md", bump.title + "\n\n" + bump.body) == "");
}

TEST_CASE("the description of a bump says what, and how to steer it") {
  const RepoSnapshot snapshot = repo({service("dev", "pay", {"ghcr.io/acme/pay:1.4.2"})}, {known(kPay, "1.5.0")});
  const UpsertBump bump = actions_of<UpsertBump>(decided(snapshot)).at(0);
  CHECK(test::golden_difference("decide/bump.md", bump.title + "\n\n" + bump.body) == "");
}

TEST_CASE("two bumps lead to the same when each image of the one gets the other's version") {
  const Changes pay = {change(kPay, "1.4.2", "1.5.0")};
  const Changes proxy = {change("ghcr.io/acme/proxy", "1.4.2", "1.5.0")};
  CHECK(leads_to_same(pay, {change(kPay, "1.4.1", "1.5.0")}));
  CHECK(leads_to_same(pay, {change(kPay, "1.4.2", "1.5.0@" + digest('1').str())}));
  CHECK_FALSE(leads_to_same(pay, {change(kPay, "1.4.2", "1.6.0")}));
  CHECK_FALSE(leads_to_same(pay, proxy));
  CHECK_FALSE(leads_to_same(pay, {}));
  CHECK_FALSE(leads_to_same(pay, {pay[0], proxy[0]}));
  CHECK_FALSE(leads_to_same({pay[0], proxy[0]}, pay));
  CHECK_FALSE(leads_to_same({change(kPay, "1.4.2", "1.5.0@" + digest('1').str())},
                            {change(kPay, "1.4.2", "1.5.0@" + digest('2').str())}));
}

TEST_CASE("a title names what moves") {
  struct Case {
    Changes changes;
    std::string title;
  };
  const std::vector<Case> cases = {
      {{change(kPay, "1.4.2", "1.5.0"), change("ghcr.io/acme/proxy", "2", "3")},
       "dev: pay 1.4.2 -> 1.5.0, proxy 2 -> 3"},
      {{change(kPay, "1.4.2", "1.5.0"), change("ghcr.io/acme/proxy", "2", "1.5.0")},
       "dev: pay 1.4.2 -> 1.5.0, proxy 2 -> 1.5.0"},
      {{change(kPay, "1.4.2", "1.5.0"), change(kPay, "1.4.1", "1.6.0")}, "dev: pay 1.4.2 -> 1.5.0, pay 1.4.1 -> 1.6.0"},
      {{change(kPay, "1.4.2", "1.5.0"), change(kPay, "1.4.1", "1.5.0")}, "dev: pay 1.4.2, 1.4.1 -> 1.5.0"},
      {{change("ghcr.io/acme/proxy", "2", "3")}, "dev/pay: proxy 2 -> 3"},
      {{change(kPay, "1.4.2", "1.5.0@" + digest('1').str())}, "dev: pay 1.4.2 -> 1.5.0"},
      {{change(kPay, "latest@" + digest('1').str(), "latest@" + digest('2').str())},
       "dev: pay latest sha256:111111111111 -> latest sha256:222222222222"},
      {{change(kPay, "latest", "latest@" + digest('2').str())}, "dev: pay latest -> latest sha256:222222222222"},
      {{change(kPay, "", "@" + digest('2').str())}, "dev: pay (none) -> sha256:222222222222"},
  };
  for (const Case& one : cases) CHECK(bump_title({"dev", "pay"}, one.changes) == one.title);
}

TEST_CASE("nothing in a description is more than text") {
  WantedBump wanted;
  wanted.target = {"prod", "`@all`|<img>"};
  wanted.images = {change(kPay, "1", "2")};
  wanted.from = "dev";
  wanted.proven = Proven{at(kNow), commit('1'), "http://x.example/)@all<b>"};
  const std::string body = bump_body(wanted, usual_config().environments[1]);
  CHECK(body.find("`\xE2\x80\xB2@all\xE2\x80\xB2\xC2\xA6<img>`") != std::string::npos);
  CHECK(body.find("x.example") == std::string::npos);
}

}  // namespace towline::decide
