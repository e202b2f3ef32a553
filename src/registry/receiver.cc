#include "registry/receiver.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"

namespace towline::registry {

namespace {

constexpr std::size_t kMaxIdBytes = 128;

/// The first value of that header, or "".
std::string_view header_value(const HttpHeaders& headers, std::string_view name) {
  const std::string wanted = to_lower(name);
  for (const auto& [key, value] : headers) {
    if (to_lower(key) == wanted) return value;
  }
  return "";
}

/// An id from outside that is fit to be stored and logged.
bool is_plain_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
}

tl::unexpected<Error> no_proof(std::string_view header) {
  return fail(ErrorKind::forbidden, "the header " + std::string(header) + " is missing");
}

/// Sentences about a body name the place in it, never what it says.
tl::unexpected<Error> bad_body(std::string_view what) {
  return fail(ErrorKind::invalid, "the body is not a push notification: " + std::string(what));
}

Result<Json> parse_body(std::string_view body) {
  Result<Json> json = parse_json(body);
  if (!json) return bad_body("it is not JSON");
  if (!json->is_object()) return bad_body("it is not a JSON object");
  return json;
}

/// The image a delivery names; `place` tells where in the body, such as "" or "events[2].target.".
Result<ImagePushed> read_image(const std::string& place, const std::string& name, const std::string& tag,
                               const std::string& digest) {
  ImagePushed pushed;
  Result<image::ImageName> image_name = image::parse_image_name(name);
  if (!image_name) return bad_body(place + " is not an image name without tag and digest");
  pushed.name = *std::move(image_name);
  Result<image::Tag> image_tag = image::parse_tag(tag);
  if (!image_tag) return bad_body("\"tag\" beside " + place + " is not a tag");
  pushed.tag = *std::move(image_tag);
  if (digest.empty()) return pushed;
  Result<image::Digest> image_digest = image::parse_digest(digest);
  if (!image_digest) return bad_body("\"digest\" beside " + place + " is not a digest");
  pushed.digest = *std::move(image_digest);
  return pushed;
}

// generic: {"image": "ghcr.io/acme/pay", "tag": "1.5.0", "digest": "sha256:…"} with
// "X-Signature: sha256=<hex HMAC-SHA256 of the body>".

Result<void> verify_generic(const HttpHeaders& headers, std::string_view body, const Secret& secret) {
  const std::string_view signature = header_value(headers, "X-Signature");
  if (signature.empty()) return no_proof("X-Signature");
  // With an empty key anybody could sign.
  const std::string expected = "sha256=" + hmac_sha256_hex(secret.reveal(), body);
  if (secret.empty() || !constant_time_equal(to_lower(signature), expected)) {
    return fail(ErrorKind::forbidden, "the header X-Signature does not fit the body and the secret");
  }
  return {};
}

Result<std::vector<ImagePushed>> parse_generic(std::string_view body) {
  TRY(const Json json, parse_body(body));
  for (const char* field : {"image", "tag", "digest"}) {
    const auto value = json.find(field);
    const bool optional = std::string_view(field) == "digest";
    if (value == json.end() || (optional && value->is_null())) {
      if (optional) continue;
      return bad_body("the field \"" + std::string(field) + "\" is missing");
    }
    if (!value->is_string()) return bad_body("the field \"" + std::string(field) + "\" is not a string");
  }
  TRY(ImagePushed pushed,
      read_image("\"image\"", json_string(json, "/image"), json_string(json, "/tag"), json_string(json, "/digest")));
  return std::vector<ImagePushed>{std::move(pushed)};
}

/// Without an id of the sender's own every delivery is a new one: the same body twice may be a tag that was moved away
/// and back between them, and looking twice at what did not change costs little.
std::string generic_id(const HttpHeaders& headers, std::string_view) {
  for (const std::string_view name : {"X-Delivery-Id", "X-Request-Id"}) {
    const std::string_view id = header_value(headers, name);
    if (is_plain_id(id)) return std::string(id);
  }
  return {};
}

// distribution: the notifications of the CNCF distribution registry (docs/content/about/notifications.md), with the
// configured value in the Authorization header.

Result<void> verify_distribution(const HttpHeaders& headers, std::string_view, const Secret& secret) {
  const std::string_view authorization = header_value(headers, "Authorization");
  if (authorization.empty()) return no_proof("Authorization");
  const bool plain = constant_time_equal(authorization, secret.reveal());
  const bool bearer = constant_time_equal(authorization, "Bearer " + secret.reveal());
  if (secret.empty() || (!plain && !bearer)) {
    return fail(ErrorKind::forbidden, "the header Authorization is not the configured one");
  }
  return {};
}

/// "registry.example:5000" of "https://registry.example:5000/v2/…"; "" when there is none.
std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::string_view rest = url.substr(scheme + 3);
  return std::string(rest.substr(0, rest.find('/')));
}

Result<std::vector<ImagePushed>> parse_distribution(std::string_view body) {
  TRY(const Json json, parse_body(body));
  const auto events = json.find("events");
  if (events == json.end() || !events->is_array()) return bad_body("the field \"events\" is not a list");
  std::vector<ImagePushed> pushed;
  for (std::size_t index = 0; index < events->size(); ++index) {
    const Json& event = (*events)[index];
    const std::string tag = json_string(event, "/target/tag");
    // A push without a tag is of a layer, or of an image that is pulled by digest only.
    if (json_string(event, "/action") != "push" || tag.empty()) continue;
    std::string host = json_string(event, "/request/host");
    if (host.empty()) host = host_of(json_string(event, "/target/url"));
    const std::string place = "events[" + std::to_string(index) + "]";
    if (host.empty()) return bad_body(place + " names no registry in request.host or target.url");
    TRY(ImagePushed image,
        read_image(place + ".target.repository", host + "/" + json_string(event, "/target/repository"), tag,
                   json_string(event, "/target/digest")));
    pushed.push_back(std::move(image));
  }
  return pushed;
}

std::string distribution_id(const HttpHeaders&, std::string_view body) {
  const Result<Json> json = parse_json(body);
  std::string id = json ? json_string(*json, "/events/0/id") : "";
  return is_plain_id(id) ? id : std::string();
}

}  // namespace

const std::vector<Receiver>& receivers() {
  static const std::vector<Receiver> kReceivers = {
      {"generic", "JSON with image, tag and digest, signed in X-Signature (sha256=<hex HMAC of the body>)",
       verify_generic, parse_generic, generic_id},
      {"distribution", "notifications of a CNCF distribution registry, with the secret in Authorization",
       verify_distribution, parse_distribution, distribution_id},
  };
  return kReceivers;
}

const Receiver* find_receiver(std::string_view kind) {
  const auto found = std::find_if(receivers().begin(), receivers().end(),
                                  [&](const Receiver& receiver) { return receiver.kind == kind; });
  return found == receivers().end() ? nullptr : &*found;
}

}  // namespace towline::registry
