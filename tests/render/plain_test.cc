#include <catch2/catch.hpp>

#include <string>

#include "render/fixture.h"

namespace towline::render::test {
namespace {

TEST_CASE("a directory gives the objects of its YAML and JSON files, sorted by key") {
  Fixture fixture;
  const CommitId commit = fixture.commit(
      {{"apps/pay/b.yaml", config_map("b")},
       {"apps/pay/c.yml", config_map("c")},
       {"apps/pay/a.json", "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}"},
       {"apps/pay/readme.md", "no manifest"},
       {"apps/pay/below/d.yaml", config_map("d")},
       {"apps/payroll/e.yaml", config_map("e")}});
  const Rendered rendered = Renderer({}).render(fixture.repository, commit, plain_application("apps/pay")).value();
  CHECK(keys(rendered) == Texts{"ConfigMap pay/a", "ConfigMap pay/b", "ConfigMap pay/c"});
  CHECK(rendered.resources[1].source_path == "apps/pay/b.yaml");
  CHECK(problems(rendered) == Texts{});
}

TEST_CASE("with recurse it gives those of the directories below too") {
  Fixture fixture;
  const CommitId commit =
      fixture.commit({{"apps/pay/b.yaml", config_map("b")}, {"apps/pay/below/d.yaml", config_map("d")}});
  const Rendered rendered =
      Renderer({}).render(fixture.repository, commit, plain_application("apps/pay", true)).value();
  CHECK(keys(rendered) == Texts{"ConfigMap pay/b", "ConfigMap pay/d"});
}

TEST_CASE("a directory that is not there gives nothing and is no problem") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"a.yaml", config_map("a")}});
  const Rendered rendered = Renderer({}).render(fixture.repository, commit, plain_application("apps/pay")).value();
  CHECK(rendered.resources.empty());
  CHECK(rendered.problems.empty());
}

TEST_CASE("a file in place of the directory is a problem") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"apps/pay", "../elsewhere"}});
  const Rendered rendered = Renderer({}).render(fixture.repository, commit, plain_application("apps/pay")).value();
  CHECK(problems(rendered) ==
        Texts{"apps/pay:0: this is no directory (links are not followed), so nothing is rendered"});
}

TEST_CASE("a file that does not parse is a problem, and the others are rendered") {
  Fixture fixture;
  const CommitId commit =
      fixture.commit({{"p/a.yaml", config_map("a")}, {"p/b.yaml", "a: [1\n"}, {"p/c.yaml", "a: 1\n"}});
  const Rendered rendered = Renderer({}).render(fixture.repository, commit, plain_application("p")).value();
  CHECK(keys(rendered) == Texts{"ConfigMap pay/a"});
  REQUIRE(problems(rendered).size() == 2);
  CHECK(problems(rendered)[0].starts_with("p/b.yaml:"));
  CHECK(problems(rendered)[1] ==
        "p/c.yaml:1: this document has no apiVersion and no kind, so it is no Kubernetes object");
}

TEST_CASE("a file that Argo CD is told to leave alone is left alone") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/values.yaml", "# +argocd:skip-file-rendering\na: 1\n"}});
  const Rendered rendered = Renderer({}).render(fixture.repository, commit, plain_application("p")).value();
  CHECK(rendered.resources.empty());
  CHECK(rendered.problems.empty());
}

TEST_CASE("a file that cannot be read is a problem, whatever words are in it") {
  const std::string escaped = "{\"apiVersion\"\n: \"v1\", \"kind\"\n: \"Pod\", \"metadata\"\n: {\"name\": \"a\"}}\n";
  const std::string deep = "{\"kind\":" + std::string(200, '[') + std::string(200, ']') + "}\n";
  const std::string utf16(
      "\xFF\xFE"
      "a\0:\0",
      6);
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/a.yaml", escaped},
                                          {"p/b.yaml", deep},
                                          {"p/c.yaml", utf16},
                                          {"p/d.yaml", "version https://git-lfs.github.com/spec/v1\noid x\nsize 1\n"},
                                          {"p/e.yaml", "replicas: 2\n"},
                                          {"p/f.jsonnet", "{}"}});
  discovery::Application application = plain_application("p");
  application.declared_in = "apps/p.yaml";
  const Rendered rendered = Renderer({}).render(fixture.repository, commit, application).value();
  std::vector<std::string> paths;
  for (const auto& problem : rendered.problems) paths.push_back(problem.path);
  CHECK(paths == Texts{"p/a.yaml", "p/b.yaml", "p/c.yaml", "p/d.yaml", "p/f.jsonnet"});
  CHECK(rendered.resources.empty());
}

TEST_CASE("a submodule in the directory is a problem where Argo CD looks into subdirectories") {
  Fixture fixture;
  const CommitId commit = fixture.commit_with_submodule({{"p/a.yaml", config_map("a")}}, "p/vendor");
  CHECK(problems(Renderer({}).render(fixture.repository, commit, plain_application("p")).value()).empty());
  CHECK(problems(Renderer({}).render(fixture.repository, commit, plain_application("p", true)).value()) ==
        Texts{"p/vendor:0: this is a Git submodule, whose files are not read, so what they apply is not shown"});
}

TEST_CASE("more resources than the limit are a problem") {
  Fixture fixture;
  const CommitId commit =
      fixture.commit({{"p/a.yaml", config_map("a") + "---\n" + config_map("b") + "---\n" + config_map("c")}});
  Renderer::Options options;
  options.limits.max_resources = 2;
  const Rendered rendered = Renderer(options).render(fixture.repository, commit, plain_application("p")).value();
  CHECK(keys(rendered) == Texts{"ConfigMap pay/a", "ConfigMap pay/b"});
  CHECK(problems(rendered) == Texts{"p:0: this application has 3 resources, more than the limit of 2; split it"});
}

TEST_CASE("more text than the limit is a problem") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/a.yaml", config_map("a")}, {"p/b.yaml", config_map("b")}});
  Renderer::Options options;
  options.limits.max_output_bytes = 60;
  const Rendered rendered = Renderer(options).render(fixture.repository, commit, plain_application("p")).value();
  CHECK(problems(rendered) ==
        Texts{"p:0: the files of this application are larger than the limit of 60 bytes together; split it"});
}

TEST_CASE("a missing helm is a problem that says what to do") {
  Fixture fixture;
  const CommitId commit = fixture.commit({{"p/Chart.yaml", "name: a\n"}});
  discovery::Application application = plain_application("p");
  application.kind = discovery::SourceKind::helm;
  Renderer::Options options;
  options.search_path = "/nonexistent";
  CHECK(problems(Renderer(options).render(fixture.repository, commit, application).value()) ==
        Texts{"p:0: helm could not render this application: the machine that runs Towline has no program 'helm'; "
              "install it in a folder of its PATH, or add the folder that it is in (search_path in the server's "
              "configuration)"});
}

TEST_CASE("a commit that is not there is an error") {
  Fixture fixture;
  fixture.commit({{"p/a.yaml", config_map("a")}});
  CHECK_FALSE(
      Renderer({})
          .render(fixture.repository, CommitId("1111111111111111111111111111111111111111"), plain_application("p"))
          .has_value());
}

}  // namespace
}  // namespace towline::render::test
