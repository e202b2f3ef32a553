#include <utility>

#include "registry/receiver_parts.h"

// Registries whose webhooks can be given an address and nothing else: Docker Hub
// (docs.docker.com/docker-hub/repos/manage/webhooks) and Quay (docs.quay.io/guides/notifications.html).
namespace towline::registry {

namespace {

Result<std::vector<ImagePushed>> parse_docker_hub(const Incoming& incoming, std::string_view host) {
  TRY(const Json json, parse_body(incoming.body));
  const std::string tag = json_string(json, "/push_data/tag");
  if (tag.empty()) return std::vector<ImagePushed>();
  const std::string name = std::string(host) + "/" + json_string(json, "/repository/repo_name");
  TRY(ImagePushed pushed, read_image("repository.repo_name", name, tag, ""));
  return std::vector<ImagePushed>{std::move(pushed)};
}

/// Other notifications of Quay (builds, vulnerabilities) have no `updated_tags`.
Result<std::vector<ImagePushed>> parse_quay(const Incoming& incoming, std::string_view host) {
  TRY(const Json json, parse_body(incoming.body));
  std::vector<ImagePushed> all;
  if (!json.contains("updated_tags")) return all;
  TRY(const Json tags, list_in(json, "/updated_tags"));
  for (const Json& tag : tags) {
    if (!tag.is_string() || tag.get_ref<const std::string&>().empty()) {
      return bad_body("the field \"updated_tags\" has something that is not a tag");
    }
    TRY(ImagePushed pushed,
        read_image_of(host, "\"docker_url\"", json_string(json, "/docker_url"), tag.get<std::string>(), ""));
    all.push_back(std::move(pushed));
  }
  return all;
}

}  // namespace

std::vector<Receiver> hosted_receivers() {
  return {{"docker-hub", "webhooks of Docker Hub; the secret in the address", Proof::path_secret, "docker.io", false,
           verify_path_secret, parse_docker_hub, no_id},
          {"quay", "repository notifications of Quay; the secret in the address", Proof::path_secret, "quay.io", false,
           verify_path_secret, parse_quay, no_id}};
}

}  // namespace towline::registry
