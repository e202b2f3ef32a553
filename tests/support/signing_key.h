#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "base/json.h"

namespace towline::test {

/// An RSA key of somebody who signs tokens or answers over TLS, with a certificate made by itself for 127.0.0.1 and
/// localhost.
class SigningKey {
 public:
  explicit SigningKey(unsigned bits = 2048);

  /// One key of a JSON Web Key Set (RFC 7517), and a set of only that one.
  Json web_key(const std::string& id) const;
  std::string key_set(const std::string& id) const;
  /// A JWT in compact form, signed with RS256 whatever the header says.
  std::string sign(const Json& header, const Json& claims) const;

  std::string certificate_pem() const;
  /// Base64 of the certificate's DER, as a JWT's `x5c` has it.
  std::string certificate_base64() const;

  EVP_PKEY* key() const { return key_.get(); }
  X509* certificate() const { return certificate_.get(); }

 private:
  std::string number(const char* name) const;

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

/// RFC 4648, section 5, without padding.
std::string base64url(std::string_view bytes);

}  // namespace towline::test
