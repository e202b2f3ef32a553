#include <catch2/catch.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "support/real_tools.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

std::string config_map(const std::string& name, const std::string& value) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + name + "}\ndata: {value: \"" + value + "\"}\n";
}

std::map<std::string, std::string> files_with_chart() {
  auto files = sample_files();
  files["argocd/web.yaml"] =
      "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  destination: "
      "{namespace: web}\n  source: {repoURL: https://git.example.com/acme/infra.git, path: charts/web}\n";
  files["charts/web/Chart.yaml"] = "apiVersion: v2\nname: web\nversion: 1.0.0\n";
  files["charts/web/values.yaml"] = "size: 1\n";
  files["charts/web/templates/map.yaml"] = config_map("web", "{{ .Values.size }}");
  files["charts/web/templates/old.yaml"] =
      "{{ if lookup \"v1\" \"Secret\" \"web\" \"web\" }}\n" + config_map("old", "1") + "{{ end }}\n";
  return files;
}

struct Told {
  std::optional<forge::StatusState> policy;
  std::string said;
};

Told told_of(const std::string& path, const std::string& text) {
  World world(files_with_chart());
  Town& town = world.town();
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit(kInfra, "attack", {{path, text}}, "bob", "Harmless"));
  const auto number = town.sandbox->open_pull(kInfra, "bob", "attack", "Harmless", "");
  REQUIRE(number);
  world.settle();
  Told told;
  for (const auto& comment : town.bot_comments(*number)) told.said += comment.body + "\n";
  const auto status = town.status(town.pull_on("attack").head, "towline/policy");
  if (status) told.policy = status->state;
  return told;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("attack: a template waits for another cluster, or for another day", "[attack]") {
  if (!real_tools()) return;
  const char* const conditions[] = {
      ".Capabilities.APIVersions.Has \"example.com/v1\"",
      "gt (now | unixEpoch | int64) 4102444800",
      "eq (randNumeric 3) \"777\"",
  };
  for (const char* condition : conditions) {
    CAPTURE(condition);
    const Told told = told_of("charts/web/templates/z.yaml",
                              std::string("{{- if ") + condition + " }}\n" + config_map("bomb", "1") + "{{- end }}\n");
    CAPTURE(told.said);
    CHECK(told.policy.value() == forge::StatusState::error);
    CHECK(contains(told.said, "what it renders depends on"));
  }
}

TEST_CASE("attack: a template waits for Argo CD's own kinds, which the cluster has, and is shown", "[attack]") {
  if (!real_tools()) return;
  const Told told = told_of("charts/web/templates/z.yaml",
                            "{{- if .Capabilities.APIVersions.Has \"argoproj.io/v1alpha1/Application\" }}\n" +
                                config_map("bomb", "1") + "{{- end }}\n");
  CHECK(contains(told.said, "web/bomb"));
}

TEST_CASE("what a chart has asked of the cluster before does not stop another value") {
  if (!real_tools()) return;
  const Told told = told_of("charts/web/values.yaml", "size: 2\n");
  CAPTURE(told.said);
  CHECK(told.policy.value() == forge::StatusState::success);
  CHECK(contains(told.said, "Depends on the cluster or the time"));
}

}  // namespace
