#include <algorithm>
#include <array>
#include <utility>

#include "base/crypto.h"
#include "registry/receiver_parts.h"

// generic: {"image": "ghcr.io/acme/pay", "tag": "1.5.0", "digest": "sha256:…"} with
// "X-Signature: sha256=<hex HMAC-SHA256 of the body>"; also as the data of a CloudEvent (cloudevents.io, 1.0.2), in
// structured mode (the body is the event) or in binary mode (the body is its data, the rest is in headers).
namespace towline::registry {

namespace {

Result<void> verify(const Incoming& incoming, const Trust& trust) {
  return verify_hmac_sha256(incoming, trust, "X-Signature", "sha256=");
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

/// Without an id of the sender's own every delivery is a new one: the same body twice may be a tag that was moved away
/// and back between them, and looking twice at what did not change costs little.
std::string delivery_id(const Incoming& incoming) {
  for (const std::string_view name : {"X-Delivery-Id", "ce-id", "X-Request-Id"}) {
    std::string id = plain_id(header_value(incoming.headers, name));
    if (!id.empty()) return id;
  }
  const Result<Json> json = parse_json(incoming.body);
  return json && json->is_object() && is_structured_event(*json) ? plain_id(json_string(*json, "/id")) : std::string();
}

}  // namespace

const Receiver& generic_receiver() {
  static const Receiver kReceiver = {
      "generic",
      "JSON with image, tag and digest, or a CloudEvent of it; X-Signature: sha256=<hex HMAC of the body>",
      Proof::secret,
      "",
      false,
      verify,
      parse,
      delivery_id};
  return kReceiver;
}

}  // namespace towline::registry
