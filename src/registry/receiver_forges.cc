#include <utility>

#include "base/text.h"
#include "registry/receiver_parts.h"

// Package registries of forges: GitHub's (events `package` and `registry_package`,
// docs.github.com/webhooks/webhook-events-and-payloads) and Gitea's (event `package`).
namespace towline::registry {

namespace {

Result<void> verify_github(const Incoming& incoming, const Trust& trust) {
  return verify_hmac_sha256(incoming, trust, "X-Hub-Signature-256", "sha256=");
}

/// "ghcr.io/acme/pay" of a package_url "ghcr.io/acme/pay:1.5.0"; "" when there is none, as in events before it was
/// added: then owner and name say it.
std::string github_name(const Json& package, const Json& version, std::string_view host) {
  const std::string url = json_string(version, "/package_url");
  if (const auto reference = image::parse_reference(url); reference) return reference->name.str();
  const std::string owner = to_lower(json_string(package, "/owner/login"));
  const std::string name = to_lower(json_string(package, "/name"));
  return std::string(host) + "/" + owner + "/" + name;
}

Result<std::vector<ImagePushed>> parse_ghcr(const Incoming& incoming, std::string_view host) {
  const std::string_view event = header_value(incoming.headers, "X-GitHub-Event");
  if (event != "package" && event != "registry_package") return std::vector<ImagePushed>();
  TRY(const Json json, parse_body(incoming.body));
  const std::string action = json_string(json, "/action");
  const auto found = json.find(std::string(event));
  if (found == json.end() || !found->is_object()) return bad_body("the field of its event's name is not an object");
  const Json& package = *found;
  const bool container = to_lower(json_string(package, "/package_type")) == "container" ||
                         to_lower(json_string(package, "/ecosystem")) == "container";
  const auto version = package.find("package_version");
  if ((action != "published" && action != "updated") || !container || version == package.end()) {
    return std::vector<ImagePushed>();
  }
  // A manifest of one platform, or one that is pulled by digest only, has no tag.
  const std::string tag = json_string(*version, "/container_metadata/tag/name");
  if (tag.empty()) return std::vector<ImagePushed>();
  TRY(ImagePushed pushed, read_image_of(host, "package_version.package_url", github_name(package, *version, host), tag,
                                        json_string(*version, "/container_metadata/tag/digest")));
  return std::vector<ImagePushed>{std::move(pushed)};
}

std::string github_id(const Incoming& incoming) {
  return plain_id(header_value(incoming.headers, "X-GitHub-Delivery"));
}

Result<void> verify_gitea(const Incoming& incoming, const Trust& trust) {
  return verify_hmac_sha256(incoming, trust, "X-Gitea-Signature", "");
}

Result<std::vector<ImagePushed>> parse_gitea(const Incoming& incoming, std::string_view host) {
  if (header_value(incoming.headers, "X-Gitea-Event") != "package") return std::vector<ImagePushed>();
  TRY(const Json json, parse_body(incoming.body));
  const std::string tag = json_string(json, "/package/version");
  const bool created = json_string(json, "/action") == "created" && json_string(json, "/package/type") == "container";
  // Manifests without a tag are versions too, called by their digest.
  if (!created || tag.empty() || tag.find(':') != std::string::npos) return std::vector<ImagePushed>();
  const std::string name = std::string(host) + "/" + to_lower(json_string(json, "/package/owner/login")) + "/" +
                           json_string(json, "/package/name");
  TRY(ImagePushed pushed, read_image("package.name", name, tag, ""));
  return std::vector<ImagePushed>{std::move(pushed)};
}

std::string gitea_id(const Incoming& incoming) { return plain_id(header_value(incoming.headers, "X-Gitea-Delivery")); }

}  // namespace

std::vector<Receiver> forge_receivers() {
  return {{"ghcr", "GitHub's events package and registry_package; signed in X-Hub-Signature-256", Proof::secret,
           "ghcr.io", false, verify_github, parse_ghcr, github_id},
          {"gitea", "Gitea's and Forgejo's event package; signed in X-Gitea-Signature", Proof::secret, "", true,
           verify_gitea, parse_gitea, gitea_id}};
}

}  // namespace towline::registry
