#include <utility>

#include "base/crypto.h"
#include "registry/receiver_parts.h"

// Registries whose events come through a cloud's event bus: Amazon's through EventBridge
// (docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html), Google's through a Pub/Sub push subscription
// (cloud.google.com/artifact-registry/docs/configure-notifications, cloud.google.com/pubsub/docs/push).
namespace towline::registry {

namespace {

Result<std::vector<ImagePushed>> parse_ecr(const Incoming& incoming, std::string_view configured) {
  TRY(const Json json, parse_body(incoming.body));
  const std::string tag = json_string(json, "/detail/image-tag");
  const bool pushed = json_string(json, "/source") == "aws.ecr" && json_string(json, "/detail/action-type") == "PUSH" &&
                      json_string(json, "/detail/result") == "SUCCESS";
  if (!pushed || tag.empty()) return std::vector<ImagePushed>();
  const std::string region = json_string(json, "/region");
  const std::string host = json_string(json, "/account") + ".dkr.ecr." + region + ".amazonaws.com" +
                           (region.starts_with("cn-") ? ".cn" : "");
  TRY(ImagePushed image,
      read_image_of(configured, "detail.repository-name", host + "/" + json_string(json, "/detail/repository-name"),
                    tag, json_string(json, "/detail/image-digest")));
  return std::vector<ImagePushed>{std::move(image)};
}

std::string ecr_id(const Incoming& incoming) {
  const Result<Json> json = parse_json(incoming.body);
  return json ? plain_id(json_string(*json, "/id")) : std::string();
}

constexpr std::string_view kBearer = "Bearer ";

Result<void> verify_google(const Incoming& incoming, const Trust& trust) {
  const std::string_view authorization = header_value(incoming.headers, "Authorization");
  if (!authorization.starts_with(kBearer)) {
    return fail(ErrorKind::forbidden, "the header Authorization with a Bearer token is missing");
  }
  return verify_id_token(authorization.substr(kBearer.size()), trust.keys, trust.tokens, trust.now);
}

/// `data` of the message: {"action": "INSERT", "digest": "<name>@sha256:…", "tag": "<name>:<tag>"}.
Result<std::vector<ImagePushed>> parse_google(const Incoming& incoming, std::string_view host) {
  TRY(const Json json, parse_body(incoming.body));
  const auto data = base64_decode(json_string(json, "/message/data"));
  if (!data) return bad_body("message.data is not base64");
  // A subscription may carry messages of others.
  const Result<Json> event = parse_json(*data);
  if (!event || json_string(*event, "/action") != "INSERT") return std::vector<ImagePushed>();
  const std::string text = json_string(*event, "/tag");
  if (text.empty()) return std::vector<ImagePushed>();
  const Result<image::Reference> tagged = image::parse_reference(text);
  if (!tagged || !tagged->tag) return bad_body("\"tag\" in message.data is not an image with its tag");
  std::string digest;
  if (const std::string pinned = json_string(*event, "/digest"); !pinned.empty()) {
    const Result<image::Reference> reference = image::parse_reference(pinned);
    if (!reference || !reference->digest || reference->name != tagged->name) {
      return bad_body("\"digest\" in message.data is not the digest of the same image");
    }
    digest = reference->digest->str();
  }
  TRY(ImagePushed image,
      read_image_of(host, "\"tag\" in message.data", tagged->name.str(), tagged->tag->str(), digest));
  return std::vector<ImagePushed>{std::move(image)};
}

std::string google_id(const Incoming& incoming) {
  const Result<Json> json = parse_json(incoming.body);
  return json ? plain_id(json_string(*json, "/message/messageId")) : std::string();
}

}  // namespace

std::string signing_key_of(const HttpHeaders& headers) {
  const std::string_view authorization = header_value(headers, "Authorization");
  return authorization.starts_with(kBearer) ? key_id_of(authorization.substr(kBearer.size())) : std::string();
}

std::vector<Receiver> cloud_receivers() {
  return {{"ecr", "Amazon ECR's events through an EventBridge API destination; the secret in Authorization",
           Proof::secret, "", false, verify_authorization, parse_ecr, ecr_id},
          {"google", "Artifact Registry's or GCR's Pub/Sub push subscription; an identity token of Google's",
           Proof::id_token, "", false, verify_google, parse_google, google_id}};
}

}  // namespace towline::registry
