#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "net/http_client.h"

// Signatures of webhooks as in the Standard Webhooks specification (standardwebhooks.com, 1.0.0): HMAC-SHA256 over
// "ID.TIMESTAMP.BODY", so that neither the time nor the id of a copied notification can be changed.
namespace towline {

inline constexpr std::string_view kWebhookId = "webhook-id";
inline constexpr std::string_view kWebhookTimestamp = "webhook-timestamp";  ///< seconds since 1970
inline constexpr std::string_view kWebhookSignature = "webhook-signature";

/// "v1,BASE64". A secret of the form "whsec_BASE64" is the decoded bytes; any other is the key as it is.
std::string webhook_signature(const Secret& secret, std::string_view id, std::string_view timestamp,
                              std::string_view body);

/// The three headers of a notification.
HttpHeaders sign_webhook(const Secret& secret, std::string_view id, std::chrono::sys_seconds time,
                         std::string_view body);

}  // namespace towline
