#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "world.h"

// Pull requests with Applications that take what they apply from another repository or branch, from a path that is here
// as well: what is here must not be shown in its place.

using namespace towline;
using namespace towline::test;

namespace {

using Edits = std::map<std::string, std::optional<std::string>>;

constexpr std::string_view kOwn = "https://git.acme.example/acme/infra.git";

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string source_of(std::string_view url, std::string_view revision) {
  return "{repoURL: '" + std::string(url) + "', targetRevision: '" + std::string(revision) +
         "', path: apps/prod/services/pay}";
}

std::string application(std::string_view url, std::string_view revision) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: new, namespace: argocd}\nspec:\n"
         "  destination: {namespace: pay}\n  source: " +
         source_of(url, revision) + "\n";
}

std::string application_set(std::string_view generator, std::string_view url, std::string_view revision) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set, namespace: argocd}\nspec:\n"
         "  generators:\n  - " +
         std::string(generator) +
         "\n  template:\n    metadata: {name: new}\n    spec:\n      destination: {namespace: pay}\n      source: " +
         source_of(url, revision) + "\n";
}

std::string flux(std::string_view url, std::string_view ref) {
  return "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: evil, namespace: "
         "flux-system}\n"
         "spec: {url: '" +
         std::string(url) + "', ref: " + std::string(ref) +
         "}\n---\napiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
         "metadata: {name: new, namespace: flux-system}\n"
         "spec: {path: ./apps/prod/services/pay, sourceRef: {kind: GitRepository, name: evil}}\n";
}

struct Attack {
  std::string name;
  std::string path;
  std::string text;
  std::string named;  ///< what the report says of it
};

std::vector<Attack> attacks() {
  constexpr std::string_view kEvil = "https://evil.example/other.git";
  const std::string revision = "the revision 'evil' of this repository";
  const std::string pay = sample_files().at("apps/root/prod-pay.yaml");
  const std::string git = "git: {repoURL: '" + std::string(kOwn) + "', revision: evil, directories: [{path: apps/*}]}";
  return {
      {"another repository", "argocd/new.yaml", application(kEvil, "main"), "evil.example/other.git"},
      {"another host", "argocd/new.yaml", application("http://evil.example/acme/infra.git", "main"),
       "evil.example/acme/infra.git"},
      {"a host as a user's name", "argocd/new.yaml",
       application("https://git.acme.example@evil.example/acme/infra.git", "main"), "evil.example/acme/infra.git"},
      {"another branch", "argocd/new.yaml", application(kOwn, "evil"), revision},
      {"a commit", "argocd/new.yaml", application(kOwn, std::string(40, 'a')), std::string(40, 'a')},
      {"an ApplicationSet of another repository", "argocd/new.yaml",
       application_set("list: {elements: [{a: b}]}", kEvil, "main"), "evil.example/other.git"},
      {"an ApplicationSet of another branch", "argocd/new.yaml",
       application_set("list: {elements: [{a: b}]}", kOwn, "evil"), revision},
      {"a generator of another branch", "argocd/new.yaml", application_set(git, kOwn, "main"),
       "the revision 'evil' of"},
      {"a GitRepository elsewhere", "argocd/new.yaml", flux(kEvil, "{branch: main}"), "evil.example/other.git"},
      {"a GitRepository of another branch", "argocd/new.yaml", flux(kOwn, "{branch: evil}"), revision},
      {"a GitRepository of a tag", "argocd/new.yaml", flux(kOwn, "{branch: main, tag: evil}"), revision},
      {"an application that goes to another branch", "apps/root/prod-pay.yaml",
       replace_all(pay, "targetRevision: main", "targetRevision: evil"), revision},
      {"an application that goes to another repository", "apps/root/prod-pay.yaml",
       replace_all(pay, std::string(kOwn), std::string(kEvil)), "evil.example/other.git"},
  };
}

}  // namespace

TEST_CASE("what an Application takes from another repository or branch is not shown from here, and blocks") {
  for (const Attack& attack : attacks()) {
    DYNAMIC_SECTION(attack.name) {
      World world;
      Town& town = world.town();
      town.clock->advance(std::chrono::seconds(2));
      REQUIRE(town.sandbox->commit(kInfra, "attack", {{attack.path, attack.text}}, "bob", "Harmless"));
      REQUIRE(town.sandbox->open_pull(kInfra, "bob", "attack", "Harmless", ""));
      world.settle();
      const auto pull = town.pull_on("attack");
      std::string report;
      for (const auto& comment : town.bot_comments(pull.number)) report += comment.body + "\n";
      INFO(report);
      CHECK(contains(report, attack.named));
      CHECK_FALSE(contains(report, "No application is affected"));
      const auto status = town.status(pull.head, "towline/policy");
      REQUIRE(status);
      CHECK(status->state != forge::StatusState::success);
      town.say(pull.number, "alice", "/approve");
      town.say(pull.number, "alice", "/merge");
      world.settle();
      CHECK_FALSE(town.pull_on("attack").merged);
    }
  }
}

TEST_CASE("a new Application of this repository at its default branch is shown from here") {
  World world;
  Town& town = world.town();
  const std::string forge = town.sandbox->url() + "/acme/infra";
  const std::vector<std::pair<std::string, std::string>> accepted = {
      {"git@git.acme.example:acme/infra.git", "HEAD"},
      {"http://Git.Acme.example/acme/infra/", ""},
      {"https://git.acme.example:443/acme/infra", "refs/heads/main"},
      {forge, "main"},
  };
  for (const auto& [url, revision] : accepted) {
    INFO(url << " " << revision);
    town.clock->advance(std::chrono::seconds(2));
    const std::string branch = "new-" + std::to_string(&url - &accepted.front().first);
    REQUIRE(town.sandbox->commit(kInfra, branch, {{"argocd/new.yaml", application(url, revision)}}, "bob", "New"));
    REQUIRE(town.sandbox->open_pull(kInfra, "bob", branch, "New", ""));
    world.settle();
    const auto pull = town.pull_on(branch);
    const auto status = town.status(pull.head, "towline/policy");
    REQUIRE(status);
    INFO(status->description);
    CHECK(status->state == forge::StatusState::success);
  }
}
