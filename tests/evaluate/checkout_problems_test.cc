// What makes a checkout differ from the blobs: which applications it touches, and when it is a finding.
#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "config/repository.h"
#include "evaluate/evaluate.h"
#include "git/repository.h"
#include "render/renderer.h"

namespace towline::evaluate {
namespace {

const std::string kMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n";

std::string argocd(const std::string& name, const std::string& path) {
  return "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: " + name +
         "}\nspec:\n  source: {repoURL: https://git.example.com/acme/infra, path: " + path +
         "}\n  destination: {namespace: a}\n";
}

std::string flux(const std::string& name, const std::string& path) {
  return "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: " + name +
         ", namespace: flux-system}\nspec: {path: ./" + path + ", sourceRef: {kind: GitRepository, name: infra}}\n";
}

struct World {
  CommitId commit(std::vector<git::PathEdit> edits, const CommitId& parent = {}) {
    return repository.write_commit({parent, std::move(edits), {"Alice", "alice@example.com", TimePoint{}}, "change"})
        .value();
  }
  CommitId start(std::vector<git::PathEdit> more = {}) {
    more.push_back({"root/pay.yaml", argocd("pay", "apps/pay")});
    more.push_back({"root/web.yaml", argocd("web", "apps/web")});
    more.push_back({"apps/pay/map.yaml", kMap});
    more.push_back({"apps/web/map.yaml", kMap});
    more.push_back({"docs/logo.png", "png"});
    return commit(std::move(more));
  }
  evaluate::Evaluation pull(const CommitId& base, std::vector<git::PathEdit> edits) {
    const CommitId head = commit(std::move(edits), base);
    return evaluate({renderer, screen, Secret("masking")}, repository, base, head, config::RepoConfig{}).value();
  }

  TemporaryDirectory directory = TemporaryDirectory::create("towline-checkout-").value();
  git::Repository repository = git::Repository::init_bare(directory.path() / "repo.git", "main").value();
  render::Renderer renderer{render::Renderer::Options{}};
  DiscoveryScreen screen;
};

std::vector<std::string> names(const evaluate::Evaluation& evaluation) {
  std::vector<std::string> all;
  for (const auto& report : evaluation.applications) all.push_back(report.application.name);
  return all;
}

/// The findings that block and say so, with where they are.
std::vector<std::string> blocked(const evaluate::Evaluation& evaluation, const std::string& part) {
  std::vector<std::string> all;
  for (const auto& finding : evaluation.findings) {
    if (finding.level != policy::Level::fail && finding.level != policy::Level::error) continue;
    const std::string text = finding.path + ": " + finding.message;
    if (text.find(part) != std::string::npos) all.push_back(text);
  }
  return all;
}

using Names = std::vector<std::string>;

TEST_CASE("a .gitattributes file touches the applications that read files below it") {
  World world;
  const CommitId base = world.start();
  CHECK(names(world.pull(base, {{".gitattributes", "* text=auto\n"}})) == Names{"pay", "web"});
  CHECK(names(world.pull(base, {{"apps/.gitattributes", "* text=auto\n"}})) == Names{"pay", "web"});
  CHECK(names(world.pull(base, {{"apps/pay/.gitattributes", "* text=auto\n"}})) == Names{"pay"});
  CHECK(names(world.pull(base, {{"docs/.gitattributes", "* ident\n"}})).empty());
}

TEST_CASE("attributes that change an application's files are a finding by file, line and attribute") {
  World world;
  const CommitId base = world.start();
  const auto count = [&](const std::string& path, const std::string& text) {
    return blocked(world.pull(base, {{path, text}}), ".gitattributes").size();
  };
  const auto found = blocked(world.pull(base, {{"apps/pay/.gitattributes", "# x\n* eol=crlf\n"}}), "eol=crlf");
  REQUIRE(found.size() == 1);
  CHECK(found[0].find("apps/pay/.gitattributes: line 2: the attribute 'eol=crlf'") != std::string::npos);
  CHECK(count(".gitattributes", "* working-tree-encoding=ASCII//TRANSLIT\n") == 1);
  CHECK(count(".gitattributes", "apps/pay/*.yaml ident\n") == 1);
  CHECK(count(".gitattributes", "root/*.yaml ident\n") == 1);  // the declarations
  CHECK(count(".gitattributes", "*.png filter=lfs diff=lfs merge=lfs -text\n") == 0);
  CHECK(count(".gitattributes", "* text=auto\n*.yaml eol=lf\n*.png binary\n") == 0);
  CHECK(count("docs/.gitattributes", "* ident\n") == 0);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "none-" + std::to_string(i) + " ident\n";
  CHECK(count(".gitattributes", many) == 1);
}

TEST_CASE("attributes that are old and untouched do not block, but macros and files that make them matter do") {
  World world;
  const CommitId base =
      world.start({{".gitattributes", "*.yaml eol=crlf\n*.txt ident\n*.json bad\n"}, {"apps/pay/config.json", "{}"}});
  CHECK(blocked(world.pull(base, {{"apps/pay/map.yaml", kMap + "data: {a: b}\n"}}), ".gitattributes").empty());
  CHECK(blocked(world.pull(base, {{"apps/pay/notes.txt", "x\n"}}), "'ident'").size() == 1);
  CHECK_FALSE(blocked(world.pull(base, {{"apps/.gitattributes", "[attr]bad ident\n"}}), "bad").empty());
}

TEST_CASE("a .sourceignore that is new is a finding where Flux applies something") {
  World world;
  const CommitId base =
      world.start({{"clusters/flux.yaml", flux("fluxed", "deploy/fluxed")}, {"deploy/fluxed/map.yaml", kMap}});
  const auto at_root = world.pull(base, {{".sourceignore", "deploy/\n"}});
  CHECK(names(at_root) == Names{"fluxed"});
  CHECK(blocked(at_root, "Flux leaves out what .sourceignore names").size() == 1);
  const auto inside = world.pull(base, {{"deploy/fluxed/.sourceignore", "map.yaml\n"}});
  CHECK(names(inside) == Names{"fluxed"});
  CHECK(blocked(inside, "Flux leaves out").size() == 1);
  // Argo CD does not read it.
  const auto other = world.pull(base, {{"apps/pay/.sourceignore", "map.yaml\n"}});
  CHECK(blocked(other, "Flux leaves out").empty());

  const CommitId old = world.commit({{".sourceignore", "docs/\n"}}, base);
  CHECK(blocked(world.pull(old, {{"deploy/fluxed/map.yaml", kMap + "data: {a: b}\n"}}), "Flux leaves out").empty());
  CHECK(blocked(world.pull(old, {{".sourceignore", "docs/\ndeploy/\n"}}), "Flux leaves out").size() == 1);
}

}  // namespace
}  // namespace towline::evaluate
