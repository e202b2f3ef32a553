#include <catch2/catch.hpp>

#include "base/json.h"
#include "cli/program.h"
#include "git/fixture.h"
#include "support/golden.h"

namespace towline::cli {

namespace {

std::string deployment(const std::string& tag) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay, namespace: pay}\nspec:\n  template:\n    spec:\n"
         "      containers:\n        - name: app\n          image: ghcr.io/acme/pay:" +
         tag + "\n";
}

/// "hunter2" and "s3cr3t" in clear and in base64.
const std::vector<std::string> kSecrets = {"hunter2", "aHVudGVyMg==", "s3cr3t", "czNjcjN0"};
const std::string kOldSecret =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: pay}\ndata: {password: aHVudGVyMg==}\n";
const std::string kNewSecret =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: pay}\ndata: {password: czNjcjN0}\n"
    "stringData: {token: s3cr3t}\n";

/// A bare repository with a change of pay in dev and of nothing else on the branch "change".
struct TwoRevisions {
  git::Fixture fixture;
  CommitId base = fixture.commit(
      {}, {git::put("apps/dev/services/pay/deployment.yaml", deployment("1.4.2")),
           git::put("apps/dev/services/web/deployment.yaml", deployment("1.0.0")), git::put("README.md", "x")});
  CommitId change = fixture.commit(base, {git::put("apps/dev/services/pay/deployment.yaml", deployment("1.5.0"))});
  CommitId words = fixture.commit(base, {git::put("README.md", "y")});

  TwoRevisions() {
    REQUIRE(fixture.repository.set_ref("refs/heads/main", base).has_value());
    REQUIRE(fixture.repository.set_ref("refs/heads/change", change).has_value());
    REQUIRE(fixture.repository.set_ref("refs/heads/words", words).has_value());
  }
};

}  // namespace

TEST_CASE("two files are compared resource by resource") {
  const Place place({{"old.yaml", deployment("1.4.2")},
                     {"new.yaml", "# a comment is no change\n" + deployment("1.5.0") +
                                      "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: pay}\n"}});

  const Ran ran = towline({"diff", "old.yaml", "new.yaml"}, place.path());

  CHECK(ran.exit_code == kDone);
  CHECK(ran.err.empty());
  CHECK(test::golden_difference("cli/diff.txt", ran.out) == "");
}

TEST_CASE("the difference is also JSON") {
  const Place place({{"old.yaml", deployment("1.4.2")}, {"new.yaml", deployment("1.5.0")}});

  const Ran ran = towline({"diff", "--format", "json", "old.yaml", "new.yaml"}, place.path());

  CHECK(ran.exit_code == kDone);
  CHECK(Json::parse(ran.out) ==
        Json::parse(R"([{"application": "", "problems": [], "dangers": [], "remarks": [], "hidden": 0, "changes": [{
          "change": "changed", "masked": false, "resource": "Deployment pay/pay", "was": null, "role": "", "note": "",
          "hidden": false, "fields": [{
            "path": "spec.template.spec.containers[name=app].image",
            "before": "ghcr.io/acme/pay:1.4.2", "after": "ghcr.io/acme/pay:1.5.0",
            "moved": false, "hidden_by": "", "inside": []}]}]}])"));
}

TEST_CASE("directories are compared as wholes, wherever their files are") {
  const Place place({{"old/a.yaml", deployment("1.4.2")}, {"new/deeper/b.yml", deployment("1.4.2")}});

  const Ran ran = towline({"diff", "--exit-code", "old", "new"}, place.path());

  CHECK(ran.exit_code == kDone);
  CHECK(ran.out.empty());
}

TEST_CASE("differences are the answer no only when that was asked for") {
  const Place place({{"old.yaml", deployment("1.4.2")}, {"new.yaml", deployment("1.5.0")}});
  CHECK(towline({"diff", "old.yaml", "new.yaml"}, place.path()).exit_code == kDone);
  CHECK(towline({"diff", "--exit-code", "old.yaml", "new.yaml"}, place.path()).exit_code == kAnswerIsNo);
  CHECK(towline({"diff", "--exit-code", "old.yaml", "old.yaml"}, place.path()).exit_code == kDone);
}

TEST_CASE("the value of a Secret is shown in no format, neither in clear nor in base64") {
  const Place place({{"old.yaml", kOldSecret}, {"new.yaml", kNewSecret}, {"none.yaml", ""}});
  const std::vector<std::vector<std::string>> sides = {
      {"old.yaml", "new.yaml"}, {"none.yaml", "new.yaml"}, {"old.yaml", "none.yaml"}};
  for (const auto& side : sides) {
    for (const std::string format : {"text", "json"}) {
      const Ran ran = towline({"diff", "--format", format, side[0], side[1]}, place.path());
      CAPTURE(side, format);
      CHECK(ran.exit_code == kDone);
      CHECK_THAT(ran.out, Catch::Contains("<masked "));
      for (const std::string& secret : kSecrets) CHECK_THAT(ran.out + ran.err, !Catch::Contains(secret));
    }
  }
}

TEST_CASE("a broken file is a failure, named with its line, and shows nothing of a Secret") {
  const Place place({{"old.yaml", kOldSecret}, {"new.yaml", kNewSecret + "  broken: [s3cr3t\n"}});

  const Ran text = towline({"diff", "old.yaml", "new.yaml"}, place.path());
  CHECK(text.exit_code == kSomethingBroke);
  CHECK_THAT(text.out, Catch::Contains("! new.yaml:"));
  CHECK(text.err ==
        "towline: some manifests could not be read or rendered; the difference above is not the whole one\n");
  for (const std::string& secret : kSecrets) CHECK_THAT(text.out, !Catch::Contains(secret));

  const Ran json = towline({"diff", "--format", "json", "old.yaml", "new.yaml"}, place.path());
  CHECK(json.exit_code == kSomethingBroke);
  CHECK(Json::parse(json.out)[0]["problems"].size() == 1);
}

TEST_CASE("what is broken alike on both sides is a failure too") {
  const std::string broken = deployment("1.4.2") + "---\nbroken: [\n";
  const Place place({{"old.yaml", broken}, {"new.yaml", broken}});

  const Ran ran = towline({"diff", "old.yaml", "new.yaml"}, place.path());

  CHECK(ran.exit_code == kSomethingBroke);
  CHECK_THAT(ran.out, Catch::StartsWith("! new.yaml:") && Catch::EndsWith(" (the same on both sides)\n"));
}

TEST_CASE("sides that are missing, too many or not there are refused") {
  struct Refusal {
    std::vector<std::string> arguments;
    std::string sentence;
  };
  const Place place({{"old.yaml", deployment("1.4.2")}});
  const std::vector<Refusal> refusals = {
      {{"diff"}, "towline: two files or directories are needed: towline diff OLD NEW\n"},
      {{"diff", "a", "b", "c"}, "towline: two files or directories are needed: towline diff OLD NEW\n"},
      {{"diff", "old.yaml", "new.yaml"}, "towline: there is no file or directory new.yaml\n"},
      {{"diff", "--repo", "."}, "towline: two revisions are needed: towline diff --repo DIR BASE HEAD\n"},
      {{"diff", "--repo", ".", "a", "b"},
       "towline: . is not a git repository; name a bare one, or the root of a working copy, with --repo\n"},
  };
  for (const Refusal& refusal : refusals) {
    const Ran ran = towline(refusal.arguments, place.path());
    CAPTURE(refusal.arguments);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.err == refusal.sentence);
  }
}

TEST_CASE("what other programs print can be compared through pipes") {
  const Place place({{"old.yaml", deployment("1.4.2")}});

  const Ran ran = shell("$TOWLINE diff <(cat old.yaml) <(sed s/1.4.2/1.5.0/ old.yaml)", place.path());

  CHECK(ran.exit_code == kDone);
  CHECK_THAT(ran.out, Catch::Contains("+ ghcr.io/acme/pay:1.5.0\n"));
}

TEST_CASE("two revisions of a repository show the applications that a merge would change") {
  const TwoRevisions world;
  const std::string repo = world.fixture.path().string();

  const Ran changed = towline({"diff", "--exit-code", "--repo", repo, "main", "change"});
  CHECK(changed.exit_code == kAnswerIsNo);
  CHECK(test::golden_difference("cli/diff-revisions.txt", changed.out) == "");

  const Ran unaffected = towline({"diff", "--exit-code", "--repo", repo, "main", "words"});
  CHECK(unaffected.exit_code == kDone);
  CHECK(unaffected.out == "no application is affected\n");

  const Ran unknown = towline({"diff", "--repo", repo, "main", "chnage"});
  CHECK(unknown.exit_code == kWrongUse);
  CHECK_THAT(unknown.err, Catch::Contains("'chnage'"));
}

TEST_CASE("a declaration that cannot be read is a failure also where no application is affected") {
  git::Fixture fixture;
  const CommitId base = fixture.commit({}, {git::put("plain/a.yaml", deployment("1.4.2"))});
  const CommitId head = fixture.commit(
      base, {git::put("argocd/set.yaml",
                      "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n"
                      "  goTemplate: true\n  generators: [{list: {elements: [{el: a}]}}]\n  template:\n"
                      "    metadata: {name: 'as-{{ now }}'}\n    spec: {source: {repoURL: r, path: plain}}\n")});

  const Ran ran = towline({"diff", "--repo", fixture.path().string(), base.str(), head.str()});

  CHECK(ran.exit_code == kSomethingBroke);
  CHECK_THAT(ran.out, Catch::StartsWith("# declarations"));
  CHECK_THAT(ran.out, Catch::Contains("argocd/set.yaml: "));
}

TEST_CASE("a declared revision that is not the branch compared with is a failure") {
  git::Fixture fixture;
  const auto application = [](const std::string& revision) {
    return git::put("argocd/plain.yaml",
                    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: plain}\nspec:\n"
                    "  source: {repoURL: https://git.example.com/acme/infra, path: plain, targetRevision: " +
                        revision + "}\n  destination: {namespace: d}\n");
  };
  const CommitId base = fixture.commit({}, {git::put("plain/a.yaml", deployment("1.4.2")), application("trunk")});
  const CommitId head = fixture.commit(base, {application("evil")});
  const CommitId same = fixture.commit(base, {git::put("plain/a.yaml", deployment("1.5.0"))});
  REQUIRE(fixture.repository.set_ref("refs/heads/trunk", base).has_value());
  REQUIRE(fixture.repository.set_ref("refs/heads/pr", head).has_value());
  const std::string repo = fixture.path().string();

  const Ran evil = towline({"diff", "--repo", repo, "trunk", "pr"});
  CHECK(evil.exit_code == kSomethingBroke);
  CHECK_THAT(evil.out, Catch::Contains("the revision 'evil' of this repository"));
  CHECK(towline({"diff", "--repo", repo, "trunk", same.str()}).exit_code == kDone);
  // A commit names no branch: then it is the one that HEAD names, or the one that is given.
  CHECK(towline({"diff", "--repo", repo, base.str(), same.str()}).out == "no application is affected\n");
  CHECK_THAT(towline({"diff", "--branch", "trunk", "--repo", repo, base.str(), same.str()}).out,
             Catch::StartsWith("# plain: 1 changed"));
  CHECK(towline({"render", "--rev", "pr", "--repo", repo}).exit_code == kSomethingBroke);
  CHECK(towline({"render", "--rev", "pr", "--branch", "evil", "--repo", repo}).exit_code == kDone);
  CHECK(towline({"check", "--rev", "pr", "--base", "trunk", "--repo", repo}).exit_code == kAnswerIsNo);
}

TEST_CASE("colours are for terminals, and for those who did not refuse them") {
  const Place place({{"old.yaml", deployment("1.4.2")}, {"new.yaml", deployment("1.5.0")}});
  const std::string on_terminal = "script -qec '$TOWLINE diff old.yaml new.yaml' /dev/null";

  CHECK_THAT(shell(on_terminal, place.path()).out, Catch::Contains("\x1b[32m+ ghcr.io/acme/pay:1.5.0\x1b[0m"));
  CHECK_THAT(shell(on_terminal, place.path(), {{"NO_COLOR", ""}}).out, Catch::Contains("\x1b[32m"));
  CHECK_THAT(shell(on_terminal, place.path(), {{"NO_COLOR", "1"}}).out, !Catch::Contains("\x1b"));
  CHECK_THAT(towline({"diff", "old.yaml", "new.yaml"}, place.path()).out, !Catch::Contains("\x1b"));
}

TEST_CASE("a value cannot write to the terminal") {
  const Place place(
      {{"old.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n"},
       {"new.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: \"\\e]0;x\\a\"}\n"}});

  const Ran ran = towline({"diff", "old.yaml", "new.yaml"}, place.path());

  CHECK(ran.exit_code == kDone);
  CHECK_THAT(ran.out, !Catch::Contains("\x1b") && !Catch::Contains("\a"));
}

}  // namespace towline::cli
