#include <httplib.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/crypto.h"
#include "base/text.h"
#include "render/chart_server.h"
#include "render/fetching_cache.h"
#include "support/http_host.h"
#include "support/real_registry.h"
#include "support/real_tools.h"

namespace towline::render::test {
namespace {

/// A registry with the chart, put there by the real helm.
std::unique_ptr<towline::test::RealRegistry> registry_with(const std::string& folder, const std::string& chart) {
  auto registry = towline::test::RealRegistry::start({}).value();
  const auto work = TemporaryDirectory::create("towline-push-").value();
  REQUIRE(write_file(work.path() / "chart.tgz", chart).has_value());
  ProcessSpec spec;
  spec.argv = {"helm", "push", (work.path() / "chart.tgz").string(), "oci://" + registry->authority() + "/acme",
               "--plain-http"};
  spec.environment = {{"HOME", work.path().string()}};
  spec.search_path = folder;
  const auto output = run_process(spec).value();
  INFO(output.standard_error);
  REQUIRE(output.exit_code == 0);
  return registry;
}

TEST_CASE("a chart that the real helm pushed to an OCI registry is fetched") {
  const auto folder = towline::test::real_tools();
  if (!folder || !towline::test::RealRegistry::available()) return;
  const auto registry = registry_with(*folder, packed(*folder, "0.4.2"));
  const FetchingCache cache;
  const std::string found = "found " + registry->authority() + "/acme/lib-0.4.2.tgz";

  CHECK(cache.said({"oci://" + registry->authority() + "/acme", "lib", "0.4.2"}) == found);
  CHECK(cache.said({registry->authority() + "/acme", "lib", "0.x"}) == found);
  CHECK(cache.files() == Texts{registry->authority() + "/acme/lib-0.4.2.tgz"});
}

/// What an OCI registry says of a chart.
std::string manifest_of(const std::string& chart) {
  return R"({"layers":[{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":"sha256:)" +
         sha256_hex(chart) + "\"}]}";
}

TEST_CASE("a chart of an OCI registry is fetched once, and not at all where its host is not allowed") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  const std::string chart = packed(*folder, "0.4.2");
  std::atomic<int> asked = 0;
  const towline::test::HttpHost host([&](const httplib::Request& request, httplib::Response& response) {
    ++asked;
    const bool layer = request.path.find("/blobs/") != std::string::npos;
    response.set_content(layer ? chart : manifest_of(chart), "application/json");
  });
  const std::string authority = "127.0.0.1:" + std::to_string(host.port());
  FetchingCache cache;
  cache.options.allowed_hosts = {"127.0.0.1.example.com"};
  CHECK_THAT(cache.said({"oci://" + authority + "/acme", "lib", "0.4.2"}),
             Catch::Contains("is not in the chart cache"));
  CHECK(asked == 0);
  cache.options.allowed_hosts = {"127.0.0.1"};
  for (int time = 0; time < 2; ++time) {
    CHECK(cache.said({"oci://" + authority + "/acme", "lib", "0.4.2"}) == "found " + authority + "/acme/lib-0.4.2.tgz");
  }
  CHECK(asked == 4);  // the tag, in two ways, its manifest, the layer
}

struct Lie {
  const char* name;
  std::function<void(const httplib::Request&, httplib::Response&)> lie;
  std::string said;  ///< at its end; AUTHORITY stands for the registry's
};

TEST_CASE("an OCI registry that lies gives no chart, and has nobody else asked") {
  const auto folder = towline::test::real_tools();
  if (!folder) return;
  const std::string chart = packed(*folder, "0.4.2");
  ChartServer inside;
  const auto is_layer = [](const httplib::Request& request) {
    return request.path.find("/blobs/") != std::string::npos;
  };
  const Lie lies[] = {
      {"the truth", [](const auto&, auto&) {}, "found AUTHORITY/acme/lib-0.4.2.tgz"},
      {"a layer on a host inside",
       [&](const auto& request, auto& response) {
         if (is_layer(request)) response.set_redirect(inside.url() + "/latest/meta-data");
       },
       "the redirect leads to " + inside.url() +
           ", which is neither the same host nor a public one over https; it is not followed"},
      {"a layer that is another",
       [&](const auto& request, auto& response) {
         if (is_layer(request)) response.set_content("x", "text/plain");
       },
       "is not what its digest says"},
      {"a token from somebody else",
       [&](const auto&, auto& response) {
         response.status = 401;
         response.set_header("WWW-Authenticate", "Bearer realm=\"https://evil.example/token\"");
       },
       "which is not its own host; if that is right, name it under render.hosts"},
      {"a layer of 100 MB",
       [&](const auto& request, auto& response) {
         if (is_layer(request)) response.set_content(std::string(100'000'000, ' '), "text/plain");
       },
       "the answer is larger than the limit of 67108864 bytes"},
  };
  for (const Lie& test : lies) {
    DYNAMIC_SECTION(test.name) {
      const towline::test::HttpHost host([&](const httplib::Request& request, httplib::Response& response) {
        response.set_content(is_layer(request) ? chart : manifest_of(chart), "application/json");
        test.lie(request, response);
      });
      const std::string authority = "127.0.0.1:" + std::to_string(host.port());
      const FetchingCache cache;
      CHECK_THAT(cache.said({"oci://" + authority + "/acme", "lib", "0.4.2"}),
                 Catch::EndsWith(replace_all(test.said, "AUTHORITY", authority)));
    }
  }
  CHECK(inside.requests().empty());
}

TEST_CASE("what an OCI registry does not give is a finding") {
  const auto folder = towline::test::real_tools();
  if (!folder || !towline::test::RealRegistry::available()) return;
  const auto registry = registry_with(*folder, packed(*folder, "0.4.2"));
  const std::string address = "oci://" + registry->authority() + "/acme";
  FetchingCache cache;
  SECTION("no such version") {
    CHECK_THAT(cache.said({address, "lib", "9.9.9"}),
               Catch::StartsWith("the chart 'lib' 9.9.9 of " + address + " cannot be fetched: ") &&
                   Catch::Contains("there is no such thing"));
  }
  SECTION("no such chart") {
    CHECK_THAT(cache.said({address, "other", "0.4.2"}),
               Catch::StartsWith("the chart 'other' 0.4.2 of " + address + " cannot be fetched: "));
  }
  SECTION("a chart that is too large") {
    cache.options.max_bytes = 100;
    CHECK(cache.said({address, "lib", "0.4.2"}) ==
          "the chart 'lib' 0.4.2 of " + address + " cannot be fetched: it is larger than the limit of 100 bytes");
  }
  SECTION("an image that is no chart") {
    REQUIRE(registry->push("acme/image", "1.0.0", {}).has_value());
    CHECK_THAT(cache.said({address, "image", "1.0.0"}),
               Catch::StartsWith("the chart 'image' 1.0.0 of " + address + " cannot be fetched: "));
  }
  CHECK(cache.files() == Texts{});
}

}  // namespace
}  // namespace towline::render::test
