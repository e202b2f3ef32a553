#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/text.h"
#include "program/bubblewrap.h"
#include "program/process.h"
#include "support/real_tools.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

namespace fs = std::filesystem;

using Edits = std::map<std::string, std::optional<std::string>>;

constexpr const char* kChart = "apiVersion: v2\nname: evil\nversion: 1.0.0\n";
constexpr const char* kMarker = "c0ffee-secret-of-the-host";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string application(const std::string& source, const std::string& name = "evil") {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  destination: "
         "{namespace: evil}\n  source: {repoURL: https://git.acme.example/acme/infra.git, " +
         source + "}\n";
}

/// The bot, a host with something to protect, and bob, who may open pull requests.
struct Siege {
  TemporaryDirectory host = TemporaryDirectory::create("towline-host").value();
  fs::path secret = host.path() / "secret.yaml";
  fs::path mark = host.path() / "mark";
  fs::path bin = host.path() / "bin";
  std::optional<World> world;

  using Configure = std::function<void(const Siege&, config::ServerConfig&)>;
  explicit Siege(const Configure& configure = {}) {
    fs::create_directory(bin);
    std::ofstream(secret) << "token: " << kMarker << "\n";
    world.emplace(sample_files(), engine::Probe{}, std::chrono::hours(1), [&](config::ServerConfig& config) {
      if (configure) configure(*this, config);
    });
  }

  /// A program in `bin`.
  void program(const std::string& name, const std::string& body) const {
    std::ofstream(bin / name) << "#!/bin/sh\n" << body;
    fs::permissions(bin / name, fs::perms::owner_all);
  }

  fs::path mirror() { return world->town().bot_config().data / "mirrors/sandbox/acme/infra.git"; }

  PullNumber attack(const Edits& edits) {
    Town& town = world->town();
    town.clock->advance(std::chrono::seconds(2));
    REQUIRE(town.sandbox->commit(kInfra, "attack", edits, "bob", "Harmless"));
    return open();
  }

  /// The same with symbolic links: path, target.
  PullNumber attack_with_links(const Edits& edits, const std::map<std::string, std::string>& links) {
    Town& town = world->town();
    town.clock->advance(std::chrono::seconds(2));
    const auto made = town.sandbox->commit(kInfra, "attack", edits, "bob", "Harmless");
    REQUIRE(made);
    git({"read-tree", made->str()});
    for (const auto& [path, target] : links) {
      git({"update-index", "--add", "--cacheinfo",
           "120000," + git({"hash-object", "-w", "--stdin"}, target) + "," + path});
    }
    const std::string tree = git({"write-tree"});
    // By a push, so that the forge sees it.
    const std::string url = replace_all(town.sandbox->url(), "http://", "http://bob:bob-token@");
    const std::string commit = git({"commit-tree", "-p", made->str(), "-m", "Links", tree});
    git({"push", "--quiet", url + "/" + kInfra.str() + ".git", commit + ":refs/heads/attack"});
    return open();
  }

  std::string git(std::vector<std::string> arguments, const std::string& input = {}) {
    ProcessSpec spec;
    spec.argv = {"git",
                 "-c",
                 "user.name=bob",
                 "-c",
                 "user.email=bob@example.com",
                 "--git-dir=" + world->town().sandbox->repository_path(kInfra).string()};
    spec.argv.insert(spec.argv.end(), arguments.begin(), arguments.end());
    spec.environment = {
        {"PATH", spec.search_path}, {"HOME", "/nonexistent"}, {"GIT_INDEX_FILE", (host.path() / "index").string()}};
    spec.standard_input = input;
    const auto output = run_process(spec);
    REQUIRE(output);
    REQUIRE(output->exit_code == 0);
    return std::string(trim(output->standard_output));
  }

  /// All that the bot said of it.
  std::string said(PullNumber number) {
    std::string all;
    for (const auto& comment : world->town().bot_comments(number)) all += comment.body + "\n";
    return all;
  }

 private:
  PullNumber open() {
    Town& town = world->town();
    const auto number = town.sandbox->open_pull(kInfra, "bob", "attack", "Harmless", "");
    REQUIRE(number);
    world->settle();
    return *number;
  }
};

TEST_CASE("attack: a chart's dependency is named after a place on the host", "[attack]") {
  for (const bool absolute : {true, false}) {
    DYNAMIC_SECTION((absolute ? "an absolute path" : "a path upwards")) {
      Siege siege;
      const fs::path target = absolute
                                  ? siege.host.path() / "written"
                                  : fs::path("../../../../../../..") / siege.host.path().relative_path() / "written";
      const auto number =
          siege.attack({{"evil/Chart.yaml", std::string(kChart) + "dependencies: [{name: " + target.string() +
                                                ", version: 1.0.0, repository: 'file://payload'}]\n"},
                        {"evil/payload/Chart.yaml", kChart},
                        {"evil/payload/config", "[core]\n\tfsmonitor = touch " + siege.mark.string() + "\n"},
                        {"argocd/evil.yaml", application("path: evil")}});
      CHECK_FALSE(fs::exists(siege.host.path() / "written"));
      CHECK(contains(siege.said(number), "of a dependency is not a chart's name"));
      const auto status = siege.world->town().status(siege.world->town().pull_on("attack").head, "towline/policy");
      REQUIRE(status);
      CHECK(status->state != forge::StatusState::success);
    }
  }
}

TEST_CASE("attack: a dependency overwrites the configuration of the bot's mirror", "[attack]") {
  Siege siege;
  const auto number =
      siege.attack({{"evil/Chart.yaml", std::string(kChart) + "dependencies: [{name: " + siege.mirror().string() +
                                            ", version: 1.0.0, repository: 'file://payload'}]\n"},
                    {"evil/payload/Chart.yaml", kChart},
                    {"evil/payload/config", "[core]\n\talternateRefsCommand = touch " + siege.mark.string() + "\n"},
                    {"argocd/evil.yaml", application("path: evil")}});
  CHECK(contains(siege.said(number), "is not a chart's name"));
  CHECK_FALSE(contains(read_file(siege.mirror() / "config").value(), "alternateRefsCommand"));
  CHECK_FALSE(fs::exists(siege.mirror() / "Chart.yaml"));
}

TEST_CASE("attack: symbolic links lead to a file of the host", "[attack]") {
  Siege siege;
  const std::string up = "../../../../../../../../../../../../../../../..";
  const auto number =
      siege.attack_with_links({{"deep/er/x", "x"},
                               {"evil/kustomization.yaml", "configMapGenerator: [{name: stolen, files: [link]}]\n"},
                               {"argocd/evil.yaml", application("path: evil")}},
                              {{"evil/dirlink", "../deep/er"}, {"evil/link", "dirlink/" + up + siege.secret.string()}});
  const std::string said = siege.said(number);
  CAPTURE(said);
  CHECK_FALSE(contains(said, kMarker));
  CHECK(contains(said, "leads out of the repository by a symbolic link"));
}

/// What bob tries with helm's arguments; the paths are in the repository, taken apart at the comma they are the host's.
Edits comma_attack(const Siege& siege) {
  const std::string value_file = "v.yaml," + siege.secret.string();
  const std::string parameter = "p\\\\,stolen=" + siege.secret.string();
  return {{"evil/Chart.yaml", kChart},
          {"evil/v.yaml", "a: 1\n"},
          {"evil/" + value_file, "b: 2\n"},
          {"evil/" + parameter, "p"},
          {"evil/templates/a.yaml",
           "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: stolen}\ndata: {all: {{ .Values | toJson | quote }}}\n"},
          {"argocd/evil.yaml",
           application("path: evil, helm: {valueFiles: ['" + value_file + "'], fileParameters: [{name: x, path: '" +
                       parameter + "'}, {name: 'stolen=" + siege.secret.string() + ",y', path: v.yaml}]}")}};
}

TEST_CASE("attack: commas in helm's arguments lead to a file of the host", "[attack]") {
  for (const auto rule : {towline::ConfinementRule::required, towline::ConfinementRule::limits_only}) {
    DYNAMIC_SECTION((rule == towline::ConfinementRule::required ? "in a sandbox" : "with limits only")) {
      if (!real_tools()) return;
      Siege siege([&](const Siege&, config::ServerConfig& config) { config.render.sandbox = rule; });
      const auto number = siege.attack(comma_attack(siege));
      const std::string said = siege.said(number);
      CHECK_FALSE(contains(said, kMarker));
      CHECK(contains(said, "has no name that helm takes as one key"));
    }
  }
}

TEST_CASE("attack: without a sandbox nothing that a pull request brings is run", "[attack]") {
  Siege siege([](const Siege& host, config::ServerConfig& config) {
    config.search_path = host.bin.string() + ":/usr/bin:/bin";
    host.program("bwrap", "exit 1\n");
    for (const char* name : {"helm", "kustomize"}) host.program(name, "touch '" + host.mark.string() + "'\n");
  });
  const auto number = siege.attack({{"evil/Chart.yaml", kChart},
                                    {"evil-too/kustomization.yaml", "resources: []\n"},
                                    {"argocd/evil.yaml", application("path: evil")},
                                    {"argocd/evil-too.yaml", application("path: evil-too", "evil-too")}});
  const std::string said = siege.said(number);
  CHECK_FALSE(fs::exists(siege.mark));
  CHECK(contains(said, "helm was not run, because there is no working sandbox"));
  CHECK(contains(said, "install bubblewrap"));
}

TEST_CASE("rendering with limits only is told in every report", "[attack]") {
  Siege siege([](const Siege&, config::ServerConfig& config) {
    config.render.sandbox = towline::ConfinementRule::limits_only;
  });
  const auto number = siege.attack({{"notes.txt", "nothing that is rendered\n"}});
  CHECK(contains(siege.said(number), "limits-only"));
}

TEST_CASE("attack: somebody who can write into the mirror has no program run by git", "[attack]") {
  Siege siege;
  siege.attack({{"notes.txt", "first\n"}});
  siege.program("evil", "touch '" + siege.mark.string() + "'\nexit 1\n");
  const std::string evil = (siege.bin / "evil").string();
  std::ofstream(siege.mirror() / "config", std::ios::app)
      << "[core]\n\tfsmonitor = " << evil << "\n\talternateRefsCommand = " << evil << "\n\tsshCommand = " << evil
      << "\n[url \"ext::" << evil << " \"]\n\tinsteadOf = " << siege.world->town().sandbox->url()
      << "\n[protocol \"ext\"]\n\tallow = always\n[credential]\n\thelper = " << evil << "\n";
  fs::create_directories(siege.mirror() / "hooks");
  fs::create_directories(siege.mirror() / "objects/info");
  for (const char* hook : {"reference-transaction", "pre-push", "post-update"}) {
    fs::copy_file(siege.bin / "evil", siege.mirror() / "hooks" / hook);
  }
  std::ofstream(siege.mirror() / "objects/info/alternates")
      << (siege.world->town().sandbox->repository_path(kInfra) / "objects").string() << "\n";

  // A fetch, by what bob pushes; and a push, by an image that the bot is to move.
  Town& town = siege.world->town();
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit(kInfra, "attack", {{"notes.txt", "second\n"}}, "bob", "Second"));
  siege.world->settle();
  siege.world->push_image("ghcr.io/acme/pay", "1.5.0");
  siege.world->settle();

  CHECK_FALSE(fs::exists(siege.mark));
  CHECK_FALSE(fs::exists(siege.mirror() / "hooks"));
  CHECK_FALSE(fs::exists(siege.mirror() / "objects/info/alternates"));
  CHECK_FALSE(contains(read_file(siege.mirror() / "config").value(), "evil"));
  CHECK(town.pull_on("towline/dev/pay").number.value > 0);
}

}  // namespace
