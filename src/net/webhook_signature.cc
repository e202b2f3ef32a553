#include "net/webhook_signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/crypto.h"

namespace towline {
namespace {

std::string key_of(const Secret& secret) {
  constexpr std::string_view kPrefix = "whsec_";
  const std::string& text = secret.reveal();
  if (text.starts_with(kPrefix)) {
    if (auto key = base64_decode(std::string_view(text).substr(kPrefix.size())); key && !key->empty()) return *key;
  }
  return text;
}

}  // namespace

std::string webhook_signature(const Secret& secret, std::string_view id, std::string_view timestamp,
                              std::string_view body) {
  const std::string key = key_of(secret);
  const std::string content = std::string(id).append(".").append(timestamp).append(".").append(body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(content.data()),
       content.size(), digest.data(), &size);
  return "v1," + base64_encode({reinterpret_cast<const char*>(digest.data()), size});
}

HttpHeaders sign_webhook(const Secret& secret, std::string_view id, std::chrono::sys_seconds time,
                         std::string_view body) {
  const std::string timestamp = std::to_string(time.time_since_epoch().count());
  return {{std::string(kWebhookId), std::string(id)},
          {std::string(kWebhookTimestamp), timestamp},
          {std::string(kWebhookSignature), webhook_signature(secret, id, timestamp, body)}};
}

}  // namespace towline
