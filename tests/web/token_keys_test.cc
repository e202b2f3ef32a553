#include <httplib.h>

#include <atomic>
#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "base/json.h"
#include "served.h"
#include "support/child_process.h"
#include "support/http_host.h"
#include "support/signing_key.h"

// A registry whose notifications are proven by an identity token, and its issuer on a real HTTPS address.
namespace towline::web {

namespace {

using test::SigningKey;

const std::string kUnreadable = "{\"error\":\"the issuer's keys cannot be read now: send it again\"}\n";
const std::string kReadJustNow =
    "{\"error\":\"the token's key is not among the issuer's, which were read a moment ago: send it again\"}\n";
const std::string kUnknownKey =
    "{\"error\":\"the identity token is signed by a key that is not among the issuer's known ones\"}\n";

/// Publishes its keys under /certs, counting how often they are asked for.
class Issuer {
 public:
  Issuer() : port_(test::free_port().value()) {}

  std::string keys_url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/certs"; }
  void publish(const std::string& key_set, int status = 200) {
    const std::lock_guard lock(mutex_);
    key_set_ = key_set;
    status_ = status;
  }
  void go_up() {
    host_ = std::make_unique<test::HttpHost>(
        [this](const httplib::Request&, httplib::Response& response) {
          ++asked;
          const std::lock_guard lock(mutex_);
          response.status = status_;
          response.set_content(key_set_, "application/json");
        },
        tls_, port_);
  }

  std::atomic<int> asked = 0;

 private:
  const SigningKey tls_;
  const int port_;
  std::mutex mutex_;
  std::string key_set_;
  int status_ = 200;
  std::unique_ptr<test::HttpHost> host_;
};

class Google {
 public:
  explicit Google(const std::string& keys)
      : served([&](config::ServerConfig& config) {
          config.registries.push_back(
              {"gar", "google", {}, {}, {"https://issuer.example", "https://t.example", "push@a.example"}, keys});
        }) {}

  HttpResponse push(const SigningKey& key, const std::string& key_id) {
    const Json claims{{"iss", "https://issuer.example"}, {"aud", "https://t.example"}, {"email", "push@a.example"},
                      {"email_verified", true},          {"iat", 1'800'000'000},       {"exp", 1'800'100'000}};
    const std::string token = key.sign({{"alg", "RS256"}, {"kid", key_id}}, claims);
    const std::string data = R"({"action":"INSERT","tag":"europe-docker.pkg.dev/acme/images/pay:1.5.0"})";
    const std::string body =
        dump_json(Json{{"message", {{"data", base64_encode(data)}, {"messageId", std::to_string(++sent_)}}}});
    return served.post("/hooks/registry/gar", {{"Authorization", "Bearer " + token}}, body);
  }

  Served served;

 private:
  int sent_ = 0;
};

}  // namespace

TEST_CASE("while the issuer's keys cannot be read the sender is to come again, and is taken in once they come") {
  Issuer issuer;
  const SigningKey key;
  Google google(issuer.keys_url());

  const HttpResponse first = google.push(key, "k1");
  CHECK(first.status == 503);
  CHECK(first.body == kUnreadable);
  CHECK(first.header("Retry-After") == "10");
  CHECK(google.served.store->queue_length() == 0);

  issuer.publish(key.key_set("k1"));
  issuer.go_up();
  CHECK(google.push(key, "k1").status == 503);
  CHECK(issuer.asked == 0);
  google.served.clock->advance(std::chrono::seconds(10));
  CHECK(google.push(key, "k1").status == 202);
  CHECK(google.push(key, "k1").status == 202);
  CHECK(issuer.asked == 1);
}

TEST_CASE("an issuer that answers something else than keys is one whose keys cannot be read") {
  Issuer issuer;
  issuer.go_up();
  const SigningKey key;
  Google google(issuer.keys_url());
  struct Case {
    std::string answer;
    int status;
  };
  for (const auto& [answer, status] : std::vector<Case>{
           {"<html>", 200}, {key.key_set("k1"), 500}, {std::string((256u << 10) + 1, ' '), 200}, {"", 302}}) {
    issuer.publish(answer, status);
    const int before = issuer.asked;
    INFO(status << " " << answer.substr(0, 20));
    CHECK(google.push(key, "k1").body == kUnreadable);
    CHECK(issuer.asked == before + 1);
    google.served.clock->advance(std::chrono::seconds(10));
  }
}

TEST_CASE("keys change without notice: a new one is known within a minute, and its sender comes again meanwhile") {
  Issuer issuer;
  issuer.go_up();
  const SigningKey old_key;
  const SigningKey new_key;
  issuer.publish(old_key.key_set("k1"));
  Google google(issuer.keys_url());
  CHECK(google.push(old_key, "k1").status == 202);

  issuer.publish(new_key.key_set("k2"));
  google.served.clock->advance(std::chrono::milliseconds(17'500));
  const HttpResponse early = google.push(new_key, "k2");
  CHECK(early.status == 503);
  CHECK(early.body == kReadJustNow);
  CHECK(early.header("Retry-After") == "43");
  CHECK(issuer.asked == 1);
  google.served.clock->advance(std::chrono::seconds(43));
  CHECK(google.push(new_key, "k2").status == 202);
  CHECK(issuer.asked == 2);
}

TEST_CASE("a key that the issuer, asked just then, does not have is refused, and the issuer asked once a minute") {
  Issuer issuer;
  issuer.go_up();
  const SigningKey key;
  issuer.publish(key.key_set("k1"));
  Google google(issuer.keys_url());
  for (int minute = 1; minute <= 3; ++minute) {
    const HttpResponse made_up = google.push(key, "made-up");
    CHECK(made_up.status == 401);
    CHECK(made_up.body == kUnknownKey);
    CHECK(google.push(key, "made-up-" + std::to_string(minute)).status == 503);
    CHECK(google.push(key, "k1").status == 202);
    CHECK(issuer.asked == minute);
    google.served.clock->advance(std::chrono::seconds(60));
  }
}

TEST_CASE("a key that is no longer published is refused once the issuer was asked again") {
  Issuer issuer;
  issuer.go_up();
  const SigningKey old_key;
  const SigningKey new_key;
  issuer.publish(old_key.key_set("k1"));
  Google google(issuer.keys_url());
  CHECK(google.push(old_key, "k1").status == 202);
  issuer.publish(new_key.key_set("k2"));
  google.served.clock->advance(std::chrono::seconds(60));
  CHECK(google.push(new_key, "k2").status == 202);
  google.served.clock->advance(std::chrono::seconds(60));
  CHECK(google.push(old_key, "k1").body == kUnknownKey);
}

TEST_CASE("known keys count on while the issuer is away, and an unknown one is to come again") {
  Issuer issuer;
  issuer.go_up();
  const SigningKey key;
  const SigningKey new_key;
  issuer.publish(key.key_set("k1"));
  Google google(issuer.keys_url());
  CHECK(google.push(key, "k1").status == 202);

  issuer.publish("away", 500);
  google.served.clock->advance(std::chrono::seconds(60));
  CHECK(google.push(new_key, "k2").status == 503);
  CHECK(google.push(key, "k1").status == 202);
  CHECK(google.push(new_key, "k2").body == kUnreadable);
  CHECK(issuer.asked == 2);
}

TEST_CASE("what is no token has nobody asked for keys") {
  Issuer issuer;
  issuer.go_up();
  Google google(issuer.keys_url());
  for (const char* authorization : {"", "Bearer ", "Bearer a.b.c", "Basic x", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.e30"}) {
    INFO(authorization);
    CHECK(google.served.post("/hooks/registry/gar", {{"Authorization", authorization}}, "{}").status == 401);
  }
  CHECK(issuer.asked == 0);
}

TEST_CASE("an issuer whose certificate nobody vouches for is not believed") {
  const SigningKey key;
  const SigningKey other;
  std::atomic<int> asked = 0;
  const auto answer = [&](const httplib::Request&, httplib::Response& response) {
    ++asked;
    response.set_content(key.key_set("k1"), "application/json");
  };
  const test::HttpHost liar(answer, key);
  const test::HttpHost trusted(answer, other);  // from here on only this one's certificate is
  Google google(liar.url() + "/certs");
  CHECK(google.push(key, "k1").body == kUnreadable);
  CHECK(asked == 0);
}

}  // namespace towline::web
