// Attacks at the edges of the bot: its webhooks, its port, and what a pull request can make it show.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>

#include "base/crypto.h"
#include "base/json.h"
#include "net/http_client.h"
#include "net/webhook_signature.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

/// Of a head.
constexpr std::string_view kHalf = "POST /hooks/forge/sandbox HTTP/1.1\r\nHost";
const std::string kOther = "sha256:" + std::string(64, 'b');

/// An announcement of ghcr.io/acme/pay as its sender signed it, which whoever sees it can send again.
HttpRequest announcement(const World& world, std::string_view tag, std::string_view digest, const std::string& id) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/hooks/registry/ci";
  request.body = dump_json({{"image", "ghcr.io/acme/pay"}, {"tag", std::string(tag)}, {"digest", std::string(digest)}});
  const auto now = std::chrono::floor<std::chrono::seconds>(world.town().clock->now());
  request.headers = sign_webhook(Secret(std::string(kImageSecret)), id, now, request.body);
  return request;
}

HttpResponse send(const World& world, const HttpRequest& request) {
  return make_http_client(world.bot_url(), std::nullopt).value()->send(request).value();
}

std::string digest_of(World& world, const std::string& tag) {
  const auto images = world.store().seen_images().value();
  for (const auto& row : images) {
    if (row.name == "ghcr.io/acme/pay" && row.tag == tag) return row.digest;
  }
  return "";
}

std::size_t recorded(World& world, std::string_view action) {
  const auto records = world.store().audit(std::nullopt, std::nullopt).value();
  return static_cast<std::size_t>(
      std::count_if(records.begin(), records.end(), [&](const auto& record) { return record.action == action; }));
}

/// Connections that send half a head and no more.
class SlowCrowd {
 public:
  SlowCrowd(const std::string& url, std::size_t count) {
    const int port = std::stoi(url.substr(url.rfind(':') + 1));
    for (std::size_t number = 0; number < count; ++number) {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(static_cast<std::uint16_t>(port));
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      REQUIRE(connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
      static_cast<void>(::send(sockets_.back(), kHalf.data(), kHalf.size(), MSG_NOSIGNAL));
    }
  }
  SlowCrowd(const SlowCrowd&) = delete;
  SlowCrowd& operator=(const SlowCrowd&) = delete;
  ~SlowCrowd() {
    for (const int socket : sockets_) close(socket);
  }

 private:
  std::vector<int> sockets_;
};

/// Everything that is written to standard error, where the log goes, for the life of this object.
class CapturedLog {
 public:
  CapturedLog() : saved_(dup(STDERR_FILENO)) {
    REQUIRE(std::freopen((directory_.path() / "log").c_str(), "w", stderr) != nullptr);
  }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;
  ~CapturedLog() { restore(); }
  std::string text() {
    restore();
    return read_file(directory_.path() / "log").value();
  }

 private:
  void restore() {
    std::fflush(stderr);
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    saved_ = -1;
  }
  TemporaryDirectory directory_ = TemporaryDirectory::create("towline-log").value();
  int saved_;
};

}  // namespace

TEST_CASE("attack: a captured announcement is sent again, at once and later") {
  World world;
  const HttpRequest captured = announcement(world, "1.5.0", kDigest, "run-1");
  REQUIRE(send(world, captured).status == 202);
  world.settle();
  REQUIRE(send(world, announcement(world, "1.5.0", kOther, "run-2")).status == 202);
  world.settle();
  REQUIRE(digest_of(world, "1.5.0") == kOther);

  CHECK(send(world, captured).body == "{\"status\":\"duplicate\"}\n");
  HttpRequest renamed = captured;
  renamed.headers[0].second = "run-3";
  CHECK(send(world, renamed).status == 401);
  HttpRequest redated = captured;
  redated.headers[1].second = std::to_string(std::stoll(redated.headers[1].second) + 1);
  CHECK(send(world, redated).status == 401);
  world.town().clock->advance(std::chrono::minutes(6));
  CHECK(send(world, captured).status == 401);
  world.settle();
  CHECK(digest_of(world, "1.5.0") == kOther);
}

TEST_CASE("attack: somebody who can sign announces the digest that a tag had before") {
  World world;
  REQUIRE(send(world, announcement(world, "1.5.0", kDigest, "run-1")).status == 202);
  REQUIRE(send(world, announcement(world, "1.5.0", kOther, "run-2")).status == 202);
  world.settle();
  CHECK(send(world, announcement(world, "1.5.0", kDigest, "run-3")).status == 202);
  world.settle();
  CHECK(digest_of(world, "1.5.0") == kOther);
  CHECK(recorded(world, "ignore-old-digest") == 1);
}

TEST_CASE("attack: 600 connections that never end their headers, while webhooks come") {
  World world;
  const SlowCrowd crowd(world.bot_url(), 600);
  const auto start = std::chrono::steady_clock::now();
  CHECK(send(world, announcement(world, "1.5.0", kDigest, "run-1")).status == 202);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
  world.settle();
  CHECK(world.town().pull_on("towline/dev/pay").title.find("1.5.0") != std::string::npos);
}

TEST_CASE(
    "attack: credentials in a ConfigMap, an annotation, an environment variable, arguments and a chart's parameters") {
  const std::string marker = "hunter2hunter2";
  const std::string token = "ghp_" + std::string(30, 'a') + marker.substr(0, 6);
  CapturedLog log;
  World world;
  Town& town = world.town();
  town.clock->advance(std::chrono::seconds(2));
  const std::string config_map =
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  annotations:\n    example.com/api-token: " +
      marker + "\ndata:\n  app.properties: |\n    db.user=pay\n    db.password=" + marker +
      "\n    url=postgres://pay:" + marker + "@db/pay\n  key.pem: |\n    -----BEGIN PRIVATE KEY-----\n    " + marker +
      "\n    -----END PRIVATE KEY-----\n  note: uses " + token + "\n";
  std::string deployment = town.file("apps/dev/services/pay/deployment.yaml");
  const std::string variable = "            - name: ENVIRONMENT\n";
  REQUIRE(deployment.find(variable) != std::string::npos);
  deployment.insert(deployment.find(variable),
                    "            - name: DB_PASSWORD\n              value: " + marker + "\n");
  const std::string argument = "\"--structured-logs\"";
  deployment.replace(deployment.find(argument), argument.size(), "\"--token\", \"" + marker + "\"");
  std::string application = town.file("apps/root/dev-fraud.yaml");
  const std::string source = "    path: apps/dev/services/fraud\n";
  REQUIRE(application.find(source) != std::string::npos);
  application.insert(application.find(source) + source.size(),
                     "    helm:\n      parameters:\n        - name: db.password\n          value: " + marker +
                         "\n      values: |\n        api:\n          token: " + marker + "\n");
  REQUIRE(town.sandbox->commit(kInfra, "leak",
                               {{"apps/dev/services/pay/settings.yaml", config_map},
                                {"apps/dev/services/pay/deployment.yaml", deployment},
                                {"apps/root/dev-fraud.yaml", application}},
                               "alice", "Settings"));
  const auto number = town.sandbox->open_pull(kInfra, "alice", "leak", "Settings", "");
  REQUIRE(number);
  world.settle();

  std::string shown;
  for (const auto& comment : town.bot_comments(*number)) shown += comment.body;
  CHECK(shown.find("<masked ") != std::string::npos);
  CHECK(shown.find("db.user=pay") != std::string::npos);
  CHECK(shown.find("db.password") != std::string::npos);
  HttpRequest request;
  request.path = "/pulls/sandbox/acme/infra/" + std::to_string(number->value);
  const HttpResponse page = send(world, request);
  CHECK(page.status == 200);
  CHECK(page.body.find("masked") != std::string::npos);
  shown += page.body;
  const auto records = world.store().audit(std::nullopt, std::nullopt).value();
  for (const auto& record : records) shown += record.why;
  shown += log.text();
  CHECK(shown.find(marker) == std::string::npos);
  CHECK(shown.find(token) == std::string::npos);
}
