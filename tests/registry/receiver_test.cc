#include "registry/receiver.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/crypto.h"
#include "registry_asks.h"

namespace towline::registry {

namespace {

const std::string kBody = R"({"image":"ghcr.io/acme/pay","tag":"1.5.0"})";
/// openssl dgst -sha256 -hmac hush
const std::string kSignature = "sha256=0e2beddc41f7e2736e507cdebcbe4f1203852fbc4411a0aced43e88d40f5e5e3";
const std::string kDigest = "sha256:" + std::string(64, 'a');

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

TEST_CASE("generic: the right signature is accepted, header names and hex in any case") {
  CHECK(verify(generic(), {{"X-Signature", kSignature}}, kBody, Secret("hush")));
  CHECK(verify(generic(), {{"x-signature", kSignature}}, kBody, Secret("hush")));
  CHECK(verify(generic(), {{"X-Signature", "sha256=0E2BEDDC41F7E2736E507CDEBCBE4F1203852FBC4411A0ACED43E88D40F5E5E3"}},
               kBody, Secret("hush")));
}

TEST_CASE("generic: what does not prove the secret is refused") {
  struct Case {
    const char* what;
    HttpHeaders headers;
    std::string body;
    std::string secret;
    std::string message;
  };
  const std::string wrong = "the header X-Signature does not fit the body and the secret";
  const std::vector<Case> cases = {
      {"no header", {}, kBody, "hush", "the header X-Signature is missing"},
      {"an empty header", {{"X-Signature", ""}}, kBody, "hush", "the header X-Signature is missing"},
      {"another body", {{"X-Signature", kSignature}}, kBody + " ", "hush", wrong},
      {"another secret", {{"X-Signature", kSignature}}, kBody, "hush2", wrong},
      {"no algorithm", {{"X-Signature", kSignature.substr(7)}}, kBody, "hush", wrong},
      {"another algorithm", {{"X-Signature", "sha1=" + kSignature.substr(7)}}, kBody, "hush", wrong},
      {"a shortened signature", {{"X-Signature", kSignature.substr(0, 40)}}, kBody, "hush", wrong},
      {"an empty secret", {{"X-Signature", "sha256=" + hmac_sha256_hex("", kBody)}}, kBody, "", wrong},
  };
  for (const Case& test : cases) {
    INFO(test.what);
    const auto result = verify(generic(), test.headers, test.body, Secret(test.secret));
    CHECK(message(result) == test.message);
    CHECK((!result && result.error().kind == ErrorKind::forbidden));
  }
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

TEST_CASE("generic: the delivery's id is the sender's, if there is one") {
  CHECK(delivery_id(generic(), {}, kBody).empty());
  CHECK(delivery_id(generic(), {{"x-delivery-id", "run-17"}}, kBody) == "run-17");
  CHECK(delivery_id(generic(), {{"X-Request-Id", "r1"}, {"X-Delivery-Id", "d1"}}, kBody) == "d1");
  CHECK(delivery_id(generic(), {{"X-Request-Id", "r1"}}, kBody) == "r1");
}

TEST_CASE("generic: an id that is too long or not printable is not used") {
  CHECK(delivery_id(generic(), {{"X-Delivery-Id", std::string(129, 'x')}}, kBody).empty());
  CHECK(delivery_id(generic(), {{"X-Delivery-Id", std::string(128, 'x')}}, kBody) == std::string(128, 'x'));
  CHECK(delivery_id(generic(), {{"X-Delivery-Id", "a b"}}, kBody).empty());
  CHECK(delivery_id(generic(), {{"X-Delivery-Id", "a\x1b[31m"}}, kBody).empty());
  CHECK(delivery_id(generic(), {{"X-Delivery-Id", "\xc3\xa9"}}, kBody).empty());
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
