#include "registry/id_token.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace towline::registry {

namespace {

constexpr std::size_t kMaxKeySetBytes = 256u << 10;
constexpr std::size_t kMostKeys = 64;
constexpr std::size_t kMaxTokenBytes = 16u << 10;
constexpr std::size_t kLeastModulusBytes = 2048 / 8;
constexpr std::size_t kMostModulusBytes = 8192 / 8;
constexpr std::size_t kMostExponentBytes = 8;
constexpr std::chrono::seconds kLeeway{60};

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;

const unsigned char* as_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// RFC 4648, section 5, without padding.
std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string standard(text);
  std::replace(standard.begin(), standard.end(), '-', '+');
  std::replace(standard.begin(), standard.end(), '_', '/');
  return base64_decode(standard);
}

Number to_number(std::string_view bytes) {
  return Number(BN_bin2bn(as_bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

PublicKey make_rsa(std::string_view modulus, std::string_view exponent) {
  const Number n = to_number(modulus);
  const Number e = to_number(exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return PublicKey(key);
}

tl::unexpected<Error> refused(std::string_view what) {
  return fail(ErrorKind::forbidden, "the identity token " + std::string(what));
}

Result<Json> decode_part(std::string_view part, std::string_view what) {
  const auto bytes = base64url_decode(part);
  if (!bytes) return refused("has a " + std::string(what) + " that is not base64url");
  Result<Json> json = parse_json(*bytes, 16);
  if (!json || !json->is_object()) return refused("has a " + std::string(what) + " that is not a JSON object");
  return json;
}

Result<void> check_claims(const Json& claims, const TokenRules& rules, TimePoint now) {
  if (json_string(claims, "/iss") != rules.issuer) return refused("has a different issuer than configured");
  if (rules.audience.empty() || json_string(claims, "/aud") != rules.audience) {
    return refused("is for another audience than the configured one");
  }
  const bool verified = json_bool(claims, "/email_verified");
  if (rules.email.empty() || json_string(claims, "/email") != rules.email || !verified) {
    return refused("is for a different account than configured");
  }
  const std::int64_t seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::int64_t expires = json_integer(claims, "/exp");
  if (expires <= seconds - kLeeway.count()) return refused("has expired, or does not say when it does");
  const std::int64_t from = std::max(json_integer(claims, "/iat"), json_integer(claims, "/nbf"));
  if (from > seconds + kLeeway.count()) return refused("is of the future: check the clocks");
  return {};
}

}  // namespace

struct KeySet::Key {
  PublicKey key;
};

Result<KeySet> KeySet::parse(std::string_view json) {
  const auto wrong = [](std::string_view what) {
    return fail(ErrorKind::invalid, "the text is not a JSON Web Key Set: " + std::string(what));
  };
  if (json.size() > kMaxKeySetBytes) return wrong("it is larger than " + plural(kMaxKeySetBytes, "byte"));
  const Result<Json> parsed = parse_json(json, 16);
  if (!parsed) return wrong("it is not JSON");
  const auto list = parsed->find("keys");
  if (!parsed->is_object() || list == parsed->end() || !list->is_array()) return wrong("it has no list \"keys\"");
  if (list->size() > kMostKeys) return wrong("it has more than " + plural(kMostKeys, "key"));
  KeySet set;
  for (const Json& entry : *list) {
    const std::string use = json_string(entry, "/use", "sig");
    const std::string algorithm = json_string(entry, "/alg", "RS256");
    if (json_string(entry, "/kty") != "RSA" || use != "sig" || algorithm != "RS256") continue;
    const std::string id = json_string(entry, "/kid");
    const auto modulus = base64url_decode(json_string(entry, "/n"));
    const auto exponent = base64url_decode(json_string(entry, "/e"));
    if (id.empty() || !modulus || !exponent || exponent->empty() || exponent->size() > kMostExponentBytes) {
      return wrong("an RSA key is not complete");
    }
    if (modulus->size() < kLeastModulusBytes || modulus->size() > kMostModulusBytes || modulus->front() == '\0') {
      return wrong("an RSA key has not between 2048 and 8192 bits");
    }
    auto key = std::make_shared<Key>();
    key->key = make_rsa(*modulus, *exponent);
    if (!key->key) return wrong("an RSA key is none");
    set.keys_[id] = std::move(key);
  }
  return set;
}

bool KeySet::verifies(const std::string& key_id, std::string_view bytes, std::string_view signature) const {
  const auto found = keys_.find(key_id);
  if (found == keys_.end()) return false;
  const DigestContext context(EVP_MD_CTX_new());
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, found->second->key.get()) == 1 &&
         EVP_DigestVerify(context.get(), as_bytes(signature), signature.size(), as_bytes(bytes), bytes.size()) == 1;
}

std::string key_id_of(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return {};
  const std::vector<std::string_view> parts = split(token, '.');
  if (parts.size() != 3) return {};
  const auto header = decode_part(parts[0], "header");
  if (!header) return {};
  std::string id = json_string(*header, "/kid");
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return plain ? id : std::string();
}

Result<void> verify_id_token(std::string_view token, const KeySet& keys, const TokenRules& rules, TimePoint now) {
  if (token.size() > kMaxTokenBytes) return refused("is too long");
  const std::vector<std::string_view> parts = split(token, '.');
  if (parts.size() != 3) return refused("is not a signed JWT of three parts");
  TRY(const Json header, decode_part(parts[0], "header"));
  // Named by us, never chosen by the token: "none" and HMAC with a public key are the known attacks.
  if (json_string(header, "/alg") != "RS256") return refused("is not signed with RS256");
  if (header.contains("crit")) return refused("wants extensions that are not known here");
  const auto signature = base64url_decode(parts[2]);
  if (!signature) return refused("has a signature that is not base64url");
  const std::string key_id = json_string(header, "/kid");
  if (!keys.has(key_id)) return refused("is signed by a key that is not among the issuer's known ones");
  const std::string_view bytes = token.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!keys.verifies(key_id, bytes, *signature)) return refused("has a wrong signature");
  TRY(const Json claims, decode_part(parts[1], "body"));
  return check_claims(claims, rules, now);
}

}  // namespace towline::registry
