#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/files.h"
#include "config/server.h"
#include "support/paths.h"

namespace towline::config {

namespace {

const EnvironmentVariables kEnvironment = {{"TOKEN", "t0ken"},
                                           {"HOOK", "h00k"},
                                           {"SECRET", "a-secret-of-24-letters_1"},
                                           {"SHORT", "short"},
                                           {"PASSWORD", "p"}};
const std::string kForge = R"(
forges:
  - name: gitea
    kind: gitea
    url: https://git.example.com
    token: {env: TOKEN}
    webhook_secrets: [{env: HOOK}]
    repositories: [acme/infra]
)";

Result<ServerConfig> parse(const std::string& registries) {
  return parse_server_config("towline.yaml", "registries: [" + registries + "]" + kForge, kEnvironment);
}

std::string message(const std::string& registries) {
  const auto config = parse(registries);
  return config ? "" : config.error().message;
}

}  // namespace

TEST_CASE("a registry that is asked is read with all its keys") {
  const auto config = parse(
      "{name: images, kind: oci, host: Registry.Example.com, url: \"http://127.0.0.1:5000/\", "
      "credentials: {username: bot, password: {env: PASSWORD}}, token_hosts: [Auth.Example.com], "
      "poll: 5m}");
  REQUIRE(config);
  CHECK(config->registries.empty());
  REQUIRE(config->oci.size() == 1);
  const OciConfig& oci = config->oci[0];
  CHECK(oci.name == "images");
  CHECK(oci.host == "registry.example.com");
  CHECK(oci.url == "http://127.0.0.1:5000");
  CHECK(oci.credentials.username == "bot");
  CHECK(oci.credentials.password.reveal() == "p");
  CHECK(oci.token_hosts == std::vector<std::string>{"auth.example.com"});
  CHECK(oci.poll == std::chrono::minutes(5));
}

TEST_CASE("the tolerance of signed times is read, bounded, and of no kind that signs none") {
  CHECK(parse("{name: ci, kind: generic, secret: {env: SECRET}}")->registries[0].tolerance == std::chrono::minutes(5));
  CHECK(parse("{name: ci, kind: generic, secret: {env: SECRET}, tolerance: 90s}")->registries[0].tolerance ==
        std::chrono::seconds(90));
  for (const std::string wrong : {"9s", "2h"}) {
    CHECK(message("{name: ci, kind: generic, secret: {env: SECRET}, tolerance: " + wrong + "}") ==
          "towline.yaml:1:74: 'registries.tolerance' must be from 10s to 1h");
  }
  CHECK(message("{name: hub, kind: distribution, secret: {env: SECRET}, tolerance: 90s}") ==
        "towline.yaml:1:80: a registry of kind 'distribution' has no 'tolerance'");
}

TEST_CASE("Docker Hub is one registry, however it is called") {
  CHECK(parse("{name: a, kind: oci, host: index.docker.io}")->oci[0].host == "docker.io");
}

TEST_CASE("Google's issuer and keys are the usual ones unless others are named") {
  const auto config = parse("{name: gar, kind: google, audience: https://t.example, email: a@b.example}");
  REQUIRE(config);
  const RegistryConfig& google = config->registries[0];
  CHECK(google.tokens.issuer == "https://accounts.google.com");
  CHECK(google.token_keys == "https://www.googleapis.com/oauth2/v3/certs");
  CHECK(google.tokens.audience == "https://t.example");
  CHECK(google.tokens.email == "a@b.example");
}

TEST_CASE("what a kind needs and what it does not have is said") {
  struct Case {
    std::string registries;
    std::string message;
  };
  const std::string proof = "what proves that a notification is its own";
  const std::vector<Case> cases = {
      {"{name: a, kind: ghcr}", "1:14: the key 'registries.secret' is missing: " + proof},
      {"{name: a, kind: docker-hub, secret: {env: SHORT}}",
       "1:50: the secret of 'docker-hub' is part of its hook's address: it must be at least 16 letters, digits, '-' "
       "and "
       "'_'"},
      {"{name: a, kind: gitea, secret: {env: SECRET}}",
       "1:14: the key 'registries.host' is missing: the notifications of 'gitea' do not tell the registry's name"},
      {"{name: a, kind: nexus, secret: {env: SECRET}, host: n.example}",
       "1:13: the notifications of 'a' do not tell tags: add a registry of kind 'oci' with the host 'n.example', which "
       "is then asked for them"},
      {"{name: a, kind: google, email: a@b.example}",
       "1:14: the key 'registries.audience' is missing: what the subscription's tokens are made for"},
      {"{name: a, kind: google, audience: x, email: e, keys: \"http://k.example\"}",
       "1:67: 'registries.keys' must be an https address or a file: over http anybody on the way could put a key of "
       "their "
       "own there"},
      {"{name: a, kind: google, secret: {env: SECRET}}", "1:46: a registry of kind 'google' has no 'secret'"},
      {"{name: a, kind: generic, secret: {env: SECRET}, poll: 5m}", "1:68: a registry of kind 'generic' has no 'poll'"},
      {"{name: a, kind: oci}", "1:14: the key 'registries.host' is missing: which registry is asked"},
      {"{name: a, kind: oci, host: r.example/x}",
       "1:41: 'r.example/x' is not a registry as image names have it, such as registry.example.com or localhost:5000"},
      {"{name: a, kind: oci, host: pay}",
       "1:41: 'pay' is not a registry as image names have it, such as registry.example.com or localhost:5000"},
      {"{name: a, kind: oci, host: r.example}, {name: b, kind: oci, host: r.example}",
       "1:80: the registry 'r.example' is asked twice"},
      {"{name: a, kind: oci, host: r.example, poll: 5s}", "1:58: 'registries.poll' must be at least 30s"},
      {"{name: a, kind: oci, host: r.example, credentials: {username: bot}}",
       "1:65: 'registries.credentials' must be {docker_config: FILE} or {username: NAME, password: {env: NAME}}"},
      {"{name: a, kind: oci, host: r.example, token_hosts: [\"https://x/\"]}",
       "1:66: 'https://x/' is not a host, such as gitlab.example.com"},
      {"{name: a, kind: oci, host: r.example, credentials: {username: b, password: hunter2}}",
       "1:89: 'registries.credentials.password' must name where the credential is, {env: NAME} or {file: PATH}; the "
       "credential itself is never written here"},
  };
  for (const Case& test : cases) {
    INFO(test.registries);
    CHECK(message(test.registries) == "towline.yaml:" + test.message);
  }
}

TEST_CASE("Docker's file is looked at when the configuration is read") {
  const TemporaryDirectory directory = TemporaryDirectory::create("towline-docker").value();
  const std::string file = (directory.path() / "config.json").string();
  const std::string registry = "{name: a, kind: oci, host: r.example, credentials: {docker_config: " + file + "}}";
  CHECK_THAT(message(registry), Catch::StartsWith("towline.yaml:1:81: "));
  REQUIRE(write_file(file, R"({"credHelpers":{"r.example":"x"}})"));
  CHECK_THAT(message(registry), Catch::Contains("a credential helper keeps the credentials for r.example"));
  REQUIRE(write_file(file, "{}"));
  CHECK(message(registry).empty());
}

TEST_CASE("the registries that the example has as comments are valid") {
  const std::string text = read_file(towline::test::source_dir() + "/config/examples/towline.yaml").value();
  std::string uncommented;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.starts_with("  # - ") || line.starts_with("  #   ")) line.replace(2, 2, "");
    uncommented += line + "\n";
    begin = end + 1;
  }
  const std::string hook = "a-secret-of-24-letters_1";
  const auto config = parse_server_config("towline.yaml", uncommented,
                                          {{"GITEA_TOKEN", "t"},
                                           {"GITEA_WEBHOOK_SECRET", "h"},
                                           {"IMAGE_WEBHOOK_SECRET", "c"},
                                           {"HUB_SECRET", hook},
                                           {"ARTIFACTORY_SECRET", "a"},
                                           {"REGISTRY_PASSWORD", "p"}});
  REQUIRE((config ? "" : config.error().message) == "");
  CHECK(config->registries.size() == 4);
  CHECK(config->oci.size() == 1);
}

}  // namespace towline::config
