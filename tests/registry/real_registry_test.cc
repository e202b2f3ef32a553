#include "support/real_registry.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "base/files.h"
#include "registry/client.h"
#include "registry_asks.h"

// The client against Debian's docker-registry, with images that skopeo pushed.
namespace towline::registry {

namespace {

using test::RealRegistry;

std::unique_ptr<Client> client_of(const RealRegistry& registry, const CredentialSource& credentials = {}) {
  ClientOptions options;
  options.host = "registry.acme.example";
  options.url = registry.url();
  options.credentials = credentials;
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

}  // namespace towline::registry
