#include "config/server.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/files.h"
#include "base/json.h"
#include "support/paths.h"

namespace towline::config {

namespace {

const EnvironmentVariables kEnvironment = {{"TOKEN", "t0ken"}, {"HOOK", "h00k"}, {"OLD_HOOK", "0ld"},
                                           {"CI", "c1"},       {"EMPTY", ""},    {"LINES", "a\nb"}};

const std::string kForge = R"(forges:
  - name: gitea
    kind: gitea
    url: http://127.0.0.1:3000
    token: {env: TOKEN}
    webhook_secrets: [{env: HOOK}]
    repositories: [acme/infra]
)";

Result<ServerConfig> parse(const std::string& text) { return parse_server_config("towline.yaml", text, kEnvironment); }

std::string message(const std::string& text) {
  const auto config = parse(text);
  return config ? "" : config.error().message;
}

/// kForge with one line of it replaced.
std::string forge_with(const std::string& line, const std::string& replacement) {
  std::string text = kForge;
  return text.replace(text.find(line), line.size(), replacement);
}

}  // namespace

TEST_CASE("the least a configuration needs gives everything else its default") {
  const ServerConfig config = parse(kForge).value();
  REQUIRE(config.forges.size() == 1);
  CHECK(config.forges[0].name == "gitea");
  CHECK(config.forges[0].kind == "gitea");
  CHECK(config.forges[0].url == "http://127.0.0.1:3000");
  CHECK(config.forges[0].token.reveal() == "t0ken");
  REQUIRE(config.forges[0].webhook_secrets.size() == 1);
  CHECK(config.forges[0].webhook_secrets[0].reveal() == "h00k");
  CHECK(config.forges[0].repositories == std::vector<RepoName>{{"acme", "infra"}});
  CHECK(config.registries.empty());
  CHECK(config.listen_host == "127.0.0.1");
  CHECK(config.listen_port == 8080);
  CHECK(config.public_url == "http://127.0.0.1:8080");
  CHECK(config.data == "./data");
  CHECK(config.templates.empty());
  CHECK(config.workers == 4);
  CHECK(config.resync == std::chrono::minutes(5));
  CHECK(config.max_body_bytes == 25u << 20);
  CHECK(config.forges[0].comment_bytes == 65'536);
  CHECK(config.bot_name == "Towline");
  CHECK(config.bot_email == "towline@localhost");
  CHECK(config.search_path.empty());
  CHECK(config.render.kubernetes_version.empty());
  CHECK(config.render.api_versions.empty());
  CHECK(config.render.charts.empty());
  CHECK(config.render.hosts.empty());
  CHECK(config.render.sandbox == towline::ConfinementRule::required);
}

TEST_CASE("what the clusters are, where charts are kept, and which hosts may be asked is read") {
  const RenderConfig render = parse(
                                  "render:\n  kubernetes_version: 1.34.4\n"
                                  "  api_versions: [monitoring.coreos.com/v1, example.com/v1/Gadget]\n"
                                  "  charts: /srv/charts\n  hosts: [charts.example.com]\n" +
                                  kForge)
                                  .value()
                                  .render;
  CHECK(render.kubernetes_version == "1.34.4");
  CHECK(render.api_versions == std::vector<std::string>{"monitoring.coreos.com/v1", "example.com/v1/Gadget"});
  CHECK(render.charts == "/srv/charts");
  CHECK(render.hosts == std::vector<std::string>{"charts.example.com"});
}

TEST_CASE("what connections may cost is read") {
  const ConnectionConfig usual = parse(kForge)->connections;
  CHECK(usual.headers == std::chrono::seconds(10));
  CHECK(usual.request == std::chrono::seconds(30));
  CHECK(usual.unfinished_per_address == 64);
  const ConnectionConfig own =
      parse("connections: {headers: 5s, request: 2m, unfinished_per_address: 200}\n" + kForge)->connections;
  CHECK(own.headers == std::chrono::seconds(5));
  CHECK(own.request == std::chrono::minutes(2));
  CHECK(own.unfinished_per_address == 200);
}

TEST_CASE("the environment variables that credentials were read from are known") {
  const auto names = parse(kForge)->credential_variables;
  CHECK(names == std::vector<std::string>{"TOKEN", "HOOK"});
}

TEST_CASE("rendering without a sandbox has to be asked for by its word") {
  const auto rule = [](const std::string& word) { return parse(kForge + "render: {sandbox: " + word + "}\n"); };
  CHECK(rule("required")->render.sandbox == towline::ConfinementRule::required);
  CHECK(rule("limits-only")->render.sandbox == towline::ConfinementRule::limits_only);
  for (const char* word : {"none", "false", "limits_only", "''"}) CHECK_FALSE(rule(word).has_value());
}

TEST_CASE("keys of rendering that are mistyped are named with the nearest, and of their kind") {
  CHECK(message("render: {chart: x}\n" + kForge) == "towline.yaml:1:10: unknown key 'chart', did you mean 'charts'?");
  CHECK(message("render: {hosts: charts.example.com}\n" + kForge) ==
        "towline.yaml:1:17: 'render.hosts' must be a list");
}

TEST_CASE("every key is read") {
  const ServerConfig config = parse(R"(listen: "[::1]:9000"
public_url: https://towline.example.com/bot/
data: /var/lib/towline
forges:
  - name: gitea
    kind: gitea
    url: https://git.example.com/
    token: {env: TOKEN}
    webhook_secrets: [{env: HOOK}, {env: OLD_HOOK}]
    repositories: [acme/infra, acme/other]
registries:
  - {name: ci, kind: generic, secret: {env: CI}}
  - {name: main, kind: distribution, secret: {env: CI}}
workers: 8
resync: 1m30s
limits: {body: 2MiB}
bot: {name: Tow Bot, email: bot@example.com}
templates: /etc/towline/templates
search_path: /opt/bin:/usr/bin
)")
                                  .value();
  CHECK(config.listen_host == "::1");
  CHECK(config.listen_port == 9000);
  CHECK(config.public_url == "https://towline.example.com/bot");
  CHECK(config.data == "/var/lib/towline");
  CHECK(config.forges[0].url == "https://git.example.com");
  CHECK(config.forges[0].webhook_secrets[1].reveal() == "0ld");
  CHECK(config.forges[0].repositories[1].str() == "acme/other");
  REQUIRE(config.registries.size() == 2);
  CHECK(config.registries[0].name == "ci");
  CHECK(config.registries[0].kind == "generic");
  CHECK(config.registries[0].secret.reveal() == "c1");
  CHECK(config.registries[1].kind == "distribution");
  CHECK(config.workers == 8);
  CHECK(config.resync == std::chrono::seconds(90));
  CHECK(config.max_body_bytes == 2u << 20);
  CHECK(config.bot_name == "Tow Bot");
  CHECK(config.bot_email == "bot@example.com");
  CHECK(config.templates == "/etc/towline/templates");
  CHECK(config.search_path == "/opt/bin:/usr/bin");
}

TEST_CASE("the example configuration is valid") {
  const std::string text = read_file(towline::test::source_dir() + "/config/examples/towline.yaml").value();
  const EnvironmentVariables environment = {
      {"GITEA_TOKEN", "t0ken"}, {"GITEA_WEBHOOK_SECRET", "h00k"}, {"IMAGE_WEBHOOK_SECRET", "c1"}};
  const auto config = parse_server_config("towline.yaml", text, environment);
  REQUIRE(config);
  CHECK(config->forges[0].repositories[0].str() == "acme/infra");
  CHECK(config->registries[0].kind == "generic");
}

TEST_CASE("the public URL follows the address listened on") {
  CHECK(parse("listen: 10.0.0.7:80\n" + kForge)->public_url == "http://10.0.0.7:80");
  CHECK(parse("listen: \"[::1]:81\"\n" + kForge)->public_url == "http://[::1]:81");
  CHECK(parse("listen: :82\n" + kForge)->public_url == "http://localhost:82");
  CHECK(parse("listen: :82\n" + kForge)->listen_host == "0.0.0.0");
  CHECK(parse("listen: 127.0.0.1:0\n" + kForge)->public_url == "");
}

TEST_CASE("a size is a number of bytes or has a unit of 1024") {
  CHECK(parse("limits: {body: 4096}\n" + kForge)->max_body_bytes == 4096);
  CHECK(parse("limits: {body: 4k}\n" + kForge)->max_body_bytes == 4096);
  CHECK(parse(kForge + "    comment_limit: 4KiB\n")->forges[0].comment_bytes == 4096);
  CHECK(parse(kForge + "    comment_limit: 1000000\n")->forges[0].comment_bytes == 1'000'000);
  CHECK(parse("limits: {body: 4 MB}\n" + kForge)->max_body_bytes == 4u << 20);
  CHECK(parse("limits: {body: 1GiB}\n" + kForge)->max_body_bytes == 1u << 30);
  const auto evaluator = parse("limits: {evaluator: {memory: 4GiB, processor_time: 90s, wall_time: 15m}}\n" + kForge);
  CHECK(evaluator->evaluator.memory == std::size_t{4} << 30);
  CHECK(evaluator->evaluator.processor_time == std::chrono::seconds(90));
  CHECK(evaluator->evaluator.wall_time == std::chrono::minutes(15));
}

TEST_CASE("a credential is read from a file without the line break at its end") {
  const auto directory = TemporaryDirectory::create("towline-config").value();
  const std::string file = (directory.path() / "token").string();
  const std::string text = forge_with("{env: TOKEN}", "{file: " + file + "}");
  for (const std::string bytes : {"from-file", "from-file\n", "from-file\r\n"}) {
    REQUIRE(write_file(file, bytes));
    CHECK(parse(text)->forges[0].token.reveal() == "from-file");
  }
}

TEST_CASE("a credential that is missing, empty or broken is refused where it is named") {
  struct Case {
    std::string source;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"{env: NONE}", "towline.yaml:5:18: the environment variable 'NONE' is not set"},
      {"{env: EMPTY}", "towline.yaml:5:18: the environment variable 'EMPTY' is empty"},
      {"{env: LINES}",
       "towline.yaml:5:18: the environment variable 'LINES' has a line break or another control character inside"},
      {"{file: /dev/null}", "towline.yaml:5:19: the file '/dev/null' is empty"},
  };
  for (const Case& test : cases) CHECK(message(forge_with("{env: TOKEN}", test.source)) == test.message);
  CHECK_THAT(message(forge_with("{env: TOKEN}", "{file: /does/not/exist}")),
             Catch::StartsWith("towline.yaml:5:19: the file '/does/not/exist' cannot be read: "));
}

TEST_CASE("the installation's key is read where it is named, and is long enough") {
  const std::string long_key(32, 'k');
  const EnvironmentVariables env = {{"TOKEN", "t"}, {"HOOK", "h"}, {"KEY", long_key}, {"SHORT", "k"}};
  CHECK(parse_server_config("towline.yaml", "key: {env: KEY}\n" + kForge, env).value().key.reveal() == long_key);
  CHECK(parse_server_config("towline.yaml", kForge, env).value().key.empty());
  CHECK(parse_server_config("towline.yaml", "key: {env: SHORT}\n" + kForge, env).error().message ==
        "towline.yaml:1:6: 'key' has fewer than 32 characters; make one with 'openssl rand -hex 32'");
  CHECK(parse_server_config("towline.yaml", "key: hunter2\n" + kForge, env).error().message ==
        "towline.yaml:1:6: 'key' must name where the credential is, {env: NAME} or {file: PATH}; the credential itself "
        "is never written here");
}

TEST_CASE("a credential written inline is refused without repeating it") {
  const std::string rest =
      "must name where the credential is, {env: NAME} or {file: PATH}; the credential itself is never written here";
  for (const char* inline_token : {"hunter2", "\"hunter2\"", "{hunter2}", "{value: hunter2}",
                                   "{env: TOKEN, hunter2: x}", "[hunter2]", "{env: [hunter2]}"}) {
    INFO(inline_token);
    CHECK(message(forge_with("{env: TOKEN}", inline_token)) == "towline.yaml:5:12: 'forges.token' " + rest);
  }
  CHECK(message(forge_with("[{env: HOOK}]", "[{env: HOOK}, hunter2]")) ==
        "towline.yaml:6:36: 'forges.webhook_secrets' " + rest);
  CHECK(message(forge_with("[{env: HOOK}]", "hunter2")) == "towline.yaml:6:22: 'forges.webhook_secrets' " + rest);
  CHECK(message("registries: [{name: ci, kind: generic, secret: hunter2}]\n" + kForge) ==
        "towline.yaml:1:48: 'registries.secret' " + rest);
}

TEST_CASE("what is missing is named, with what it is for") {
  CHECK(message("") ==
        "towline.yaml:1:1: the file must be a mapping with listen, public_url, data, key, forges, "
        "registries, workers, resync, limits, connections, bot, render, templates, search_path");
  CHECK(message("data: x\n") == "towline.yaml:1:1: the key 'forges' is missing: where the repositories are");
  CHECK(message("forges: []\n") == "towline.yaml:1:9: no forge is configured: add at least one");
  CHECK(message(forge_with("    webhook_secrets: [{env: HOOK}]\n", "")) ==
        "towline.yaml:2:5: the key 'forges.webhook_secrets' is missing: the secrets its webhooks are signed with, "
        "several while one is replaced; without any, anybody could send events");
  CHECK(message(forge_with("[{env: HOOK}]", "[]")) ==
        "towline.yaml:6:22: the forge 'gitea' has no webhook secret: without one anybody could send events; name at "
        "least one, such as {env: GITEA_WEBHOOK_SECRET}");
  CHECK(message(forge_with("[acme/infra]", "[]")) ==
        "towline.yaml:7:19: the forge 'gitea' has no repositories: name at least one");
  CHECK(message("registries: [{name: ci, kind: generic}]\n" + kForge) ==
        "towline.yaml:1:14: the key 'registries.secret' is missing: what proves that a notification is its own");
}

TEST_CASE("an unknown word is answered with the nearest known one") {
  CHECK(message(forge_with("forges:", "forge:")) == "towline.yaml:1:1: unknown key 'forge', did you mean 'forges'?");
  CHECK(message(forge_with("    url:", "    uri:")) == "towline.yaml:4:5: unknown key 'uri', did you mean 'url'?");
  CHECK(message("limits: {size: 1k}\n" + kForge) ==
        "towline.yaml:1:10: unknown key 'size'; known here: body, evaluator");
  CHECK(message(forge_with("kind: gitea", "kind: gittea")) ==
        "towline.yaml:3:11: 'forges.kind' must be one of gitea, not 'gittea'; did you mean 'gitea'?");
  CHECK(
      message("registries: [{name: ci, kind: distributon, secret: {env: CI}}]\n" + kForge) ==
      "towline.yaml:1:31: 'registries.kind' must be one of generic, distribution, acr, docker-hub, quay, ghcr, gitea, "
      "harbor, artifactory, nexus, ecr, google, oci, not 'distributon'; did you mean 'distribution'?");
}

TEST_CASE("an impossible value is refused where it stands") {
  struct Case {
    std::string text;
    std::string message;
  };
  const std::string listen = "'listen' must be an address and a port, such as 127.0.0.1:8080, [::1]:8080 or :8080";
  const std::string url = "'forges.url' must be a URL such as https://git.example.com, without a query";
  const std::vector<Case> cases = {
      {"listen: 8080\n" + kForge, "1:9: " + listen},
      {"listen: localhost\n" + kForge, "1:9: " + listen},
      {"listen: 127.0.0.1:65536\n" + kForge, "1:9: " + listen},
      {"listen: 127.0.0.1:-1\n" + kForge, "1:9: " + listen},
      {"listen: 127.0.0.1:80x\n" + kForge, "1:9: " + listen},
      {"listen: \"::1:80\"\n" + kForge, "1:9: " + listen},
      {forge_with("http://127.0.0.1:3000", "127.0.0.1:3000"), "4:10: " + url},
      {forge_with("http://127.0.0.1:3000", "ftp://git.example.com"), "4:10: " + url},
      {forge_with("http://127.0.0.1:3000", "http:///path"), "4:10: " + url},
      {forge_with("http://127.0.0.1:3000", "http://git.example.com?x=1"), "4:10: " + url},
      {forge_with("http://127.0.0.1:3000", "http://bot:hunter2@git.example.com"),
       "4:10: 'forges.url' must not carry a user or password"},
      {forge_with("acme/infra", "acme"), "7:20: 'acme' is not a repository, such as acme/infra"},
      {forge_with("acme/infra", "acme/infra, acme/infra"), "7:32: the repository 'acme/infra' is named twice"},
      {forge_with("name: gitea", "name: My Gitea"),
       "2:11: the name 'My Gitea' must be of lower-case letters, digits, '-' and '_', at most 64"},
      {"workers: 0\n" + kForge, "1:10: 'workers' must be a whole number from 1 to 64"},
      {"workers: 65\n" + kForge, "1:10: 'workers' must be a whole number from 1 to 64"},
      {"resync: 5\n" + kForge, "1:9: 'resync' must be a duration such as 45s, 30m or 1h30m"},
      {"resync: 9s\n" + kForge, "1:9: 'resync' must be at least 10s"},
      {"limits: {body: 1023}\n" + kForge, "1:16: 'limits.body' must be a size from 1KiB to 1GiB, such as 25MiB"},
      {"limits: {evaluator: {memory: 64MiB}}\n" + kForge,
       "1:30: 'limits.evaluator.memory' must be a size of at least 256MiB, such as 2GiB"},
      {"limits: {evaluator: {wall_time: 0s}}\n" + kForge, "1:33: 'limits.evaluator.wall_time' must be at least 1s"},
      {"limits: {body: 2GiB}\n" + kForge, "1:16: 'limits.body' must be a size from 1KiB to 1GiB, such as 25MiB"},
      {"limits: {body: 1 tera}\n" + kForge, "1:16: 'limits.body' must be a size from 1KiB to 1GiB, such as 25MiB"},
      {kForge + "    comment_limit: 4095\n",
       "8:20: 'forges.comment_limit' must be a size from 4KiB to 1000000 bytes, such as 64KiB"},
      {kForge + "    comment_limit: 1MiB\n",
       "8:20: 'forges.comment_limit' must be a size from 4KiB to 1000000 bytes, such as 64KiB"},
      {"connections: {headers: 900ms}\n" + kForge, "1:24: 'connections.headers' must be from 1s to 10m"},
      {"connections: {request: 11m}\n" + kForge, "1:24: 'connections.request' must be from 1s to 10m"},
      {"connections: {unfinished_per_address: 7}\n" + kForge,
       "1:39: 'connections.unfinished_per_address' must be a whole number from 8 to 400"},
      {"bot: {name: \"A <B>\"}\n" + kForge, "1:13: 'bot.name' must be on one line and without '<' and '>'"},
      {"data: {}\n" + kForge, "1:7: 'data' must be text"},
  };
  for (const Case& test : cases) {
    INFO(test.text);
    CHECK(message(test.text) == "towline.yaml:" + test.message);
  }
}

TEST_CASE("a name configured twice is refused with the place of the first") {
  const std::string registries = R"(registries:
  - {name: ci, kind: generic, secret: {env: CI}}
  - {name: ci, kind: distribution, secret: {env: CI}}
)";
  CHECK(message(registries + kForge) == "towline.yaml:3:12: the registry 'ci' is configured twice, first on line 2");
}

TEST_CASE("a file that is no YAML, or several documents, is refused with its place") {
  CHECK_THAT(message("forges: [\n"), Catch::StartsWith("towline.yaml:") && !Catch::Contains("line 2, column"));
  CHECK(message(kForge + "---\n" + kForge) == "towline.yaml:9:1: the file must hold one YAML document, not several");
}

TEST_CASE("an error is of kind invalid") {
  CHECK(parse("").error().kind == ErrorKind::invalid);
  CHECK(parse("forges: [\n").error().kind == ErrorKind::invalid);
}

TEST_CASE("the schema knows every key, and that credentials are named") {
  const Json schema = parse_json(server_config_schema()).value();
  CHECK(json_string(schema, "/$schema") == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema["additionalProperties"] == false);
  CHECK(schema["required"] == Json({"forges"}));
  CHECK(json_string(schema, "/properties/listen/type") == "string");
  CHECK(schema["properties"]["registries"]["items"]["properties"]["kind"]["enum"] ==
        Json({"generic", "distribution", "acr", "docker-hub", "quay", "ghcr", "gitea", "harbor", "artifactory", "nexus",
              "ecr", "google", "oci"}));
  const Json forge = schema["properties"]["forges"]["items"];
  CHECK(forge["required"] == Json({"name", "kind", "url", "token", "webhook_secrets", "repositories"}));
  CHECK(forge["properties"]["webhook_secrets"]["minItems"] == 1);
  CHECK(forge["properties"]["token"]["maxProperties"] == 1);
  CHECK(forge["properties"]["token"]["additionalProperties"] == false);
}

TEST_CASE("no text makes the parser do anything but read or refuse") {
  const bool holds = rc::check("with bytes of the file replaced", [] {
    std::string text = kForge;
    const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
    text.replace(place, *rc::gen::inRange<std::size_t>(0, 8), *rc::gen::string<std::string>());
    const auto config = parse(text);
    RC_ASSERT((config || config.error().message.starts_with("towline.yaml:")));
  });
  CHECK(holds);
}

}  // namespace towline::config
