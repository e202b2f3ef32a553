#include "registry/receiver_parts.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"

namespace towline::registry {

namespace {

constexpr std::size_t kMaxIdBytes = 128;

tl::unexpected<Error> no_proof(std::string_view header) {
  return fail(ErrorKind::forbidden, "the header " + std::string(header) + " is missing");
}

}  // namespace

std::string_view header_value(const HttpHeaders& headers, std::string_view name) {
  const std::string wanted = to_lower(name);
  for (const auto& [key, value] : headers) {
    if (to_lower(key) == wanted) return value;
  }
  return "";
}

std::string plain_id(std::string_view id) {
  const bool plain =
      id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c <= '~'; });
  return plain ? std::string(id) : std::string();
}

tl::unexpected<Error> bad_body(std::string_view what) {
  return fail(ErrorKind::invalid, "the body is not a push notification: " + std::string(what));
}

Result<Json> parse_body(std::string_view body) {
  Result<Json> json = parse_json(body);
  if (!json) return bad_body("it is not JSON");
  if (!json->is_object()) return bad_body("it is not a JSON object");
  return json;
}

Result<Json> list_in(const Json& json, const std::string& pointer) {
  const Json::json_pointer place(pointer);
  const std::string name = "\"" + replace_all(pointer.substr(1), "/", ".") + "\"";
  if (!json.contains(place) || !json.at(place).is_array()) return bad_body("the field " + name + " is not a list");
  const Json& list = json.at(place);
  if (list.size() > kMostImages) return bad_body("the field " + name + " has over " + plural(kMostImages, "element"));
  return list;
}

Result<ImagePushed> read_image(const std::string& place, const std::string& name, const std::string& tag,
                               const std::string& digest) {
  ImagePushed pushed;
  Result<image::ImageName> image_name = image::parse_image_name(name);
  if (!image_name) return bad_body(place + " is not an image name without tag and digest");
  pushed.name = *std::move(image_name);
  if (!tag.empty()) {
    Result<image::Tag> image_tag = image::parse_tag(tag);
    if (!image_tag) return bad_body("the tag beside " + place + " is not a tag");
    pushed.tag = *std::move(image_tag);
  }
  if (digest.empty()) return pushed;
  Result<image::Digest> image_digest = image::parse_digest(digest);
  if (!image_digest) return bad_body("the digest beside " + place + " is not a digest");
  pushed.digest = *std::move(image_digest);
  return pushed;
}

Result<ImagePushed> read_image_of(std::string_view host, const std::string& place, const std::string& name,
                                  const std::string& tag, const std::string& digest) {
  TRY(ImagePushed pushed, read_image(place, name, tag, digest));
  if (!host.empty() && pushed.name.registry != host) {
    return bad_body(place + " is an image of another registry than the configured one");
  }
  return pushed;
}

Result<void> verify_hmac_sha256(const Incoming& incoming, const Trust& trust, std::string_view header,
                                std::string_view prefix) {
  const std::string_view signature = header_value(incoming.headers, header);
  if (signature.empty()) return no_proof(header);
  const std::string expected = std::string(prefix) + hmac_sha256_hex(trust.secret.reveal(), incoming.body);
  // With an empty key anybody could sign.
  if (trust.secret.empty() || !constant_time_equal(to_lower(signature), expected)) {
    return fail(ErrorKind::forbidden, "the header " + std::string(header) + " does not fit the body and the secret");
  }
  return {};
}

Result<void> verify_authorization(const Incoming& incoming, const Trust& trust) {
  const std::string_view authorization = header_value(incoming.headers, "Authorization");
  if (authorization.empty()) return no_proof("Authorization");
  const bool plain = constant_time_equal(authorization, trust.secret.reveal());
  const bool bearer = constant_time_equal(authorization, "Bearer " + trust.secret.reveal());
  if (trust.secret.empty() || (!plain && !bearer)) {
    return fail(ErrorKind::forbidden, "the header Authorization is not the configured one");
  }
  return {};
}

Result<void> verify_path_secret(const Incoming& incoming, const Trust& trust) {
  if (!trust.secret.empty() && constant_time_equal(incoming.path_secret, trust.secret.reveal())) return {};
  return fail(ErrorKind::forbidden,
              "the address does not end in the configured secret: /hooks/registry/<name>/<secret>");
}

std::string no_id(const Incoming&) { return {}; }

}  // namespace towline::registry
