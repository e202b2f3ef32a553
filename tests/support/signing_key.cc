#include "support/signing_key.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

#include "base/crypto.h"

namespace towline::test {

namespace {

void must(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL cannot make a key or a certificate for the tests");
}

void add_extension(X509* certificate, int kind, const char* value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, kind, value), X509_EXTENSION_free);
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  return text;
}

SigningKey::SigningKey(unsigned bits) : key_(EVP_RSA_gen(bits), EVP_PKEY_free), certificate_(X509_new(), X509_free) {
  X509* certificate = certificate_.get();
  must(key_ && certificate != nullptr && X509_set_version(certificate, X509_VERSION_3) == 1);
  constexpr long kHour = 3600;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kHour);
  X509_NAME* name = X509_get_subject_name(certificate);
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("towline tests"), -1,
                                  -1, 0) == 1);
  must(X509_set_issuer_name(certificate, name) == 1 && X509_set_pubkey(certificate, key_.get()) == 1);
  add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  must(X509_sign(certificate, key_.get(), EVP_sha256()) > 0);
}

Json SigningKey::web_key(const std::string& id) const {
  return {{"kty", "RSA"},
          {"use", "sig"},
          {"alg", "RS256"},
          {"kid", id},
          {"n", number(OSSL_PKEY_PARAM_RSA_N)},
          {"e", number(OSSL_PKEY_PARAM_RSA_E)}};
}

std::string SigningKey::key_set(const std::string& id) const {
  return dump_json(Json{{"keys", Json::array({web_key(id)})}});
}

std::string SigningKey::sign(const Json& header, const Json& claims) const {
  const std::string text = base64url(dump_json(header)) + "." + base64url(dump_json(claims));
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  must(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  must(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1);
  std::string signature(size, '\0');
  must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) ==
       1);
  return text + "." + base64url(signature);
}

std::string SigningKey::certificate_pem() const {
  const Memory memory(BIO_new(BIO_s_mem()), BIO_free);
  must(PEM_write_bio_X509(memory.get(), certificate_.get()) == 1);
  return text_of(memory.get());
}

std::string SigningKey::certificate_base64() const {
  const Memory memory(BIO_new(BIO_s_mem()), BIO_free);
  must(i2d_X509_bio(memory.get(), certificate_.get()) == 1);
  return base64_encode(text_of(memory.get()));
}

std::string SigningKey::number(const char* name) const {
  BIGNUM* value = nullptr;
  must(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(value);
  return base64url(bytes);
}

}  // namespace towline::test
