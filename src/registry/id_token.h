#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace towline::registry {

/// Whose tokens are taken, and for whom they must be made.
struct TokenRules {
  std::string issuer;
  std::string audience;
  std::string email;  ///< of the sender's account
};

/// An issuer's public keys for RS256: a JSON Web Key Set (RFC 7517), bounded in size and number. Cheap to copy.
class KeySet {
 public:
  /// Keys of other kinds are left out. Error invalid: not a key set, too large, or an RSA key under 2048 bits.
  static Result<KeySet> parse(std::string_view json);
  bool empty() const { return keys_.empty(); }

  /// Whether the key of that id signed these bytes (RSASSA-PKCS1-v1_5 with SHA-256).
  bool verifies(const std::string& key_id, std::string_view bytes, std::string_view signature) const;
  bool has(const std::string& key_id) const { return keys_.contains(key_id); }

 private:
  struct Key;
  std::map<std::string, std::shared_ptr<const Key>> keys_;
};

/// Which key a token says that it is signed by: its header's `kid`, of printable ASCII; "" when it does not say.
std::string key_id_of(std::string_view token);

/// Checks an OpenID Connect ID token (a JWT, RFC 7519, compact form): RS256 by a known key, issuer, audience, verified
/// e-mail, not expired, not of the future; a minute of clocks that differ is forgiven. Error forbidden, naming what is
/// wrong and never the token.
Result<void> verify_id_token(std::string_view token, const KeySet& keys, const TokenRules& rules, TimePoint now);

}  // namespace towline::registry
