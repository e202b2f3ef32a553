#include "registry/credentials.h"

#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "base/files.h"
#include "registry_asks.h"

namespace towline::registry {

namespace {

std::string auths(const std::string& host, const std::string& entry) {
  return R"({"auths":{")" + host + R"(":)" + entry + "}}";
}
const std::string kEntry = R"({"auth":")" + base64_encode("bot:p:w") + "\"}";

}  // namespace

TEST_CASE("what docker login wrote is read, whatever spelling of the registry it used") {
  for (const char* host :
       {"registry.example.com", "https://registry.example.com", "https://registry.example.com/v1/"}) {
    const Credentials read = parse_docker_config(auths(host, kEntry), "registry.example.com").value();
    CHECK(read.username == "bot");
    CHECK(read.password.reveal() == "p:w");
  }
  CHECK(parse_docker_config(auths("https://index.docker.io/v1/", kEntry), "docker.io")->username == "bot");
  const auto token = parse_docker_config(auths("r.example", R"({"identitytoken":"t0"})"), "r.example").value();
  CHECK(token.identity_token.reveal() == "t0");
}

TEST_CASE("another registry's credentials are never taken") {
  CHECK(parse_docker_config(auths("registry.example.com", kEntry), "registry.example.com:5000")->empty());
  CHECK(parse_docker_config(auths("example.com", kEntry), "registry.example.com")->empty());
  CHECK(parse_docker_config("{}", "registry.example.com")->empty());
}

TEST_CASE("credential helpers are not run, and that is said") {
  const std::string why =
      "a credential helper keeps the credentials for r.example, and helpers are not run: write them under 'auths', or "
      "give a username and a password";
  CHECK(message(parse_docker_config(R"({"credHelpers":{"r.example":"ecr-login"}})", "r.example")) == why);
  CHECK(message(parse_docker_config(R"({"auths":{"r.example":{}},"credsStore":"desktop"})", "r.example")) == why);
  CHECK(parse_docker_config(R"({"auths":{"other.example":{}},"credsStore":"desktop"})", "r.example")->empty());
}

TEST_CASE("a file of another shape is refused without repeating it") {
  const std::string start = "the file is not Docker's config.json: ";
  CHECK(message(parse_docker_config("hush", "r.example")) == start + "it is not a JSON object");
  CHECK(message(parse_docker_config(auths("r.example", R"({"auth":"%"})"), "r.example")) ==
        start + "an 'auth' is not the base64 of user:password");
  CHECK(message(parse_docker_config(auths("r.example", R"({"auth":"aHVzaA=="})"), "r.example")) ==
        start + "an 'auth' is not the base64 of user:password");
}

TEST_CASE("the file is read anew, so that renewed credentials are found") {
  const TemporaryDirectory directory = TemporaryDirectory::create("towline-docker").value();
  const CredentialSource source{directory.path() / "config.json", "", Secret()};
  CHECK_FALSE(read_credentials(source, "r.example"));
  REQUIRE(write_file(source.docker_config, auths("r.example", kEntry)));
  CHECK(read_credentials(source, "r.example")->password.reveal() == "p:w");
  REQUIRE(write_file(source.docker_config, auths("r.example", R"({"username":"bot","password":"new"})")));
  CHECK(read_credentials(source, "r.example")->password.reveal() == "new");
}

}  // namespace towline::registry
