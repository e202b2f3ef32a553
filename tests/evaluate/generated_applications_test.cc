#include "evaluate/generated_applications.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace towline::evaluate {
namespace {

using Texts = std::vector<std::string>;

std::string object(const std::string& kind, const std::string& name) {
  return "---\napiVersion: argoproj.io/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name + "}\n";
}

discovery::Application declared(const std::string& name, const std::string& file) {
  discovery::Application application;
  application.name = name;
  application.declared_in = file;
  return application;
}

/// What is said of an application at apps/root that renders this.
Texts said(const std::string& rendered, const std::vector<discovery::Application>& discovered) {
  evaluate::ApplicationReport report;
  report.application.path = "apps/root";
  note_unfollowed(manifest::parse_manifests("", rendered, "argocd").resources, {discovered, {}}, report);
  return report.diff.remarks;
}

}  // namespace

TEST_CASE("Applications that only a rendering holds are named as not followed") {
  CHECK(said(object("Application", "pay"), {}) ==
        Texts{"it renders 1 Argo CD application that no file of the repository declares (pay): not followed, so what "
              "changes in it is not shown; declare it in a file of its own to have it looked at"});
  CHECK(
      said(object("Application", "pay") + object("Application", "web") + object("ApplicationSet", "teams"),
           {declared("web", "apps/web.yaml")}) ==
      Texts{"it renders 2 Argo CD applications that no file of the repository declares (pay, teams): not followed, so "
            "what changes in them is not shown; declare each in a file of its own to have it looked at"});
}

TEST_CASE("of many Applications that are not followed some are named") {
  std::string rendered;
  for (int i = 0; i < 9; ++i) rendered += object("Application", "a" + std::to_string(i));
  REQUIRE(said(rendered, {}).size() == 1);
  CHECK_THAT(said(rendered, {})[0],
             Catch::Contains("9 Argo CD applications") && Catch::Contains("(a0, a1, a2, a3, a4, and 4 more)"));
}

TEST_CASE("nothing is said of Applications that were discovered, nor of other kinds") {
  CHECK(said(object("Application", "pay"), {declared("pay", "apps/root/pay.yaml")}).empty());
  CHECK(said(object("ApplicationSet", "teams"), {declared("team-a", "apps/root/teams.yaml")}).empty());
  CHECK(
      said(object("AppProject", "pay") + "---\napiVersion: app.k8s.io/v1\nkind: Application\nmetadata: {name: x}\n", {})
          .empty());
}

}  // namespace towline::evaluate
