#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "registry/receiver_parts.h"

// Repository managers that are run by their users: Harbor
// (goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks), Artifactory
// (jfrog.com/help/r/jfrog-platform-administration-documentation/webhooks) and Nexus
// (help.sonatype.com/en/working-with-webhooks.html).
namespace towline::registry {

namespace {

/// Harbor sends its own format, {"type": "PUSH_ARTIFACT", "event_data": …}, or a CloudEvent with the same under "data".
Result<std::vector<ImagePushed>> parse_harbor(const Incoming& incoming, std::string_view host) {
  TRY(const Json json, parse_body(incoming.body));
  const std::string type = json_string(json, "/type");
  const bool own = type == "PUSH_ARTIFACT";
  std::vector<ImagePushed> all;
  if (!own && type != "harbor.artifact.pushed") return all;
  const std::string root = own ? "/event_data" : "/data";
  TRY(const Json resources, list_in(json, root + "/resources"));
  for (std::size_t index = 0; index < resources.size(); ++index) {
    const Json& resource = resources[index];
    const std::string tag = json_string(resource, "/tag");
    // An artifact that was pushed without a tag is named by its digest.
    if (tag.empty() || tag.find(':') != std::string::npos) continue;
    const std::string place = root.substr(1) + ".resources[" + std::to_string(index) + "].resource_url";
    const auto reference = image::parse_reference(json_string(resource, "/resource_url"));
    if (!reference) return bad_body(place + " is not an image");
    TRY(ImagePushed pushed, read_image_of(host, place, reference->name.str(), tag, json_string(resource, "/digest")));
    if (pushed.name.repository != json_string(json, root + "/repository/repo_full_name", pushed.name.repository)) {
      return bad_body(place + " is of another repository than repo_full_name");
    }
    all.push_back(std::move(pushed));
  }
  return all;
}

std::string harbor_id(const Incoming& incoming) {
  const Result<Json> json = parse_json(incoming.body);
  return json && json->contains("specversion") ? plain_id(json_string(*json, "/id")) : std::string();
}

Result<void> verify_artifactory(const Incoming& incoming, const Trust& trust) {
  return verify_hmac_sha256(incoming, trust, "X-Jfrog-Event-Auth", "");
}

Result<std::vector<ImagePushed>> parse_artifactory(const Incoming& incoming, std::string_view host) {
  TRY(const Json json, parse_body(incoming.body));
  const std::string tag = json_string(json, "/data/tag");
  const bool pushed = json_string(json, "/domain") == "docker" && json_string(json, "/event_type") == "pushed";
  if (!pushed || tag.empty()) return std::vector<ImagePushed>();
  const std::string repository = json_string(json, "/data/repo_key");
  if (repository.empty()) return bad_body("data.repo_key is missing");
  // Images are called HOST/KEY/NAME, or, where every repository has a host of its own, KEY.DOMAIN/NAME.
  const bool own_host = host.starts_with(repository + ".");
  const std::string name =
      std::string(host) + "/" + (own_host ? "" : repository + "/") + json_string(json, "/data/image_name");
  TRY(ImagePushed image, read_image("data.image_name", name, tag, ""));
  return std::vector<ImagePushed>{std::move(image)};
}

Result<void> verify_nexus(const Incoming& incoming, const Trust& trust) {
  constexpr std::string_view kHeader = "X-Nexus-Webhook-Signature";
  const std::string_view signature = header_value(incoming.headers, kHeader);
  if (signature.empty()) return fail(ErrorKind::forbidden, "the header " + std::string(kHeader) + " is missing");
  const std::string expected = hmac_sha1_hex(trust.secret.reveal(), incoming.body);
  if (trust.secret.empty() || !constant_time_equal(to_lower(signature), expected)) {
    return fail(ErrorKind::forbidden, "the header " + std::string(kHeader) + " does not fit the body and the secret");
  }
  return {};
}

/// The repository's events do not tell the tag reliably, so the image's tags are to be listed.
Result<std::vector<ImagePushed>> parse_nexus(const Incoming& incoming, std::string_view host) {
  TRY(const Json json, parse_body(incoming.body));
  const std::string action = json_string(json, "/action");
  if (action != "CREATED" && action != "UPDATED") return std::vector<ImagePushed>();
  std::string name;
  if (json_string(json, "/component/format") == "docker") {
    name = json_string(json, "/component/name");
  } else if (json_string(json, "/asset/format") == "docker") {
    // "v2/acme/pay/manifests/1.5.0"; layers ("/blobs/") are of no interest.
    const std::string path = json_string(json, "/asset/name");
    const std::size_t begin = path.starts_with("/") ? 1 : 0;
    const std::size_t end = path.find("/manifests/");
    if (path.substr(begin, 3) != "v2/" || end == std::string::npos || end < begin + 3) {
      return std::vector<ImagePushed>();
    }
    name = path.substr(begin + 3, end - begin - 3);
  } else {
    return std::vector<ImagePushed>();
  }
  TRY(ImagePushed image, read_image("the component's name", std::string(host) + "/" + name, "", ""));
  return std::vector<ImagePushed>{std::move(image)};
}

std::string nexus_id(const Incoming& incoming) {
  return plain_id(header_value(incoming.headers, "X-Nexus-Webhook-Delivery"));
}

}  // namespace

std::vector<Receiver> repository_manager_receivers() {
  return {{"harbor", "Harbor webhooks; secret in the Authorization header", Proof::secret, "", false,
           verify_authorization, parse_harbor, harbor_id},
          {"artifactory", "webhooks of Artifactory's domain docker; signed in X-Jfrog-Event-Auth", Proof::secret, "",
           true, verify_artifactory, parse_artifactory, no_id},
          {"nexus", "repository webhooks of Nexus, whose tags are then listed; signed in X-Nexus-Webhook-Signature",
           Proof::secret, "", true, verify_nexus, parse_nexus, nexus_id, false}};
}

}  // namespace towline::registry
