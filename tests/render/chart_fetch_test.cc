#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "render/chart_server.h"
#include "render/charts/chart_cache.h"
#include "render/declared.h"
#include "render/fetching_cache.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

namespace fs = std::filesystem;

std::string entry(const std::string& version, const std::string& url, const std::string& digest = "") {
  return "  - {name: lib, version: " + version + ", urls: ['" + url + "']" +
         (digest.empty() ? "" : ", digest: " + digest) + "}\n";
}

std::string index_of(const std::string& entries) { return "apiVersion: v1\nentries:\n  lib:\n" + entries; }

TEST_CASE("a chart of a chart repository is fetched once, and rendered by the real helm") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  const std::string old_chart = packed(*folder, "0.4.2");
  const std::string new_chart = packed(*folder, "0.5.0");
  ChartServer server;
  server.answer("/stable/index.yaml", index_of(entry("0.5.0", "charts/lib-0.5.0.tgz", sha256_hex(new_chart)) +
                                               entry("0.4.2", server.url() + "/stable/charts/lib-0.4.2.tgz")));
  server.answer("/stable/charts/lib-0.5.0.tgz", new_chart);
  server.answer("/stable/charts/lib-0.4.2.tgz", old_chart);
  const FetchingCache cache;
  Fixture fixture;
  const CommitId commit =
      fixture.commit({{"a.yaml", argo_application("app", "{repoURL: " + server.url() +
                                                             "/stable, chart: lib, targetRevision: 0.4.x}")}});
  Renderer::Options options;
  options.search_path = cache.options.search_path;
  options.chart_cache = cache.directory.path();
  options.allowed_hosts = {"127.0.0.1"};

  for (int time = 0; time < 2; ++time) {
    Renderer renderer(options);
    const Rendered rendered = render_declared(fixture, commit, "app", renderer);
    CHECK(problems(rendered) == Texts{});
    CHECK(keys(rendered).size() == 1);
  }

  CHECK(cache.files() == Texts{server.authority() + "/stable/lib-0.4.2.tgz"});
  CHECK(server.requests() == Texts{"/stable/index.yaml", "/stable/charts/lib-0.4.2.tgz"});
  CHECK(cache.said({server.url() + "/stable", "lib", "*"}) == "found " + server.authority() + "/stable/lib-0.4.2.tgz");
  CHECK(cache.said({server.url() + "/stable/", "lib", "0.5.0"}) ==
        "found " + server.authority() + "/stable/lib-0.5.0.tgz");
}

TEST_CASE("a chart repository that answers wrongly gives a finding, and nothing is kept") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  const std::string chart = packed(*folder, "1.0.0");
  struct Wrong {
    const char* name;
    std::string index;
    std::string chart;
    std::string said;
  };
  const std::string at_home = index_of(entry("1.0.0", "lib.tgz"));
  const Wrong cases[] = {
      {"no index", "", chart, "URL/index.yaml answers with status 404"},
      {"an index that is no YAML", "{]", chart, "its index.yaml cannot be read: line 1, column 2: "},
      {"a page in place of an index", "<html>please log in</html>", chart, "its index.yaml names no such chart"},
      {"no such chart", "entries: {other: []}", chart, "its index.yaml names no such chart"},
      {"no such version", index_of(entry("2.0.0", "lib.tgz")), chart, "its index.yaml names no such version of it"},
      {"a version without an address", index_of("  - {version: 1.0.0}\n"), chart,
       "its index.yaml does not say where that version lies"},
      {"an address that is none", index_of(entry("1.0.0", "ftp://127.0.0.1/lib.tgz")), chart,
       "its index.yaml names an address that is none, 'ftp://127.0.0.1/lib.tgz'"},
      {"a chart that is not there", at_home, "", "URL/lib.tgz answers with status 404"},
      {"another digest", index_of(entry("1.0.0", "lib.tgz", std::string(64, '0'))), chart,
       "what came has the digest " + sha256_hex(chart) + ", not the one that its index.yaml names"},
      {"something else than a chart", at_home, "<html>please log in</html>",
       "what came is no chart: it is no readable .tgz: "},
      {"a chart that is cut off", at_home, chart.substr(0, chart.size() / 2),
       "what came is no chart: it is no readable .tgz: "},
      {"a chart on another host", index_of(entry("1.0.0", "http://localhost:1/lib.tgz")), chart,
       "it leads to http://localhost:1/lib.tgz, which is not fetched unless 'localhost' stands under render.hosts too"},
  };
  for (const Wrong& wrong : cases) {
    DYNAMIC_SECTION(wrong.name) {
      ChartServer server;
      if (!wrong.index.empty()) server.answer("/index.yaml", wrong.index);
      if (!wrong.chart.empty()) server.answer("/lib.tgz", wrong.chart);
      const FetchingCache cache;

      const auto found = cache.find({server.url(), "lib", "1.0.0"});

      REQUIRE_FALSE(found.has_value());
      CHECK(found.error().kind == ErrorKind::unavailable);
      CHECK_THAT(found.error().message,
                 Catch::StartsWith("the chart 'lib' 1.0.0 of " + server.url() +
                                   " cannot be fetched: " + replace_all(wrong.said, "URL", server.url())));
      CHECK(cache.files() == Texts{});
    }
  }
}

TEST_CASE("a chart repository sends to no other host by redirects, and to an allowed one") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  ChartServer elsewhere;
  elsewhere.answer("/lib.tgz", packed(*folder, "1.0.0"));
  ChartServer server;
  server.answer("/index.yaml", index_of(entry("1.0.0", "go")));
  const std::string target = "http://localhost:" + elsewhere.port() + "/lib.tgz";
  server.redirect("/go", target);
  FetchingCache cache;

  CHECK(cache.said({server.url(), "lib", "1.0.0"}) ==
        "the chart 'lib' 1.0.0 of " + server.url() + " cannot be fetched: it leads to " + target +
            ", which is not fetched unless 'localhost' stands under render.hosts too");
  CHECK(elsewhere.requests() == Texts{});
  cache.options.allowed_hosts.emplace_back("localhost");
  CHECK(cache.said({server.url(), "lib", "1.0.0"}) == "found " + server.authority() + "/lib-1.0.0.tgz");
  CHECK(elsewhere.requests() == Texts{"/lib.tgz"});
}

TEST_CASE("a chart repository that redirects in a circle is given up") {
  ChartServer server;
  server.redirect("/index.yaml", "/index.yaml");
  CHECK(FetchingCache().said({server.url(), "lib", "1.0.0"}) ==
        "the chart 'lib' 1.0.0 of " + server.url() + " cannot be fetched: it redirects more than 5 times");
}

TEST_CASE("credentials go to their own host alone") {
  ChartServer elsewhere;
  ChartServer server;
  server.answer("/index.yaml", index_of(entry("1.0.0", elsewhere.url() + "/lib.tgz")));
  const std::string with_password = "http://bob:sesame@" + server.authority();

  const std::string said = FetchingCache().said({with_password, "lib", "1.0.0"});

  CHECK(server.authorizations() == Texts{"Basic " + base64_encode("bob:sesame")});
  CHECK(elsewhere.authorizations() == Texts{""});
  CHECK_THAT(said, !Catch::Contains("sesame"));
}

TEST_CASE("a chart that is larger than the limit is not read to its end") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  ChartServer server;
  server.answer("/index.yaml", index_of(entry("1.0.0", "lib.tgz")));
  FetchingCache cache;
  SECTION("as it is packed") {
    server.answer("/lib.tgz", std::string(3u << 20, 'x'));
    cache.options.max_bytes = 1u << 20;
    CHECK_THAT(cache.said({server.url(), "lib", "1.0.0"}),
               Catch::EndsWith("the answer is larger than the limit of 1048576 bytes"));
  }
  SECTION("as it unpacks") {
    server.answer("/lib.tgz", packed(*folder, "1.0.0", 2u << 20));
    cache.options.max_bytes = 1u << 20;
    CHECK_THAT(cache.said({server.url(), "lib", "1.0.0"}),
               Catch::EndsWith("what came is no chart: its unpacked size exceeds the limit of 1048576 bytes"));
  }
  CHECK(cache.files() == Texts{});
}

TEST_CASE("what a crash left of fetches is removed after an hour, and what is under way is left alone") {
  FetchingCache cache;
  const auto make = [&](const std::string& name, std::chrono::minutes age) {
    const fs::path path = cache.directory.path() / name;
    fs::create_directories(path / "deep");
    REQUIRE(write_file(path / "deep" / "file", "x").has_value());
    fs::last_write_time(path, fs::file_time_type::clock::now() - age);
  };
  make(".fetching-old", std::chrono::minutes(61));
  make(".fetching-living", std::chrono::minutes(59));
  make("charts.example.com", std::chrono::hours(1'000));
  make("kept", std::chrono::hours(1'000));
  fs::create_directory_symlink(cache.directory.path() / "kept", cache.directory.path() / ".fetching-link");
  const ChartCache started(cache.options);
  CHECK(cache.files() == Texts{".fetching-living/deep/file", "charts.example.com/deep/file", "kept/deep/file"});
  CHECK(fs::is_symlink(cache.directory.path() / ".fetching-link"));
}

/// A repository that is served, with a branch "main", a tag "v1" and a branch "v1.partial".
struct ServedRepository {
  Fixture fixture;
  CommitId first =
      fixture.commit({{"chart/Chart.yaml", "apiVersion: v2\nname: c\nversion: 1.0.0\n"}, {"a.txt", "one"}});
  CommitId second = fixture.commit({{"a.txt", "two"}}, first);
  GitServer server{fixture.directory.path()};
  ServedRepository() {
    REQUIRE(fixture.repository.set_ref("refs/heads/main", second).has_value());
    REQUIRE(fixture.repository.set_ref("refs/tags/v1", first).has_value());
    REQUIRE(fixture.repository.set_ref("refs/heads/v1.partial", second).has_value());
  }
  std::string address() const { return server.url() + "/repo.git"; }
};

TEST_CASE("a revision of a git repository is fetched, whatever names it") {
  const ServedRepository served;
  const struct {
    std::string revision;
    std::string text;
  } cases[] = {{"main", "two"}, {"v1", "one"}, {"HEAD", "two"}, {served.first.str(), "one"}, {"v1.partial", "two"}};
  for (const auto& test : cases) {
    CAPTURE(test.revision);
    const FetchingCache cache;
    const auto found = cache.find({served.address(), "", test.revision});
    if (!found) FAIL(found.error().message);
    CHECK(fs::relative(*found, cache.directory.path()) == served.server.authority() + "/repo@" + test.revision);
    CHECK(read_file(*found / "a.txt").value() == test.text);
    CHECK_FALSE(fs::exists(*found / ".git"));
    CHECK(cache.files().size() == 2);
  }
}

TEST_CASE("what a git server does not give is a finding, and nothing is left of it") {
  const ServedRepository served;
  FetchingCache cache;
  SECTION("no such revision") {
    CHECK(cache.said({served.address(), "", "v9"}) == "revision 'v9' of the git repository " + served.address() +
                                                          " cannot be fetched: fatal: couldn't find remote ref v9");
  }
  SECTION("no such repository") {
    CHECK_THAT(cache.said({served.server.url() + "/other.git", "", "v1"}),
               Catch::Contains("cannot be fetched: fatal: "));
  }
  SECTION("another host by a redirect") {
    ChartServer server;
    server.redirect("/repo.git/info/refs", served.address() + "/info/refs");
    CHECK_THAT(cache.said({server.url() + "/repo.git", "", "v1"}), Catch::Contains("cannot be fetched: fatal: "));
  }
  SECTION("a page in place of a repository") {
    ChartServer server;
    server.answer("/repo.git/info/refs", "<html>please log in</html>");
    CHECK_THAT(cache.said({server.url() + "/repo.git", "", "v1"}), Catch::Contains("cannot be fetched: fatal: "));
  }
  SECTION("git by another way") {
    cache.options.allowed_hosts.emplace_back("git.example.com");
    CHECK(cache.said({"git@git.example.com:acme/charts.git", "", "v1"}) ==
          "revision 'v1' of the git repository git@git.example.com:acme/charts.git cannot be fetched: git is spoken "
          "only over http and https");
  }
  CHECK(cache.files() == Texts{});
  CHECK_FALSE(cache.has_leftovers());
}

TEST_CASE("a git revision that is larger than the limit is not kept") {
  ServedRepository served;
  FetchingCache cache;
  cache.options.max_bytes = 1u << 20;
  const std::string too_large = " cannot be fetched: it is larger than the limit of 1048576 bytes";
  SECTION("as files that compress well") {
    const CommitId large = served.fixture.commit({{"zeros", std::string(8u << 20, '0')}}, served.second);
    REQUIRE(served.fixture.repository.set_ref("refs/heads/large", large).has_value());
  }
  SECTION("as many files of the same blob") {
    std::vector<git::PathEdit> edits;
    for (int i = 0; i < 64; ++i) edits.push_back({"f" + std::to_string(i), std::string(64u << 10, '0')});
    const CommitId large = served.fixture.commit(std::move(edits), served.second);
    REQUIRE(served.fixture.repository.set_ref("refs/heads/large", large).has_value());
  }
  SECTION("as it is transferred") {
    const CommitId large = served.fixture.commit({{"random", random_hex(4u << 20)}}, served.second);
    REQUIRE(served.fixture.repository.set_ref("refs/heads/large", large).has_value());
  }
  CHECK(cache.said({served.address(), "", "large"}) ==
        "revision 'large' of the git repository " + served.address() + too_large);
  CHECK(cache.files() == Texts{});
  CHECK_FALSE(cache.has_leftovers());
}

TEST_CASE("no name of a repository or revision leads to a fetch that is under way") {
  FetchingCache cache;
  cache.options.allowed_hosts.clear();
  fs::create_directories(cache.directory.path() / ".fetching-0123");
  fs::create_directories(cache.directory.path() / ".fetching-0123@x");
  for (const ChartName& name :
       {ChartName{"https://.fetching-0123", "", "x"}, ChartName{"https://a@.fetching-0123", "", "x"},
        ChartName{"https://.fetching-0123", "lib", "1.0.0"}}) {
    CAPTURE(name.repository);
    const auto found = cache.find(name);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().kind == ErrorKind::invalid);
  }
}

}  // namespace
}  // namespace towline::render::test
