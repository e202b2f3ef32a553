#include <httplib.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "registry/client.h"
#include "registry_asks.h"
#include "support/http_host.h"

// The client over real sockets, against hosts that count, refuse and lie.
namespace towline::registry {

namespace {

using test::HttpHost;

const std::string kDigest = "sha256:" + std::string(64, 'a');
const image::Tag kTag("1.5.0");

/// What a host was asked, from any of its threads.
class Heard {
 public:
  void add(const httplib::Request& request) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(request.method + " " + request.target);
    authorizations_.push_back(request.get_header_value("Authorization"));
  }
  std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  std::vector<std::string> authorizations() const {
    const std::lock_guard lock(mutex_);
    return authorizations_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
  std::vector<std::string> authorizations_;
};

struct Fixture {
  explicit Fixture(HttpHost::Answer answer)
      : host([this, answer](const httplib::Request& request, httplib::Response& response) {
          heard.add(request);
          answer(request, response);
        }) {}

  std::unique_ptr<Client> client(const CredentialSource& credentials = {}, const Connect& connect = {}) {
    ClientOptions options;
    options.host = "r.example";
    options.url = host.url();
    options.credentials = credentials;
    options.clock = clock;
    options.connect = connect;
    return Client::create(std::move(options)).value();
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(TimePoint(std::chrono::seconds(1'800'000'000)));
  Heard heard;
  HttpHost host;
};

/// Wants a token of its own address, which it gives for `credentials` ("" for anybody) and for `seconds`.
HttpHost::Answer token_registry(const std::string& credentials, int seconds) {
  return [=](const httplib::Request& request, httplib::Response& response) {
    const std::string authorization = request.get_header_value("Authorization");
    if (request.path == "/token") {
      response.status = credentials.empty() || authorization == "Basic " + base64_encode(credentials) ? 200 : 401;
      response.set_content(R"({"token":"t0","expires_in":)" + std::to_string(seconds) + "}", "application/json");
      return;
    }
    if (authorization == "Bearer t0") {
      response.set_header("Docker-Content-Digest", kDigest);
      return;
    }
    response.status = 401;
    response.set_header("WWW-Authenticate",
                        "Bearer realm=\"http://" + request.get_header_value("Host") + "/token\",service=\"images\"");
  };
}

/// A client whose answers come from a place of that kind, as far as they tell.
class Elsewhere final : public HttpClient {
 public:
  Elsewhere(std::unique_ptr<HttpClient> http, AddressScope scope) : http_(std::move(http)), scope_(scope) {}
  Result<HttpResponse> send(const HttpRequest& request) override {
    TRY(HttpResponse response, http_->send(request));
    response.peer = scope_;
    return response;
  }

 private:
  std::unique_ptr<HttpClient> http_;
  AddressScope scope_;
};

/// The most memory this process has had, in KiB.
long peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

}  // namespace

TEST_CASE("socket: a token is fetched with the service and the scope, used again, and renewed when it expires") {
  Fixture fixture(token_registry("bot:hush", 300));
  const auto client = fixture.client({"", "bot", Secret("hush")});
  CHECK(client->resolve("acme/pay", kTag)->str() == kDigest);
  CHECK(client->resolve("acme/pay", kTag)->str() == kDigest);
  const std::string head = "HEAD /v2/acme/pay/manifests/1.5.0";
  const std::string token = "GET /token?service=images&scope=repository%3Aacme%2Fpay%3Apull";
  CHECK(fixture.heard.lines() == std::vector<std::string>{head, token, head, head});
  CHECK(fixture.heard.authorizations() ==
        std::vector<std::string>{"", "Basic " + base64_encode("bot:hush"), "Bearer t0", "Bearer t0"});

  fixture.clock->advance(std::chrono::seconds(291));
  CHECK(client->resolve("acme/pay", kTag)->str() == kDigest);
  CHECK(fixture.heard.lines() == std::vector<std::string>{head, token, head, head, head, token, head});
}

TEST_CASE("socket: credentials come from Docker's file, read anew when they are needed") {
  Fixture fixture(token_registry("bot:new", 60));
  const TemporaryDirectory directory = TemporaryDirectory::create("towline-docker").value();
  const auto file = directory.path() / "config.json";
  const auto write = [&](const std::string& pair) {
    REQUIRE(write_file(file, R"({"auths":{"https://r.example/v1/":{"auth":")" + base64_encode(pair) + "\"}}}"));
  };
  write("bot:old");
  const auto client = fixture.client({file, "", Secret()});
  CHECK(message(client->resolve("acme/pay", kTag)) ==
        "getting a token for the registry r.example: " + fixture.host.url() +
            " answered 401; check the registry's credentials");
  write("bot:new");
  CHECK(client->resolve("acme/pay", kTag)->str() == kDigest);
}

TEST_CASE("socket: nobody in particular gets a token too, where the registry gives one") {
  Fixture fixture(token_registry("", 300));
  CHECK(fixture.client()->resolve("acme/pay", kTag)->str() == kDigest);
  CHECK(fixture.heard.authorizations() == std::vector<std::string>{"", "", "Bearer t0"});
}

TEST_CASE("socket: a registry that has had enough is left alone for as long as it says") {
  std::atomic<bool> enough = true;
  Fixture fixture([&](const httplib::Request&, httplib::Response& response) {
    response.status = enough ? 429 : 200;
    response.set_header("Retry-After", "90");
    response.set_header("Docker-Content-Digest", kDigest);
  });
  const auto client = fixture.client();
  CHECK(message(client->resolve("acme/pay", kTag)) == "the registry r.example asks to be left alone for 1m 30s (429)");
  enough = false;
  fixture.clock->advance(std::chrono::seconds(89));
  CHECK_FALSE(client->resolve("acme/pay", kTag));
  CHECK(fixture.heard.lines().size() == 1);
  fixture.clock->advance(std::chrono::seconds(1));
  CHECK(client->resolve("acme/pay", kTag));
}

TEST_CASE("socket: a layer may be on another host, which is shown no credentials and over TLS only") {
  const std::string config = R"({"config":{"Labels":{"org.opencontainers.image.version":"1.5.0"}}})";
  const std::string manifest = R"({"config":{"digest":"sha256:)" + sha256_hex(config) + "\"}}";
  const test::SigningKey key;
  Heard elsewhere;
  const HttpHost storage(
      [&](const httplib::Request& request, httplib::Response& response) {
        elsewhere.add(request);
        response.set_content(config, "application/json");
      },
      key);
  std::string target = "https://cdn.example.com/layer?signature=s";
  Fixture fixture([&](const httplib::Request& request, httplib::Response& response) {
    if (request.get_header_value("Authorization").empty()) {
      response.status = 401;
      response.set_header("WWW-Authenticate", "Basic realm=\"r\"");
    } else if (request.path.find("/blobs/") != std::string::npos) {
      response.status = 307;
      response.set_header("Location", target);
    } else {
      response.set_content(manifest, "application/json");
    }
  });
  // The one name that is looked up elsewhere: it stands for any public host.
  const Connect connect = [&](std::string_view origin, HttpReach) {
    return make_http_client(origin == "https://cdn.example.com" ? storage.url() : std::string(origin), std::nullopt);
  };
  const auto client = fixture.client({"", "bot", Secret("hush")}, connect);
  const image::Digest digest("sha256:" + sha256_hex(manifest));
  CHECK(client->facts("acme/pay", digest)->version == "1.5.0");
  CHECK(elsewhere.lines() == std::vector<std::string>{"GET /layer?signature=s"});
  CHECK(elsewhere.authorizations() == std::vector<std::string>{""});

  target = storage.url() + "/layer";
  CHECK(message(client->facts("acme/pay", digest)) ==
        "following the registry r.example to a layer: the redirect leads to " + storage.url() +
            ", which is neither the same host nor a public one over https; it is not followed");
  CHECK(elsewhere.lines().size() == 1);
}

TEST_CASE("socket: a layer's host whose public name leads inside is not asked") {
  const std::string config = "{}";
  const std::string manifest = R"({"config":{"digest":"sha256:)" + sha256_hex(config) + "\"}}";
  Heard inside;
  const HttpHost service([&](const httplib::Request& request, httplib::Response&) { inside.add(request); });
  const std::string target = "https://cdn.example.com:" + std::to_string(service.port());
  Fixture fixture([&](const httplib::Request& request, httplib::Response& response) {
    if (request.path.find("/blobs/") == std::string::npos) return response.set_content(manifest, "application/json");
    response.set_redirect(target + "/latest/meta-data?token=t");
  });
  struct Case {
    const char* registry;  ///< where the registry's own name leads, as the client is told
    const char* storage;
    std::string refused;
  };
  const std::string internet = ", which is no address of the internet; it is not asked";
  const std::string special = ", which is of this machine or its link; it is not asked";
  // The registry is on this machine; that it is elsewhere can only be said, not done.
  const std::vector<Case> cases = {{"8.8.8.8", "127.0.0.1", "127.0.0.1" + internet},
                                   {"8.8.8.8", "10.1.2.3", "10.1.2.3" + internet},
                                   {"8.8.8.8", "fd12::1", "fd12::1" + internet},
                                   {"8.8.8.8", "169.254.169.254", "169.254.169.254" + internet},
                                   {"10.0.0.1", "127.0.0.1", "127.0.0.1" + special},
                                   {"10.0.0.1", "169.254.169.254", "169.254.169.254" + special},
                                   {"10.0.0.1", "::1", "::1" + special}};
  for (const auto& [registry, storage, refused] : cases) {
    INFO(registry << " " << storage);
    const Connect connect = [&, registry = registry, storage = storage](
                                std::string_view origin, HttpReach reach) -> Result<std::unique_ptr<HttpClient>> {
      if (origin == fixture.host.url()) {
        TRY(auto http, make_http_client(origin, std::nullopt));
        return std::make_unique<Elsewhere>(std::move(http), IpAddress::parse(registry)->scope());
      }
      const auto resolve = [storage](const std::string&, auto) {
        return Result<std::vector<IpAddress>>({*IpAddress::parse(storage)});
      };
      return make_http_client(origin, std::nullopt, {reach, resolve});
    };
    CHECK(message(fixture.client({}, connect)->facts("acme/pay", image::Digest("sha256:" + sha256_hex(manifest)))) ==
          "following the registry r.example to a layer: GET " + target +
              "/latest/meta-data: the host's name leads to " + refused);
  }
  CHECK(inside.lines().empty());
}

TEST_CASE("socket: pages of tags without end are given up") {
  std::atomic<int> count = 0;
  std::string link = "</v2/acme/pay/tags/list?n=1000>; rel=\"next\"";
  Fixture same([&](const httplib::Request&, httplib::Response& response) {
    response.set_header("Link", link);
    response.set_content(R"({"tags":["a"]})", "application/json");
  });
  CHECK(message(same.client()->tags("acme/pay")) ==
        "asking the registry r.example: the pages of the tags of acme/pay do not come to an end");
  CHECK(same.heard.lines().size() == 2);

  Fixture fresh([&](const httplib::Request&, httplib::Response& response) {
    const std::string number = std::to_string(++count);
    response.set_header("Link", "</v2/acme/pay/tags/list?last=" + number + ">; rel=\"next\"");
    response.set_content(R"({"tags":["t)" + number + "\"]}", "application/json");
  });
  CHECK(message(fresh.client()->tags("acme/pay")) ==
        "asking the registry r.example: acme/pay has over 100 pages of tags");
  CHECK(fresh.heard.lines().size() == 100);
}

TEST_CASE("socket: tags with control characters are left out and counted") {
  Fixture fixture([](const httplib::Request&, httplib::Response& response) {
    response.set_content("{\"tags\":[\"1.5.0\",\"1.6.0\\u001b[2J\",\"a\\nb\",\"\\u0000\",\"\\u202e1\"]}",
                         "application/json");
  });
  const auto list = fixture.client()->tags("acme/pay").value();
  CHECK(list.tags == std::vector<image::Tag>{image::Tag("1.5.0")});
  CHECK(list.refused == 4);
}

TEST_CASE("socket: a manifest of 100 MB is cut at the limit, in bounded memory") {
  constexpr std::size_t kHuge = 100'000'000;
  constexpr std::size_t kPiece = 64u << 10;
  std::atomic<std::size_t> sent = 0;
  Fixture fixture([&](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "HEAD") {
      response.status = 405;
      return;
    }
    response.set_content_provider(kHuge, "application/json",
                                  [&](std::size_t, std::size_t left, httplib::DataSink& sink) {
                                    static const std::string kBlanks(kPiece, ' ');
                                    const std::size_t size = std::min(left, kPiece);
                                    if (!sink.write(kBlanks.data(), size)) return false;
                                    sent += size;
                                    return true;
                                  });
  });
  const auto client = fixture.client();
  const std::string limit = ": the answer is larger than the limit of 4194304 bytes";
  const std::string start = "asking the registry r.example: GET " + fixture.host.url() + "/v2/acme/pay/manifests/";
  const long before = peak_memory();
  CHECK(message(client->resolve("acme/pay", kTag)) == start + "1.5.0" + limit);
  CHECK(message(client->facts("acme/pay", image::Digest(kDigest))) == start + kDigest + limit);
  CHECK(sent >= 2 * (4u << 20));
  CHECK(sent < kHuge);
  constexpr long kMostKilobytes = 48 << 10;
  CHECK(peak_memory() - before < kMostKilobytes);
}

}  // namespace towline::registry
