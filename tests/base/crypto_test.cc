#include "base/crypto.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace towline {
namespace {

TEST_CASE("SHA-256 gives the digests of FIPS 180-2") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("HMAC-SHA-256 gives the codes of RFC 4231") {
  CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hmac_sha256_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First") ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("a derived key is another for each key and each purpose") {
  CHECK(derive_key("key", "words") == derive_key("key", "words"));
  CHECK(derive_key("key", "words") != derive_key("key", "reports"));
  CHECK(derive_key("key", "words") != derive_key("other", "words"));
  CHECK(derive_key("key", "words") != hmac_sha256_hex("key", "words"));
}

TEST_CASE("base64 gives the texts of RFC 4648") {
  CHECK(base64_encode("").empty());
  CHECK(base64_encode("f") == "Zg==");
  CHECK(base64_encode("fo") == "Zm8=");
  CHECK(base64_encode("foobar") == "Zm9vYmFy");
}

TEST_CASE("decoding base64 gives back what was encoded, with padding or without") {
  CHECK(rc::check([](const std::string& bytes) {
    const std::string text = base64_encode(bytes);
    RC_ASSERT(base64_decode(text) == bytes);
    RC_ASSERT(base64_decode(text.substr(0, text.find('='))) == bytes);
  }));
}

TEST_CASE("what is not base64 is refused") {
  const auto* const text = GENERATE("Zg=", "Zg===", "Z", "Zm 9v", "Zm9v\n", "Zm-_", "=", "Zg==Zg==", "Z=g=");
  CAPTURE(text);
  CHECK(base64_decode(text) == std::nullopt);
}

TEST_CASE("comparing in constant time compares") {
  CHECK(constant_time_equal("", ""));
  CHECK(constant_time_equal("abc", "abc"));
  CHECK_FALSE(constant_time_equal("abc", "abd"));
  CHECK_FALSE(constant_time_equal("abc", "abcd"));
}

TEST_CASE("random text is hex of the wanted length and not the same twice") {
  const std::string first = random_hex(16);
  CHECK(first.size() == 32);
  CHECK(first.find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(first != random_hex(16));
}

}  // namespace
}  // namespace towline
