#include <catch2/catch.hpp>

#include "base/json.h"
#include "cli/program.h"
#include "git/fixture.h"
#include "support/golden.h"

namespace towline::cli {

namespace {

std::string deployment(const std::string& name, const std::string& tag) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name + ", namespace: " + name +
         "}\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          image: ghcr.io/acme/" +
         name + ":" + tag + "\n          resources: {requests: {cpu: 100m, memory: 64Mi}}\n";
}

const std::string kSecret =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: pay}\ndata: {password: aHVudGVyMg==}\n";

/// web keeps the rules; pay breaks two of them.
struct BadRepository {
  git::Fixture fixture;
  CommitId base = fixture.commit({}, {git::put("apps/prod/services/pay/deployment.yaml", deployment("pay", "latest")),
                                      git::put("apps/prod/services/pay/secret.yaml", kSecret),
                                      git::put("apps/prod/services/web/deployment.yaml", deployment("web", "1.0.0"))});
  CommitId only_web =
      fixture.commit(base, {git::put("apps/prod/services/web/deployment.yaml", deployment("web", "1.1.0"))});
  CommitId pay_too = fixture.commit(
      only_web, {git::put("apps/prod/services/pay/deployment.yaml", "# still\n" + deployment("pay", "latest"))});
  std::string repo = fixture.path().string();

  BadRepository() {
    REQUIRE(fixture.repository.set_ref("refs/heads/main", base).has_value());
    REQUIRE(fixture.repository.set_ref("refs/heads/only-web", only_web).has_value());
    REQUIRE(fixture.repository.set_ref("refs/heads/pay-too", pay_too).has_value());
  }
};

}  // namespace

TEST_CASE("a repository that breaks the rules is told what, where and what to do") {
  const BadRepository bad;

  const Ran text = towline({"check", "--repo", bad.repo});
  CHECK(text.exit_code == kAnswerIsNo);
  CHECK(text.err.empty());
  CHECK(test::golden_difference("cli/check.txt", text.out) == "");
  CHECK_THAT(text.out, !Catch::Contains("aHVudGVyMg==") && !Catch::Contains("hunter2"));

  const Ran json = towline({"check", "--repo", bad.repo, "--format", "json"});
  CHECK(json.exit_code == kAnswerIsNo);
  CHECK(test::golden_difference("cli/check.json", json.out) == "");
}

TEST_CASE("a repository that keeps the rules is in order") {
  git::Fixture fixture;
  const auto commit =
      fixture.commit({}, {git::put("apps/prod/services/web/deployment.yaml", deployment("web", "1.0.0"))});
  REQUIRE(fixture.repository.set_ref("refs/heads/main", commit).has_value());

  const Ran ran = towline({"check", "--repo", fixture.path().string()});

  CHECK(ran.exit_code == kDone);
  CHECK(ran.err.empty());
  CHECK_THAT(ran.out, Catch::EndsWith(" passed, 0 failed\n"));
}

TEST_CASE("with --base only the applications that differ are checked") {
  const BadRepository bad;

  const Ran good = towline({"check", "--repo", bad.repo, "--base", "main", "--rev", "only-web"});
  CHECK(good.exit_code == kDone);
  CHECK_THAT(good.out, Catch::EndsWith(" passed, 0 failed\n"));

  const Ran broken = towline({"check", "--repo", bad.repo, "--base", "main", "--rev", "pay-too"});
  CHECK(broken.exit_code == kAnswerIsNo);
  CHECK_THAT(broken.out, Catch::Contains("fail pinned-images") && Catch::Contains("fail raw-secrets"));
}

TEST_CASE("a manifest that cannot be read fails the check") {
  git::Fixture fixture;
  const auto commit = fixture.commit({}, {git::put("apps/prod/services/web/deployment.yaml", "kind: [\n")});
  REQUIRE(fixture.repository.set_ref("refs/heads/main", commit).has_value());

  const Ran ran = towline({"check", "--repo", fixture.path().string()});

  CHECK(ran.exit_code == kAnswerIsNo);
  CHECK_THAT(ran.out, Catch::Contains("parsable") && Catch::Contains("apps/prod/services/web/deployment.yaml"));
}

TEST_CASE("a working copy is checked at its root, as committed") {
  const Place place({{"apps/prod/services/web/deployment.yaml", deployment("web", "1.0.0")}});
  const Ran prepared = shell(
      "git init -qb main && git add . && git -c user.name=A -c user.email=a@x commit -qm Start && "
      "echo 'broken: [' > apps/prod/services/web/deployment.yaml",
      place.path());
  REQUIRE(prepared.err == "");

  CHECK(towline({"check"}, place.path()).exit_code == kDone);

  const Ran below = towline({"check"}, place.path() / "apps");
  CHECK(below.exit_code == kWrongUse);
  CHECK(below.err ==
        "towline: . is not a git repository; name a bare one, or the root of a working copy, with --repo\n");
}

TEST_CASE("revisions and repositories that are not there are refused") {
  const BadRepository bad;
  const git::Fixture empty;

  const Ran revision = towline({"check", "--repo", bad.repo, "--rev", "mian"});
  CHECK(revision.exit_code == kWrongUse);
  CHECK_THAT(revision.err, Catch::Contains("'mian'"));

  const Ran base = towline({"check", "--repo", bad.repo, "--base", "mian"});
  CHECK(base.exit_code == kWrongUse);
  CHECK_THAT(base.err, Catch::Contains("'mian'"));

  const Ran unborn = towline({"check", "--repo", empty.path().string()});
  CHECK(unborn.exit_code == kWrongUse);
  CHECK_THAT(unborn.err, Catch::Contains("'HEAD'"));
}

}  // namespace towline::cli
