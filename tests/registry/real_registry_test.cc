#include "support/real_registry.h"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"
#include "registry/client.h"
#include "registry_asks.h"
#include "support/http_host.h"
#include "support/signing_key.h"

// The client against Debian's docker-registry, with images that skopeo pushed.
namespace towline::registry {

namespace {

using test::RealRegistry;

std::unique_ptr<Client> client_of(const RealRegistry& registry, const CredentialSource& credentials = {},
                                  std::vector<std::string> token_hosts = {}) {
  ClientOptions options;
  options.host = "registry.acme.example";
  options.url = registry.url();
  options.credentials = credentials;
  options.token_hosts = std::move(token_hosts);
  options.clock = std::make_shared<SystemClock>();
  return Client::create(std::move(options)).value();
}

}  // namespace

TEST_CASE("real registry: tags are listed, resolved and read") {
  if (!RealRegistry::available()) return;
  const auto registry = RealRegistry::start({}).value();
  const std::string digest =
      registry->push("acme/pay", "1.5.0", {{"org.opencontainers.image.version", "1.5.0"}}).value();
  REQUIRE(registry->push("acme/pay", "1.6.0", {{"org.opencontainers.image.version", "1.6.0"}}));
  const auto client = client_of(*registry);

  auto tags = client->tags("acme/pay").value().tags;
  std::sort(tags.begin(), tags.end());
  CHECK(tags == std::vector<image::Tag>{image::Tag("1.5.0"), image::Tag("1.6.0")});
  CHECK(client->resolve("acme/pay", image::Tag("1.5.0"))->str() == digest);
  const auto facts = client->facts("acme/pay", image::Digest(digest)).value();
  CHECK(facts.version == "1.5.0");
  CHECK(facts.created == parse_time("2026-11-17T12:00:00Z").value());
  const auto missing = client->resolve("acme/pay", image::Tag("9"));
  CHECK((!missing && missing.error().kind == ErrorKind::not_found));
  const auto other = client->tags("acme/other");
  CHECK((!other && other.error().kind == ErrorKind::not_found));
}

TEST_CASE("real registry: with a password, from the configuration or from Docker's file") {
  if (!RealRegistry::available()) return;
  RealRegistry::Options options;
  options.wants_password = true;
  const auto registry = RealRegistry::start(options).value();
  const std::string digest = registry->push("acme/pay", "1.5.0", {}).value();
  const std::string user = RealRegistry::kUser;
  const std::string password = RealRegistry::kPassword;

  CHECK(client_of(*registry, {"", user, Secret(password)})->resolve("acme/pay", image::Tag("1.5.0"))->str() == digest);
  const TemporaryDirectory directory = TemporaryDirectory::create("towline-docker").value();
  const auto file = directory.path() / "config.json";
  REQUIRE(write_file(
      file, R"({"auths":{"registry.acme.example":{"auth":")" + base64_encode(user + ":" + password) + "\"}}}"));
  CHECK(client_of(*registry, {file, "", Secret()})->facts("acme/pay", image::Digest(digest)));
  CHECK(message(client_of(*registry, {"", user, Secret("wrong")})->tags("acme/pay")) ==
        "asking the registry registry.acme.example for acme/pay/tags/list: it was refused (401); check the registry's "
        "credentials");
  CHECK(message(client_of(*registry)->tags("acme/pay")) ==
        "asking the registry registry.acme.example: it wants a user and a password, and none are configured");
}

namespace {

/// A token service (distribution's docs/spec/auth/token.md): to those who show the password it gives what they ask for,
/// as a JWT with its certificate, and to others nothing.
class TokenService {
 public:
  std::string url() const { return host_.url() + "/token"; }
  std::string authority() const { return host_.url().substr(std::string("http://").size()); }
  std::string certificate() const { return key_.certificate_pem(); }

  std::atomic<int> pull_tokens = 0;  ///< that were for pulling acme/pay and nothing more
  std::atomic<int> refused = 0;

 private:
  void answer(const httplib::Request& request, httplib::Response& response) {
    const std::string known = std::string(RealRegistry::kUser) + ":" + RealRegistry::kPassword;
    if (request.get_header_value("Authorization") != "Basic " + base64_encode(known) ||
        request.get_param_value("service") != "images") {
      ++refused;
      response.status = 401;
      return;
    }
    // repository:<name>:<actions>
    const std::string scope = request.get_param_value("scope");
    const std::vector<std::string_view> parts = split(scope, ':');
    Json access = Json::array();
    if (parts.size() == 3) {
      Json actions = Json::array();
      for (const std::string_view action : split(parts[2], ',')) actions.push_back(std::string(action));
      access.push_back({{"type", "repository"}, {"name", std::string(parts[1])}, {"actions", actions}});
    }
    if (scope == "repository:acme/pay:pull") ++pull_tokens;
    const std::int64_t now = std::chrono::floor<std::chrono::seconds>(SystemClock().now()).time_since_epoch().count();
    constexpr int kSeconds = 300;
    const Json header{{"typ", "JWT"}, {"alg", "RS256"}, {"x5c", Json::array({key_.certificate_base64()})}};
    const Json claims{{"iss", "tokens"},
                      {"sub", RealRegistry::kUser},
                      {"aud", "images"},
                      {"exp", now + kSeconds},
                      {"nbf", now - kSeconds},
                      {"iat", now},
                      {"jti", std::to_string(now)},
                      {"access", access}};
    response.set_content(dump_json(Json{{"token", key_.sign(header, claims)}, {"expires_in", kSeconds}}),
                         "application/json");
  }

  const test::SigningKey key_;
  const test::HttpHost host_{
      [this](const httplib::Request& request, httplib::Response& response) { answer(request, response); }};
};

}  // namespace

TEST_CASE("real registry: with tokens that a service signs, each for one repository's pulling") {
  if (!RealRegistry::available()) return;
  TokenService tokens;
  RealRegistry::Options options;
  options.token_realm = tokens.url();
  options.token_certificate = tokens.certificate();
  const auto registry = RealRegistry::start(options).value();
  const std::string digest =
      registry->push("acme/pay", "1.5.0", {{"org.opencontainers.image.version", "1.5.0"}}).value();
  const CredentialSource bot{"", RealRegistry::kUser, Secret(RealRegistry::kPassword)};

  const auto client = client_of(*registry, bot, {tokens.authority()});
  CHECK(client->resolve("acme/pay", image::Tag("1.5.0"))->str() == digest);
  CHECK(client->tags("acme/pay")->tags == std::vector<image::Tag>{image::Tag("1.5.0")});
  CHECK(client->facts("acme/pay", image::Digest(digest))->version == "1.5.0");
  CHECK(tokens.pull_tokens == 1);

  const std::string getting = "getting a token for the registry registry.acme.example: ";
  const auto wrong = client_of(*registry, {"", RealRegistry::kUser, Secret("wrong")}, {tokens.authority()});
  CHECK(message(wrong->tags("acme/pay")) ==
        getting + "http://" + tokens.authority() + " answered 401; check the registry's credentials");
  const int refused = tokens.refused;
  CHECK(message(client_of(*registry, bot)->tags("acme/pay")) ==
        getting + "the registry sends to http://" + tokens.authority() +
            ", which is not its own host; if that is right, name it under 'token_hosts'");
  CHECK(tokens.refused == refused);
}

}  // namespace towline::registry
