#include <charconv>
#include <cstdint>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "net/webhook_signature.h"
#include "registry/receiver_parts.h"

// generic: {"image": "ghcr.io/acme/pay", "tag": "1.5.0", "digest": "sha256:…"}, signed as base/webhook_signature.h
// says; also as the data of a CloudEvent (cloudevents.io, 1.0.2), in structured mode (the body is the event) or in
// binary mode (the body is its data, the rest is in headers).
namespace towline::registry {

namespace {

/// A sender signs once for each of its secrets.
constexpr std::size_t kMostSignatures = 8;

tl::unexpected<Error> refuse(const std::string& why) { return fail(ErrorKind::forbidden, why); }

Result<void> check_time(std::string_view timestamp, const Trust& trust) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
  constexpr std::int64_t kEndOfTime = 253'402'300'800;  // the year 10000
  if (error != std::errc() || end != timestamp.data() + timestamp.size() || seconds < 0 || seconds > kEndOfTime) {
    return refuse("the header webhook-timestamp is not a number of seconds since 1970");
  }
  const TimePoint signed_at{std::chrono::seconds(seconds)};
  const Duration away = signed_at > trust.now ? signed_at - trust.now : trust.now - signed_at;
  if (away <= trust.tolerance) return {};
  return refuse("the notification was signed " + format_duration(away) +
                (signed_at > trust.now ? " in the future" : " ago") + ", and at most " +
                format_duration(trust.tolerance) + " is allowed: check the clocks, and sign each attempt anew");
}

Result<void> verify(const Incoming& incoming, const Trust& trust) {
  for (const std::string_view name : {kWebhookId, kWebhookTimestamp, kWebhookSignature}) {
    if (!header_value(incoming.headers, name).empty()) continue;
    return refuse("the header " + std::string(name) +
                  " is missing: sign the id, the time and the body as Standard Webhooks do");
  }
  const std::string_view id = header_value(incoming.headers, kWebhookId);
  if (plain_id(id).empty()) {
    return refuse("the header webhook-id must be at most 128 visible ASCII characters");
  }
  const std::string_view timestamp = header_value(incoming.headers, kWebhookTimestamp);
  const std::string expected = webhook_signature(trust.secret, id, timestamp, incoming.body);
  bool known = false;
  std::size_t looked = 0;
  for (const std::string_view one : split(header_value(incoming.headers, kWebhookSignature), ' ')) {
    if (++looked > kMostSignatures) break;
    if (constant_time_equal(one, expected)) known = true;
  }
  // With an empty key anybody could sign.
  if (!known || trust.secret.empty()) {
    return refuse("the header webhook-signature does not fit the id, the time, the body and the secret");
  }
  return check_time(timestamp, trust);
}

bool is_structured_event(const Json& json) {
  return json.contains("specversion") && !json.contains("image") &&
         (json.contains("data") || json.contains("data_base64"));
}

/// What the delivery is about: the body, or the data of the event in it.
Result<Json> payload(std::string_view body) {
  TRY(Json json, parse_body(body));
  if (!is_structured_event(json)) return json;
  if (json.contains("data")) {
    if (!json["data"].is_object()) return bad_body("the field \"data\" is not a JSON object");
    return Json(json["data"]);
  }
  const auto decoded = base64_decode(json_string(json, "/data_base64"));
  if (!decoded) return bad_body("the field \"data_base64\" is not base64");
  return parse_body(*decoded);
}

Result<std::vector<ImagePushed>> parse(const Incoming& incoming, std::string_view host) {
  TRY(const Json json, payload(incoming.body));
  for (const char* field : {"image", "tag", "digest"}) {
    const auto value = json.find(field);
    const bool optional = std::string_view(field) == "digest";
    if (value == json.end() || (optional && value->is_null())) {
      if (optional) continue;
      return bad_body("the field \"" + std::string(field) + "\" is missing");
    }
    if (!value->is_string()) return bad_body("the field \"" + std::string(field) + "\" is not a string");
  }
  const std::string tag = json_string(json, "/tag");
  if (tag.empty()) return bad_body("the tag beside \"image\" is not a tag");
  TRY(ImagePushed pushed,
      read_image_of(host, "\"image\"", json_string(json, "/image"), tag, json_string(json, "/digest")));
  return std::vector<ImagePushed>{std::move(pushed)};
}

/// Signed, so that a copy of a delivery is a duplicate.
std::string delivery_id(const Incoming& incoming) { return plain_id(header_value(incoming.headers, kWebhookId)); }

}  // namespace

const Receiver& generic_receiver() {
  static const Receiver kReceiver = {
      "generic",
      "JSON with image, tag and digest, or a CloudEvent of it; signed with its id and time (Standard Webhooks)",
      Proof::secret,
      "",
      false,
      verify,
      parse,
      delivery_id,
      true,
      true};
  return kReceiver;
}

}  // namespace towline::registry
