#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>

#include "render/charts/chart_cache.h"
#include "render/declared.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

namespace fs = std::filesystem;

void put_file(const fs::path& path, const std::string& text = "x") {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

struct Cache {
  TemporaryDirectory directory = TemporaryDirectory::create("towline-charts-").value();
  ChartCache::Options options;
  Cache() {
    options.directory = directory.path();
    options.search_path = "/nonexistent";
  }
  std::string find(const ChartName& name) const {
    const auto found = ChartCache(options).find(name);
    return found ? fs::relative(*found, directory.path()).string() : found.error().message;
  }
};

TEST_CASE("a chart lies under its repository's address, chart and version") {
  Cache cache;
  put_file(cache.directory.path() / "charts.example.com/stable/redis-1.2.3.tgz");
  put_file(cache.directory.path() / "registry.example.com:5000/acme/redis-2.0.0.tgz");
  put_file(cache.directory.path() / "git.example.com/acme/charts@v1/Chart.yaml");
  CHECK(cache.find({"https://charts.example.com/stable", "redis", "1.2.3"}) ==
        "charts.example.com/stable/redis-1.2.3.tgz");
  CHECK(cache.find({"https://bob:pw@charts.example.com/stable/", "redis", "1.2.3"}) ==
        "charts.example.com/stable/redis-1.2.3.tgz");
  CHECK(cache.find({"oci://registry.example.com:5000/acme", "redis", "2.0.0"}) ==
        "registry.example.com:5000/acme/redis-2.0.0.tgz");
  CHECK(cache.find({"registry.example.com:5000", "acme/redis", "2.0.0"}) ==
        "registry.example.com:5000/acme/redis-2.0.0.tgz");
  CHECK(cache.find({"https://git.example.com/acme/charts.git", "", "v1"}) == "git.example.com/acme/charts@v1");
  CHECK(cache.find({"git@git.example.com:acme/charts.git", "", "v1"}) == "git.example.com/acme/charts@v1");
}

TEST_CASE("of the versions that a constraint allows the highest that is there is taken") {
  Cache cache;
  for (const char* version : {"1.2.9", "1.10.0", "2.0.0", "3.0.0-rc.1"}) {
    put_file(cache.directory.path() / "c.example.com" / ("redis-" + std::string(version) + ".tgz"));
  }
  CHECK(cache.find({"https://c.example.com", "redis", "1.x"}) == "c.example.com/redis-1.10.0.tgz");
  CHECK(cache.find({"https://c.example.com", "redis", "*"}) == "c.example.com/redis-2.0.0.tgz");
  CHECK(cache.find({"https://c.example.com", "redis", "3.0.0-rc.1"}) == "c.example.com/redis-3.0.0-rc.1.tgz");
}

TEST_CASE("a chart that is not there is told with how to put it there") {
  const Cache cache;
  CHECK(
      cache.find({"https://c.example.com/a", "redis", "1.2.3"}) ==
      "the chart 'redis' 1.2.3 of https://c.example.com/a is not in the chart cache, so what changes is not shown. Put "
      "it there (helm pull redis --repo https://c.example.com/a --version '1.2.3' --destination "
      "CHARTS/c.example.com/a/, where CHARTS is the cache's directory), or allow 'c.example.com' under render.hosts");
  CHECK(
      cache.find({"https://g.example.com/a/b", "", "v1"}) ==
      "revision 'v1' of the git repository https://g.example.com/a/b is not in the chart cache, so what changes is not "
      "shown. Put it there (git clone --depth 1 --branch v1 https://g.example.com/a/b CHARTS/g.example.com/a/b@v1, "
      "where "
      "CHARTS is the cache's directory), or allow 'g.example.com' under render.hosts");
}

TEST_CASE("names that could lead elsewhere, on disk or in a shell, are refused") {
  const Cache cache;
  const ChartName names[] = {{"https://../../etc", "redis", "1.0.0"},
                             {"https://c.example.com", "../redis", "1.0.0"},
                             {"https://c.example.com", "redis", "1'; rm -rf /"},
                             {"https://c.example.com/$(id)", "redis", "1.0.0"},
                             {"--upload-pack=x", "", "v1"},
                             {"https://c.example.com", "", "../v1"},
                             {"https://c.example.com", "--debug", "1.0.0"}};
  for (const ChartName& name : names) {
    CAPTURE(name.repository, name.chart, name.version);
    const auto found = ChartCache(cache.options).find(name);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().kind == ErrorKind::invalid);
  }
}

/// Packs a test chart with the real helm.
void package(const std::string& folder, const fs::path& chart, const fs::path& into) {
  fs::create_directories(into);
  ProcessSpec spec;
  spec.argv = {"helm", "package", chart.string(), "--destination", into.string()};
  spec.environment = {{"HOME", into.string()}};
  spec.search_path = folder;
  const auto output = run_process(spec);
  REQUIRE(output.has_value());
  REQUIRE(output->standard_error.empty());
}

TEST_CASE("the real helm renders a chart of the cache, with values of this repository") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  Cache cache;
  package(*folder, chart_directory("lib"), cache.directory.path() / "charts.example.com/stable");
  const CommitId commit = fixture.commit(
      {{"a.yaml", multi_source_application("app", {"{repoURL: https://charts.example.com/stable, chart: lib, "
                                                   "targetRevision: 0.x, helm: {valueFiles: [values.yaml, "
                                                   "$v/values/lib.yaml]}}",
                                                   "{repoURL: https://git.example.com/infra, ref: v}"})},
       {"values/lib.yaml", "suffix: of-the-repository\n"}});
  Renderer::Options options;
  options.search_path = *folder;
  options.chart_cache = cache.directory.path();
  Renderer renderer(options);
  const Rendered rendered = render_declared(fixture, commit, "app", renderer);
  CHECK(problems(rendered) == Texts{});
  CHECK(keys(rendered) == Texts{"ConfigMap shop/lib-of-the-repository"});
}

TEST_CASE("the real helm finds the dependencies of a chart in the cache") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  Cache cache;
  package(*folder, chart_directory("lib"), cache.directory.path() / "registry.example.com/acme");
  const CommitId commit =
      fixture.commit({{"a.yaml", argo_application("app", "{repoURL: https://git.example.com/infra, path: chart}")},
                      {"chart/Chart.yaml",
                       "apiVersion: v2\nname: chart\nversion: 1.0.0\ndependencies:\n- {name: lib, version: ^0.4.0, "
                       "repository: 'oci://registry.example.com/acme'}\n"},
                      {"chart/values.yaml", "lib: {suffix: of-the-parent}\n"}});
  Renderer::Options options;
  options.search_path = *folder;
  Renderer without(options);
  const Texts said = problems(render_declared(fixture, commit, "app", without));
  REQUIRE(said.size() == 1);
  CHECK(
      said[0].starts_with("chart:0: the chart 'lib' ^0.4.0 of oci://registry.example.com/acme is not in the chart "
                          "cache, so what changes is not shown."));
  options.chart_cache = cache.directory.path();
  Renderer with(options);
  const Rendered rendered = render_declared(fixture, commit, "app", with);
  CHECK(keys(rendered) == Texts{"ConfigMap shop/lib-of-the-parent"});
  REQUIRE(rendered.uses.size() == 1);
  CHECK(rendered.uses[0].path == "chart/Chart.yaml");
  CHECK(rendered.uses[0].what == "lib ^0.4.0");
  CHECK(rendered.uses[0].depends == "the newest version in the registry");
}

TEST_CASE("a source in another git repository is rendered from the cache, with values of this one") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  Fixture fixture;
  Cache cache;
  const fs::path other = cache.directory.path() / "git.example.com/acme/charts@v1";
  fs::create_directories(other);
  fs::copy(chart_directory("lib"), other / "lib", fs::copy_options::recursive);
  const CommitId commit = fixture.commit(
      {{"a.yaml", multi_source_application("app", {"{repoURL: https://git.example.com/acme/charts, path: lib, "
                                                   "targetRevision: v1, helm: {valueFiles: [$v/values/lib.yaml]}}",
                                                   "{repoURL: https://git.example.com/infra, ref: v}",
                                                   "{repoURL: https://git.example.com/infra, path: values, directory: "
                                                   "{exclude: '*'}}"})},
       {"values/lib.yaml", "suffix: of-the-repository\n"}});
  Renderer::Options options;
  options.search_path = *folder;
  options.chart_cache = cache.directory.path();
  Renderer renderer(options);
  const Rendered rendered = render_declared(fixture, commit, "app", renderer);
  CHECK(problems(rendered) == Texts{});
  CHECK(keys(rendered) == Texts{"ConfigMap shop/lib-of-the-repository"});
}

}  // namespace
}  // namespace towline::render::test
