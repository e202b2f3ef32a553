#include "registry/receiver.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/crypto.h"
#include "net/webhook_signature.h"
#include "registry_asks.h"

namespace towline::registry {

namespace {

const std::string kBody = R"({"image":"ghcr.io/acme/pay","tag":"1.5.0"})";
/// printf 'run-17.1800000000.%s' "$kBody" | openssl dgst -sha256 -hmac hush -binary | base64
const std::string kSignature = "v1,toELwZAZ0pC7Owe+zRrdTGdcBiWef5tFNIM/lSybrQA=";
const TimePoint kNow{std::chrono::seconds(1'800'000'000)};
const std::string kDigest = "sha256:" + std::string(64, 'a');

HttpHeaders signed_at(TimePoint time) {
  return sign_webhook(Secret("hush"), "run-17", std::chrono::floor<std::chrono::seconds>(time), kBody);
}

const Receiver& generic() { return *find_receiver("generic"); }
const Receiver& distribution() { return *find_receiver("distribution"); }

/// An event as registry 2.8 sends it.
std::string event(const std::string& action, const std::string& tag) {
  return R"({"id":"320678d8-ca14-430f-8bb6-4ca139cd83f7","timestamp":"2026-11-24T15:00:00Z","action":")" + action +
         R"(","target":{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","size":708,"digest":")" +
         kDigest + R"(","length":708,"repository":"acme/pay","url":"http://registry.acme.example:5000/v2/acme/pay/)" +
         R"(manifests/sha256:aaaa","tag":")" + tag + R"("},"request":{"id":"6df24a34","addr":"192.168.64.11:42961",)" +
         R"("host":"registry.acme.example:5000","method":"PUT","useragent":"curl/7.38.0"},"actor":{},"source":)" +
         R"({"addr":"xtal.local:5000","instanceID":"a53db899"}})";
}

std::string envelope(const std::string& events) { return R"({"events":[)" + events + "]}"; }

}  // namespace

TEST_CASE("receivers are found by their kind") {
  REQUIRE(find_receiver("generic") != nullptr);
  CHECK(find_receiver("generic")->kind == "generic");
  REQUIRE(find_receiver("distribution") != nullptr);
  CHECK(find_receiver("distribution")->kind == "distribution");
  CHECK(find_receiver("Generic") == nullptr);
  CHECK(find_receiver("") == nullptr);
}

TEST_CASE("generic: the example of the Standard Webhooks specification is accepted") {
  const HttpHeaders headers = {{"Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                               {"webhook-timestamp", "1614265330"},
                               {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
  const TimePoint then{std::chrono::seconds(1614265330)};
  CHECK(
      verify_at(then, generic(), headers, R"({"test": 2432232314})", Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")));
}

TEST_CASE("generic: one of several signatures is enough, and a plain secret is the key as it is") {
  const HttpHeaders headers = {{"webhook-id", "run-17"},
                               {"webhook-timestamp", "1800000000"},
                               {"webhook-signature", "v1,AAAA v1a,BBBB " + kSignature}};
  CHECK(verify_at(kNow, generic(), headers, kBody, Secret("hush")));
}

TEST_CASE("generic: a time within the tolerance is accepted, and no other") {
  const HttpHeaders headers = signed_at(kNow);
  for (const auto away : {std::chrono::seconds(-300), std::chrono::seconds(0), std::chrono::seconds(300)}) {
    CHECK(verify_at(kNow + away, generic(), headers, kBody, Secret("hush")));
  }
  CHECK(
      message(verify_at(kNow + std::chrono::seconds(301), generic(), headers, kBody, Secret("hush"))) ==
      "the notification was signed 5m 1s ago, and at most 5m is allowed: check the clocks, and sign each attempt anew");
  CHECK(message(verify_at(kNow - std::chrono::seconds(301), generic(), headers, kBody, Secret("hush"))) ==
        "the notification was signed 5m 1s in the future, and at most 5m is allowed: check the clocks, and sign each "
        "attempt anew");
}

TEST_CASE("generic: what does not prove the secret is refused") {
  struct Case {
    const char* what;
    std::string id;
    std::string timestamp;
    std::string signature;
    std::string body;
    std::string secret;
    std::string message;
  };
  const std::string wrong = "the header webhook-signature does not fit the id, the time, the body and the secret";
  const std::string missing = " is missing: sign the id, the time and the body as Standard Webhooks do";
  const std::string t = "1800000000";
  const std::vector<Case> cases = {
      {"no id", "", t, kSignature, kBody, "hush", "the header webhook-id" + missing},
      {"no time", "run-17", "", kSignature, kBody, "hush", "the header webhook-timestamp" + missing},
      {"no signature", "run-17", t, "", kBody, "hush", "the header webhook-signature" + missing},
      {"another id", "run-18", t, kSignature, kBody, "hush", wrong},
      {"another time", "run-17", "1800000001", kSignature, kBody, "hush", wrong},
      {"another body", "run-17", t, kSignature, kBody + " ", "hush", wrong},
      {"another secret", "run-17", t, kSignature, kBody, "hush2", wrong},
      {"another version", "run-17", t, "v2" + kSignature.substr(2), kBody, "hush", wrong},
      {"a shortened signature", "run-17", t, kSignature.substr(0, 40), kBody, "hush", wrong},
      {"an empty secret", "run-17", t, webhook_signature(Secret(), "run-17", t, kBody), kBody, "", wrong},
      {"a time that is none", "run-17", "now", webhook_signature(Secret("hush"), "run-17", "now", kBody), kBody, "hush",
       "the header webhook-timestamp is not a number of seconds since 1970"},
      {"a time beyond all", "run-17", "99999999999999",
       webhook_signature(Secret("hush"), "run-17", "99999999999999", kBody), kBody, "hush",
       "the header webhook-timestamp is not a number of seconds since 1970"},
      {"an id that is too long", std::string(129, 'x'), t, kSignature, kBody, "hush",
       "the header webhook-id must be at most 128 visible ASCII characters"},
  };
  for (const Case& test : cases) {
    INFO(test.what);
    const HttpHeaders headers = {
        {"webhook-id", test.id}, {"webhook-timestamp", test.timestamp}, {"webhook-signature", test.signature}};
    const auto result = verify_at(kNow, generic(), headers, test.body, Secret(test.secret));
    CHECK(message(result) == test.message);
    CHECK((!result && result.error().kind == ErrorKind::forbidden));
  }
}

TEST_CASE("generic: a signature over the body alone, which could be sent again at any time, is refused") {
  const HttpHeaders headers = {{"X-Signature", "sha256=" + hmac_sha256_hex("hush", kBody)}};
  CHECK(message(verify_at(kNow, generic(), headers, kBody, Secret("hush"))) ==
        "the header webhook-id is missing: sign the id, the time and the body as Standard Webhooks do");
}

TEST_CASE("generic: image and tag are read, and the digest when it is told") {
  const auto without = parse(generic(), kBody).value();
  REQUIRE(without.size() == 1);
  CHECK(without[0].name.str() == "ghcr.io/acme/pay");
  CHECK(without[0].tag == image::Tag("1.5.0"));
  CHECK(without[0].digest == std::nullopt);

  const auto with = parse(generic(), R"({"image":"pay","tag":"1.5.0","digest":")" + kDigest + R"("})").value();
  REQUIRE(with.size() == 1);
  CHECK(with[0].name.str() == "docker.io/library/pay");
  CHECK(with[0].digest == image::Digest(kDigest));

  CHECK(parse(generic(), R"({"image":"pay","tag":"1.5.0","digest":null})").value()[0].digest == std::nullopt);
}

TEST_CASE("generic: a body of another shape is refused without repeating it") {
  struct Case {
    std::string body;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"", "it is not JSON"},
      {"hush-hush", "it is not JSON"},
      {R"(["hush-hush"])", "it is not a JSON object"},
      {R"({"image":"hush-hush"})", R"(the field "tag" is missing)"},
      {R"({"tag":"hush-hush"})", R"(the field "image" is missing)"},
      {R"({"image":"pay","tag":1.5})", R"(the field "tag" is not a string)"},
      {R"({"image":null,"tag":"hush-hush"})", R"(the field "image" is not a string)"},
      {R"({"image":"pay","tag":"1","digest":7})", R"(the field "digest" is not a string)"},
      {R"({"image":"hush hush","tag":"1"})", R"("image" is not an image name without tag and digest)"},
      {R"({"image":"pay","tag":"hush hush"})", R"(the tag beside "image" is not a tag)"},
      {R"({"image":"pay","tag":"1","digest":"hush-hush"})", R"(the digest beside "image" is not a digest)"},
  };
  for (const Case& test : cases) {
    INFO(test.body);
    const auto result = parse(generic(), test.body);
    CHECK(message(result) == "the body is not a push notification: " + test.message);
    CHECK((!result && result.error().kind == ErrorKind::invalid));
  }
}

TEST_CASE("generic: the delivery's id is the signed one, and no other") {
  CHECK(delivery_id(generic(), {{"Webhook-Id", "run-17"}}, kBody) == "run-17");
  CHECK(delivery_id(generic(), {{"X-Delivery-Id", "d1"}, {"X-Request-Id", "r1"}, {"ce-id", "e1"}}, kBody).empty());
}

TEST_CASE("distribution: the Authorization header is the secret, or Bearer and the secret") {
  CHECK(verify(distribution(), {{"Authorization", "Bearer hush"}}, "", Secret("hush")));
  CHECK(verify(distribution(), {{"authorization", "hush"}}, "", Secret("hush")));
  CHECK(verify(distribution(), {{"Authorization", "Basic aHVzaA=="}}, "", Secret("Basic aHVzaA==")));
}

TEST_CASE("distribution: another Authorization is refused") {
  struct Case {
    HttpHeaders headers;
    std::string secret;
    std::string message;
  };
  const std::string wrong = "the header Authorization is not the configured one";
  const std::vector<Case> cases = {
      {{}, "hush", "the header Authorization is missing"},
      {{{"Authorization", ""}}, "", "the header Authorization is missing"},
      {{{"Authorization", "Bearer hus"}}, "hush", wrong},
      {{{"Authorization", "bearer hush"}}, "hush", wrong},
      {{{"Authorization", "Bearer "}}, "", wrong},
  };
  for (const Case& test : cases) {
    const auto result = verify(distribution(), test.headers, "", Secret(test.secret));
    CHECK(message(result) == test.message);
    CHECK((!result && result.error().kind == ErrorKind::forbidden));
  }
}

TEST_CASE("distribution: the pushed tag is read with its digest and the registry it was pushed to") {
  const auto pushed = parse(distribution(), envelope(event("push", "1.5.0"))).value();
  REQUIRE(pushed.size() == 1);
  CHECK(pushed[0].name.str() == "registry.acme.example:5000/acme/pay");
  CHECK(pushed[0].tag == image::Tag("1.5.0"));
  CHECK(pushed[0].digest == image::Digest(kDigest));
}

TEST_CASE("distribution: pulls, deletions and pushes without a tag are of no interest") {
  CHECK(parse(distribution(), envelope(event("pull", "1.5.0"))).value().empty());
  CHECK(parse(distribution(), envelope(event("delete", "1.5.0"))).value().empty());
  CHECK(parse(distribution(), envelope(event("push", ""))).value().empty());
  CHECK(parse(distribution(), envelope("")).value().empty());
}

TEST_CASE("distribution: every push of an envelope is read, in order") {
  const auto pushed =
      parse(distribution(), envelope(event("push", "1") + "," + event("pull", "2") + "," + event("push", "3"))).value();
  REQUIRE(pushed.size() == 2);
  CHECK(pushed[0].tag == image::Tag("1"));
  CHECK(pushed[1].tag == image::Tag("3"));
}

TEST_CASE("distribution: the registry is taken from the URL when the request names none") {
  const auto pushed =
      parse(distribution(), envelope(R"({"action":"push","target":{"repository":"acme/pay","tag":"1","url":)"
                                     R"("https://registry.acme.example/v2/acme/pay/manifests/sha256:aaaa"}})"))
          .value();
  REQUIRE(pushed.size() == 1);
  CHECK(pushed[0].name.str() == "registry.acme.example/acme/pay");
  CHECK(pushed[0].digest == std::nullopt);
}

TEST_CASE("distribution: a body of another shape is refused without repeating it") {
  struct Case {
    std::string body;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"hush-hush", "it is not JSON"},
      {R"({"hush-hush":[]})", R"(the field "events" is not a list)"},
      {R"({"events":"hush-hush"})", R"(the field "events" is not a list)"},
      {envelope(R"({"action":"push","target":{"repository":"hush-hush","tag":"1"}})"),
       "events[0] names no registry in request.host or target.url"},
      {envelope(R"({"action":"pull"},{"action":"push","target":{"repository":"Hush Hush","tag":"1"},)"
                R"("request":{"host":"r.example"}})"),
       "events[1].target.repository is not an image name without tag and digest"},
  };
  for (const Case& test : cases) {
    INFO(test.body);
    CHECK(message(parse(distribution(), test.body)) == "the body is not a push notification: " + test.message);
  }
}

TEST_CASE("distribution: the delivery's id is that of its first event, if there is one") {
  CHECK(delivery_id(distribution(), {}, envelope(event("push", "1"))) == "320678d8-ca14-430f-8bb6-4ca139cd83f7");
  CHECK(delivery_id(distribution(), {}, envelope("")).empty());
  CHECK(delivery_id(distribution(), {}, R"({"events":[{"id":"a b"}]})").empty());
}

TEST_CASE("no body makes a receiver fail but with an error that does not repeat it") {
  const bool holds = rc::check("any bytes are read or refused", [](const std::string& bytes) {
    for (const Receiver& receiver : receivers()) {
      const auto result =
          parse(receiver, bytes, {{"X-GitHub-Event", "package"}, {"X-Gitea-Event", "package"}}, "r.example");
      RC_ASSERT((result || result.error().kind == ErrorKind::invalid));
      RC_ASSERT(delivery_id(receiver, {}, bytes).size() <= 128u);
    }
  });
  CHECK(holds);
}

}  // namespace towline::registry
