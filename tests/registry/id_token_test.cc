#include "registry/id_token.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "registry/receiver.h"
#include "registry_asks.h"
#include "support/signing_key.h"

namespace towline::registry {

namespace {

using test::base64url;
using test::SigningKey;

constexpr TimePoint kNow{std::chrono::seconds(1'800'000'000)};
const TokenRules kRules{"https://accounts.google.com", "https://towline.example.com", "push@acme.iam.example.com"};

const SigningKey& issuer() {
  static const SigningKey kKey;
  return kKey;
}

const Json kHeader{{"alg", "RS256"}, {"kid", "k1"}, {"typ", "JWT"}};

Json claims() {
  return {{"iss", kRules.issuer}, {"aud", kRules.audience}, {"email", kRules.email},         {"email_verified", true},
          {"iat", 1'799'999'900}, {"exp", 1'800'003'500},   {"sub", "113774264463038321964"}};
}

Json with(const char* name, const Json& value) {
  Json changed = claims();
  changed[name] = value;
  return changed;
}

std::string refusal(const std::string& token, const TokenRules& rules = kRules) {
  return message(verify_id_token(token, KeySet::parse(issuer().key_set("k1")).value(), rules, kNow));
}

}  // namespace

TEST_CASE("a token of the configured account, for the configured audience, is taken") {
  CHECK(refusal(issuer().sign(kHeader, claims())).empty());
}

TEST_CASE("a token that is not exactly that is refused with what is wrong") {
  const std::string other_issuer = "the identity token has a different issuer than configured";
  const std::string other_audience = "the identity token is for another audience than the configured one";
  const std::string other_account = "the identity token is for a different account than configured";
  const std::string expired = "the identity token has expired, or does not say when it does";
  struct Case {
    const char* what;
    Json claims;
    std::string message;
  };
  Json without_end = claims();
  without_end.erase("exp");
  const std::vector<Case> cases = {
      {"another issuer", with("iss", "https://evil.example"), other_issuer},
      {"another audience", with("aud", "https://other.example.com"), other_audience},
      {"several audiences", with("aud", Json::array({kRules.audience})), other_audience},
      {"another account", with("email", "evil@acme.iam.example.com"), other_account},
      {"an account that was not verified", with("email_verified", false), other_account},
      {"verified as a word", with("email_verified", "true"), other_account},
      {"expired", with("exp", 1'799'999'940), expired},
      {"without an end", without_end, expired},
      {"an end that is no number", with("exp", "never"), expired},
      {"of the future", with("iat", 1'800'000'061), "the identity token is of the future: check the clocks"},
      {"not valid yet", with("nbf", 1'800'000'061), "the identity token is of the future: check the clocks"},
  };
  for (const Case& test : cases) {
    INFO(test.what);
    CHECK(refusal(issuer().sign(kHeader, test.claims)) == test.message);
  }
  CHECK(refusal(issuer().sign(kHeader, with("exp", 1'799'999'941))).empty());
  CHECK(refusal(issuer().sign(kHeader, with("iat", 1'800'000'060))).empty());
}

TEST_CASE("rules that were left empty are met by nobody") {
  CHECK(refusal(issuer().sign(kHeader, with("aud", "")), {kRules.issuer, "", kRules.email}) != "");
  CHECK(refusal(issuer().sign(kHeader, with("email", "")), {kRules.issuer, kRules.audience, ""}) != "");
}

TEST_CASE("only RS256 by a known key counts") {
  const std::string token = issuer().sign(kHeader, claims());
  const std::string body = token.substr(0, token.rfind('.'));
  CHECK(refusal(issuer().sign({{"alg", "none"}, {"kid", "k1"}}, claims())) ==
        "the identity token is not signed with RS256");
  CHECK(refusal(base64url(R"({"alg":"none"})") + "." + base64url(dump_json(claims())) + ".") ==
        "the identity token is not signed with RS256");
  CHECK(refusal(issuer().sign({{"alg", "HS256"}, {"kid", "k1"}}, claims())) ==
        "the identity token is not signed with RS256");
  CHECK(refusal(issuer().sign({{"alg", "RS256"}, {"kid", "k2"}}, claims())) ==
        "the identity token is signed by a key that is not among the issuer's known ones");
  CHECK(refusal(issuer().sign({{"alg", "RS256"}, {"kid", "k1"}, {"crit", {"b64"}}}, claims())) ==
        "the identity token wants extensions that are not known here");
  const std::string wrong_signature = "the identity token has a wrong signature";
  CHECK(refusal(SigningKey().sign(kHeader, claims())) == wrong_signature);
  CHECK(refusal(body + ".") == wrong_signature);
  CHECK(refusal(base64url(dump_json(kHeader)) + "." + base64url(dump_json(with("email", "evil@example.com"))) +
                token.substr(token.rfind('.'))) == wrong_signature);
  CHECK(refusal(body + ".a+b") == "the identity token has a signature that is not base64url");
}

TEST_CASE("what is no token is refused without repeating it") {
  CHECK(refusal("") == "the identity token is not a signed JWT of three parts");
  CHECK(refusal("hush.hush") == "the identity token is not a signed JWT of three parts");
  CHECK(refusal("%.%.%") == "the identity token has a header that is not base64url");
  CHECK(refusal(base64url("hush") + ".x.y") == "the identity token has a header that is not a JSON object");
  CHECK(refusal(std::string((16u << 10) + 1, 'a')) == "the identity token is too long");
}

TEST_CASE("key sets that are none, or whose keys are weak, are refused") {
  const auto why = [](const std::string& text) { return message(KeySet::parse(text)); };
  const std::string start = "the text is not a JSON Web Key Set: ";
  CHECK(why("hush") == start + "it is not JSON");
  CHECK(why("[]") == start + "it has no list \"keys\"");
  CHECK(why(R"({"keys":{}})") == start + "it has no list \"keys\"");
  CHECK(why(R"({"keys":[{"kty":"RSA","kid":"k1"}]})") == start + "an RSA key is not complete");
  CHECK(why(SigningKey(1024).key_set("k1")) == start + "an RSA key has not between 2048 and 8192 bits");
  CHECK(why(std::string((256u << 10) + 1, ' ')) == start + "it is larger than 262144 bytes");
  std::string many = R"({"keys":[{})";
  for (int i = 0; i < 64; ++i) many += ",{}";
  CHECK(why(many + "]}") == start + "it has more than 64 keys");
  CHECK(KeySet::parse(R"({"keys":[{"kty":"EC","kid":"k1"}]})").value().empty());
}

TEST_CASE("google: the token stands in Authorization") {
  const Receiver& google = *find_receiver("google");
  const KeySet keys = KeySet::parse(issuer().key_set("k1")).value();
  const Secret none;
  const Trust trust{none, kRules, keys, kNow};
  const HttpHeaders good = {{"Authorization", "Bearer " + issuer().sign(kHeader, claims())}};
  CHECK(google.verify({good, "{}", ""}, trust));
  const HttpHeaders missing;
  CHECK(message(google.verify({missing, "{}", ""}, trust)) ==
        "the header Authorization with a Bearer token is missing");
  const KeySet no_keys;
  CHECK_FALSE(google.verify({good, "{}", ""}, Trust{none, kRules, no_keys, kNow}));
}

}  // namespace towline::registry
