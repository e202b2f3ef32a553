#include <catch2/catch.hpp>

#include <filesystem>

#include "base/json.h"
#include "cli/program.h"
#include "git/fixture.h"
#include "support/golden.h"
#include "support/real_tools.h"

namespace towline::cli {

namespace {

std::string application(const std::string& name) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: apps/" + name +
         "}\n  destination: {namespace: " + name + "}\n";
}

std::string objects(const std::string& name) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata: {mode: \"on\"}\n---\n" +
         "apiVersion: v1\nkind: Secret\nmetadata: {name: " + name + "}\nstringData: {password: hunter2}\n";
}

/// Two applications on main; on "broken" a manifest of web does not parse.
struct Repository {
  git::Fixture fixture;
  CommitId main = fixture.commit(
      {}, {git::put("root/pay.yaml", application("pay")), git::put("root/web.yaml", application("web")),
           git::put("apps/pay/all.yaml", objects("pay")), git::put("apps/web/all.yaml", objects("web"))});
  CommitId broken =
      fixture.commit(main, {git::put("apps/web/more.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: [b\n")});
  CommitId undeclared = fixture.commit(
      main, {git::put("root/third.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: [x\n")});

  Repository() {
    REQUIRE(fixture.repository.set_ref("refs/heads/main", main).has_value());
    REQUIRE(fixture.repository.set_ref("refs/heads/broken", broken).has_value());
    REQUIRE(fixture.repository.set_ref("refs/heads/undeclared", undeclared).has_value());
  }

  Ran render(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"render", "--repo", fixture.path().string()});
    return towline(arguments);
  }
};

}  // namespace

TEST_CASE("everything that is applied is written as YAML, under its application and the file that it is from") {
  const Repository repository;

  const Ran ran = repository.render({"--rev", "main"});

  CHECK(ran.exit_code == kDone);
  CHECK(ran.err.empty());
  CHECK(test::golden_difference("cli/render.yaml", ran.out) == "");
}

TEST_CASE("one application is written as JSON") {
  const Repository repository;

  const Ran ran = repository.render({"--format", "json", "pay"});

  CHECK(ran.exit_code == kDone);
  CHECK(test::golden_difference("cli/render.json", ran.out) == "");
}

TEST_CASE("a directory takes a file for each application") {
  const Repository repository;
  const Place place;
  const std::string output = (place.path() / "out/deeper").string();

  const Ran ran = repository.render({"--output", output});

  CHECK(ran.exit_code == kDone);
  CHECK(ran.out.empty());
  CHECK_THAT(place.read("out/deeper/pay.yaml"), Catch::StartsWith("# Application pay, declared in root/pay.yaml"));
  CHECK_THAT(place.read("out/deeper/web.yaml"), Catch::StartsWith("# Application web, declared in root/web.yaml"));
}

TEST_CASE("what names of applications lead to stays in the directory") {
  Repository repository;
  const CommitId hostile = repository.fixture.commit(
      {}, {git::put("root/a.yaml",
                    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ../../a}\n"
                    "spec: {source: {repoURL: https://git.example.com/acme/infra, path: apps/a}}\n"),
           git::put("apps/a/all.yaml", objects("a"))});
  const Place place;

  const Ran ran = repository.render({"--rev", hostile.str(), "--output", (place.path() / "x/out").string()});

  CHECK(ran.exit_code == kDone);
  CHECK_THAT(place.read("x/out/_.._.._a.yaml"), Catch::Contains("kind: ConfigMap"));
  CHECK(std::distance(std::filesystem::directory_iterator(place.path()), {}) == 1);
}

TEST_CASE("what cannot be rendered is told with its place, and the rest is written") {
  const Repository repository;

  const Ran all = repository.render({"--rev", "broken"});
  CHECK(all.exit_code == kSomethingBroke);
  CHECK_THAT(all.err, Catch::StartsWith("towline: web: apps/web/more.yaml:"));
  CHECK_THAT(all.out, Catch::Contains("name: pay"));

  CHECK(repository.render({"--rev", "broken", "pay"}).exit_code == kDone);
}

TEST_CASE("a declaration that cannot be read may hide an application, but none of those that are named") {
  const Repository repository;

  const Ran all = repository.render({"--rev", "undeclared"});
  CHECK(all.exit_code == kSomethingBroke);
  CHECK_THAT(all.err, Catch::StartsWith("towline: root/third.yaml:"));

  CHECK(repository.render({"--rev", "undeclared", "pay"}).exit_code == kDone);
}

TEST_CASE("names and revisions that are not there are refused with what there is") {
  struct Refusal {
    std::vector<std::string> arguments;
    std::string sentence;
  };
  const Repository repository;
  const std::string where = repository.fixture.path().string();
  const Refusal refusals[] = {
      {{"payy"}, "towline: there is no application 'payy' in this revision; did you mean 'pay'?\n"},
      {{"something"}, "towline: there is no application 'something' in this revision; there are pay, web\n"},
      {{"--rev", "nope"}, "towline: there is no revision 'nope' in " + where + "\n"},
      // An option of one value takes no application for a second one.
      {{"--allow-host", "charts.example.com", "webb"},
       "towline: there is no application 'webb' in this revision; did you mean 'web'?\n"},
      {{"--api-versions", "example.com/v1", "webb"},
       "towline: there is no application 'webb' in this revision; did you mean 'web'?\n"},
  };
  for (const Refusal& refusal : refusals) {
    const Ran ran = repository.render(refusal.arguments);
    CAPTURE(refusal.arguments);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.out.empty());
    CHECK(ran.err == refusal.sentence);
  }
}

TEST_CASE("every command that renders takes the options of rendering, and shows examples") {
  for (const std::string command : {"render", "diff", "check"}) {
    const Ran ran = towline({command, "--help"});
    CAPTURE(command);
    for (const std::string option : {"--chart-cache", "--allow-host", "--kube-version", "--api-versions"}) {
      CHECK_THAT(ran.out, Catch::Contains(option));
    }
    CHECK_THAT(ran.out, Catch::Contains("Example"));
  }
}

TEST_CASE("the sample repository renders wholly") {
  const auto tools = test::real_tools();
  if (!tools) return;
  const Place copy;
  std::filesystem::copy(sample(), copy.path() / "sample", std::filesystem::copy_options::recursive);
  const std::string directory = (copy.path() / "sample").string();
  REQUIRE(shell("git init -q -b main . && git add -A && git -c user.name=a -c user.email=a@example.com commit -qm all",
                directory)
              .exit_code == 0);

  const Ran ran = shell("PATH=\"" + *tools + ":$PATH\" \"$TOWLINE\" render --format json", directory);

  CHECK(ran.exit_code == kDone);
  CHECK(ran.err.empty());
  for (const Json& one : Json::parse(ran.out)) {
    CAPTURE(one["application"]);
    CHECK(!one["resources"].empty());
    CHECK(one["problems"].empty());
  }
}

TEST_CASE("an output directory is no link, and no link of a repository leads to it") {
  const Repository repository;
  const Place place({{"repo/.git/HEAD", "ref: refs/heads/main\n"}, {"outside/kept.txt", "kept\n"}});
  const auto repo = place.path() / "repo";
  std::filesystem::create_symlink("../outside", repo / "rendered");
  const auto render = [&](const std::string& output) {
    return towline({"render", "--repo", repository.fixture.path().string(), "--rev", "main", "--output", output}, repo);
  };
  for (const std::string output : {"rendered", "rendered/"}) {
    const Ran ran = render(output);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.err ==
          "towline: the output directory rendered is a symbolic link; remove it, or name the directory itself\n");
  }
  const Ran below = render("rendered/below");
  CHECK(below.exit_code == kWrongUse);
  CHECK_THAT(below.err,
             Catch::StartsWith("towline: cannot write rendered/below/output: a symbolic link leads out of "));
  CHECK_FALSE(std::filesystem::exists(place.path() / "outside/below"));
  CHECK_FALSE(std::filesystem::exists(place.path() / "outside/pay.yaml"));
  CHECK(render("../outside").exit_code == kDone);
  CHECK(std::filesystem::exists(place.path() / "outside/pay.yaml"));
}

}  // namespace towline::cli
