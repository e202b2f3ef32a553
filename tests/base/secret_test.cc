#include "base/secret.h"
#include "base/text.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "base/crypto.h"
#include "net/http_client.h"

namespace towline {
namespace {

TEST_CASE("a secret is masked as it is, in base64 and percent-encoded") {
  Redactor redactor;
  redactor.add(Secret("s3cr3t/token+1"));

  CHECK(redactor.redact("token s3cr3t/token+1 refused") == "token *** refused");
  CHECK(redactor.redact("Basic " + base64_encode("s3cr3t/token+1")) == "Basic ***");
  CHECK(redactor.redact("?access_token=" + percent_encode("s3cr3t/token+1")) == "?access_token=***");
}

TEST_CASE("of two secrets where one contains the other, nothing is left") {
  Redactor redactor;
  redactor.add(Secret("abcd"));
  redactor.add(Secret("abcdefgh"));
  CHECK(redactor.redact("abcdefgh abcd") == "*** ***");
}

TEST_CASE("an empty secret masks nothing") {
  Redactor redactor;
  redactor.add(Secret(""));
  CHECK(redactor.redact("text") == "text");
}

TEST_CASE("inside any longer base64 text the secret's own characters are masked") {
  CHECK(rc::check([](const std::string& before, const std::string& after) {
    const std::string secret = "0123456789abcdef0123456789abcdef";
    Redactor redactor;
    redactor.add(Secret(secret));
    const std::string encoded = base64_encode(before + secret + after);
    const std::string redacted = redactor.redact(encoded);
    RC_ASSERT(redacted.size() + 35 <= encoded.size());
    RC_ASSERT(redacted.find("***") != std::string::npos);
  }));
}

struct UrlCase {
  std::string text;
  std::string masked;
};

TEST_CASE("credentials in URLs are masked wherever the URL stands") {
  const auto c = GENERATE(values<UrlCase>({
      {"https://user:pass@host/x", "https://***@host/x"},
      {"https://token@host", "https://***@host"},
      {"https://user:p@ss@host/x", "https://***@host/x"},
      {"fetch of 'https://u:p@h/r.git' and http://a:b@c failed",
       "fetch of 'https://***@h/r.git' and http://***@c failed"},
      {"https://host/a@b", "https://host/a@b"},
      {"mail bob@example.com", "mail bob@example.com"},
      {"https://host?to=a@b", "https://host?to=a@b"},
  }));
  CHECK(redact_url(c.text) == c.masked);
  CHECK(Redactor().redact(c.text) == c.masked);
}

}  // namespace
}  // namespace towline
