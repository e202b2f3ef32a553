#include <catch2/catch.hpp>

#include <chrono>
#include <filesystem>
#include <string>

#include "program/process.h"
#include "render/fixture.h"
#include "render/kustomize.h"

namespace towline::render::test {
namespace {

/// With a script in place of kustomize.
Renderer::Options with_script(Fixture& fixture, std::string_view body) {
  Renderer::Options options;
  options.search_path = fixture.script("kustomize", body).string();
  return options;
}

struct Refused {
  const char* name;
  const char* kustomization;
  const char* problem;
};

const Refused kRefused[] = {
    {"a remote resource", "resources:\n- https://example.com/a.yaml\n",
     "p/kustomization.yaml:2: 'https://example.com/a.yaml' would be fetched from the network, which is not done; put a "
     "copy into this repository"},
    {"credentials in the address are not repeated", "resources:\n- https://bob:hunter2@example.com/a\n",
     "p/kustomization.yaml:2: 'https://***@example.com/a' would be fetched from the network, which is not done; put a "
     "copy into this repository"},
    {"a repository on GitHub", "resources:\n- github.com/acme/base//deploy?ref=v1\n",
     "p/kustomization.yaml:2: 'github.com/acme/base//deploy?ref=v1' would be fetched from the network, which is not "
     "done; put a copy into this repository"},
    {"a repository by SSH", "components: ['git@example.com:acme/base']\n",
     "p/kustomization.yaml:1: 'git@example.com:acme/base' would be fetched from the network, which is not done; put a "
     "copy into this repository"},
    {"a remote file in a generator", "configMapGenerator:\n- name: a\n  files: ['k=https://example.com/a']\n",
     "p/kustomization.yaml:3: 'https://example.com/a' would be fetched from the network, which is not done; put a copy "
     "into this repository"},
    {"a remote patch", "patches:\n- path: http://example.com/a\n",
     "p/kustomization.yaml:2: 'http://example.com/a' would be fetched from the network, which is not done; put a copy "
     "into this repository"},
    {"a remote file of a plugin's inline configuration",
     "transformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: x}\n  path: "
     "http://127.0.0.1/a\n",
     "p/kustomization.yaml:2: 'http://127.0.0.1/a' would be fetched from the network, which is not done; put a copy "
     "into this repository"},
    {"a Helm chart", "helmCharts:\n- name: a\n",
     "p/kustomization.yaml:2: Helm charts inside of a kustomization ('helmCharts') are not rendered by this version; "
     "commit what the chart renders to"},
};

TEST_CASE("what a kustomization must not do is refused before anything runs") {
  for (const Refused& refused : kRefused) {
    DYNAMIC_SECTION(refused.name) {
      Fixture fixture;
      const CommitId commit = fixture.commit({{"p/kustomization.yaml", refused.kustomization}});
      Renderer renderer(with_script(fixture, "echo 'it ran' >&2; exit 1\n"));
      const Rendered rendered = renderer.render(fixture.repository, commit, kustomize_application("p")).value();
      CHECK(problems(rendered) == Texts{refused.problem});
      CHECK(rendered.resources.empty());
    }
  }
}

TEST_CASE("a kustomization that cannot be looked through does not run") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/kustomization.yaml", "resources: [a\n"}});
  Renderer renderer(with_script(fixture, "echo 'it ran' >&2; exit 1\n"));
  const Texts said = problems(renderer.render(fixture.repository, commit, kustomize_application("p")).value());
  REQUIRE(said.size() == 1);
  CHECK(said[0].starts_with("p/kustomization.yaml:0: this kustomization cannot be read, so it is not run: line "));
}

TEST_CASE("a base's kustomization is looked through too") {
  Fixture fixture;
  const CommitId commit = fixture.commit(
      {{"p/kustomization.yaml", "resources: [../base]\n"}, {"base/kustomization.yaml", "resources: ['ssh://h/a']\n"}});
  Renderer renderer(with_script(fixture, "exit 0\n"));
  CHECK(problems(renderer.render(fixture.repository, commit, kustomize_application("p")).value()) ==
        Texts{"base/kustomization.yaml:1: 'ssh://h/a' would be fetched from the network, which is not done; put a copy "
              "into this repository"});
}

TEST_CASE("files and directories are told from addresses as kustomize does") {
  CHECK_FALSE(is_remote("../base"));
  CHECK_FALSE(is_remote("deployment.yaml"));
  CHECK_FALSE(is_remote("example.com/base"));
  CHECK_FALSE(is_remote("patch: |\n  image: docker://a\n"));
  CHECK(is_remote("HTTPS://example.com"));
  CHECK(is_remote("git::base"));
  CHECK(is_remote("bob@example.com/acme/base"));
  CHECK(is_remote("gh:acme/base"));
  CHECK(is_remote("base?ref=main"));
}

TEST_CASE("a missing kustomize is a problem that says what to do, and is looked for again") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/kustomization.yaml", "resources: []\n"}});
  Renderer::Options options;
  options.search_path = "/nonexistent";
  Renderer renderer(options);
  CHECK(
      problems(renderer.render(fixture.repository, commit, kustomize_application("p")).value()) ==
      Texts{
          "p:0: kustomize could not render this application: the machine that runs Towline has no program 'kustomize'; "
          "install it in a folder of its PATH, or add the folder that it is in (search_path in the server's "
          "configuration)"});
  static_cast<void>(renderer.render(fixture.repository, commit, kustomize_application("p")));
  CHECK(renderer.counters().misses == 2);
}

TEST_CASE("a kustomize that does not end is a problem") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/kustomization.yaml", "resources: []\n"}});
  Renderer::Options options = with_script(fixture, "exec /bin/sleep 1000\n");
  options.limits.deadline = std::chrono::milliseconds(100);
  CHECK(problems(Renderer(options).render(fixture.repository, commit, kustomize_application("p")).value()) ==
        Texts{"p:0: kustomize could not render this application: 'kustomize' did not end within 100ms and was "
              "stopped; make it smaller, or try again"});
}

TEST_CASE("a kustomize that says too much is a problem") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/kustomization.yaml", "x: 1\n"}});
  Renderer::Options options = with_script(fixture, "while :; do echo 0123456789; done\n");
  options.limits.max_output_bytes = 1'000;
  CHECK(problems(Renderer(options).render(fixture.repository, commit, kustomize_application("p")).value()) ==
        Texts{"p:0: kustomize could not render this application: 'kustomize' wrote more than the limit of 1000 bytes "
              "and was stopped; split it"});
}

TEST_CASE("kustomize runs without the environment, the network's address or git") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/kustomization.yaml", "x: 1\n"}});
  const auto options = with_script(
      fixture, "echo \"$HTTP_PROXY $HTTPS_PROXY ${USER-no user}\" $(command -v git || echo no git) >&2; exit 1\n");
  CHECK(problems(Renderer(options).render(fixture.repository, commit, kustomize_application("p")).value()) ==
        Texts{"p:0: kustomize cannot build this: http://127.0.0.1:1 http://127.0.0.1:1 no user no git"});
}

TEST_CASE("what kustomize complains of names no path of this machine and no secret") {
  Fixture fixture;
  const CommitId commit = fixture.commit(
      {{"p/kustomization.yaml", "secretGenerator: [{name: s, literals: [k=sesame-open]}]\nresources: [secret.yaml]\n"},
       {"p/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: hunter2}\n"}});
  const auto options =
      with_script(fixture, "echo \"Error: $2/x is bad: hunter2 aHVudGVyMg== sesame-open\" >&2; exit 1\n");
  CHECK(problems(Renderer(options).render(fixture.repository, commit, kustomize_application("p")).value()) ==
        Texts{"p:0: kustomize cannot build this: p/x is bad: *** *** ***"});
}

TEST_CASE("a change of a base is another render, a change elsewhere is not") {
  Fixture fixture;
  const CommitId one = fixture.commit({{"p/kustomization.yaml", "resources: [../base]\n"},
                                       {"base/kustomization.yaml", "resources: [a.yaml]\n"},
                                       {"base/a.yaml", config_map("a")},
                                       {"other/b.yaml", config_map("b")}});
  const CommitId elsewhere = fixture.commit({{"other/b.yaml", config_map("c")}}, one);
  const CommitId in_base = fixture.commit({{"base/a.yaml", config_map("c")}}, one);
  Renderer renderer(with_script(fixture, "while read -r line; do echo \"$line\"; done < base/a.yaml\n"));
  const auto render = [&](const CommitId& commit) {
    return keys(renderer.render(fixture.repository, commit, kustomize_application("p")).value());
  };
  CHECK(render(one) == Texts{"ConfigMap pay/a"});
  CHECK(render(elsewhere) == Texts{"ConfigMap pay/a"});
  CHECK(renderer.counters().hits == 1);
  CHECK(render(in_base) == Texts{"ConfigMap pay/c"});
}

}  // namespace
}  // namespace towline::render::test
