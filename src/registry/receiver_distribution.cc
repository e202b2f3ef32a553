#include <utility>

#include "registry/receiver_parts.h"

// What speaks the event format of the CNCF distribution registry (docs/content/about/notifications.md): that registry
// itself, with a list of events, and Azure's, with one
// (learn.microsoft.com/azure/container-registry/container-registry-webhook-reference).
namespace towline::registry {

namespace {

/// "registry.example:5000" of "https://registry.example:5000/v2/…"; "" when there is none.
std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return "";
  const std::string_view rest = url.substr(scheme + 3);
  return std::string(rest.substr(0, rest.find('/')));
}

bool is_tag_push(const Json& event) {
  // A push without a tag is of a layer, or of an image that is pulled by digest only.
  return json_string(event, "/action") == "push" && !json_string(event, "/target/tag").empty();
}

/// `place` is where the event stands: "" or "events[2].".
Result<ImagePushed> read_event(const Json& event, const std::string& place, const std::string& host) {
  if (host.empty()) {
    return bad_body((place.empty() ? "it" : place.substr(0, place.size() - 1)) +
                    " names no registry in request.host or target.url");
  }
  return read_image(place + "target.repository", host + "/" + json_string(event, "/target/repository"),
                    json_string(event, "/target/tag"), json_string(event, "/target/digest"));
}

/// Behind a proxy the registry does not know its own name: a configured one counts more.
Result<std::vector<ImagePushed>> parse_distribution(const Incoming& incoming, std::string_view configured) {
  TRY(const Json json, parse_body(incoming.body));
  TRY(const Json events, list_in(json, "/events"));
  std::vector<ImagePushed> pushed;
  for (std::size_t index = 0; index < events.size(); ++index) {
    const Json& event = events[index];
    if (!is_tag_push(event)) continue;
    std::string host(configured);
    if (host.empty()) host = json_string(event, "/request/host");
    if (host.empty()) host = host_of(json_string(event, "/target/url"));
    TRY(ImagePushed image, read_event(event, "events[" + std::to_string(index) + "].", host));
    pushed.push_back(std::move(image));
  }
  return pushed;
}

std::string distribution_id(const Incoming& incoming) {
  const Result<Json> json = parse_json(incoming.body);
  return json ? plain_id(json_string(*json, "/events/0/id")) : std::string();
}

Result<std::vector<ImagePushed>> parse_acr(const Incoming& incoming, std::string_view configured) {
  TRY(const Json json, parse_body(incoming.body));
  if (!is_tag_push(json)) return std::vector<ImagePushed>();
  const std::string host = json_string(json, "/request/host");
  if (!configured.empty() && host != configured) {
    return bad_body("request.host is another registry than the configured one");
  }
  TRY(ImagePushed image, read_event(json, "", host));
  return std::vector<ImagePushed>{std::move(image)};
}

std::string acr_id(const Incoming& incoming) {
  const Result<Json> json = parse_json(incoming.body);
  return json ? plain_id(json_string(*json, "/id")) : std::string();
}

}  // namespace

std::vector<Receiver> distribution_receivers() {
  return {{"distribution", "notifications of a CNCF distribution registry; the secret in Authorization", Proof::secret,
           "", false, verify_authorization, parse_distribution, distribution_id},
          {"acr", "webhooks of Azure Container Registry; the secret in the address", Proof::path_secret, "", false,
           verify_path_secret, parse_acr, acr_id}};
}

}  // namespace towline::registry
