#include "registry/client.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "registry/session.h"

namespace towline::registry {

namespace {

constexpr std::chrono::milliseconds kDeadline{10'000};
constexpr std::size_t kMaxManifest = 4u << 20;  // what the specification lets registries refuse above
constexpr std::size_t kMaxConfig = 4u << 20;
constexpr std::size_t kMaxPage = 4u << 20;
constexpr std::size_t kMostPages = 100;
constexpr std::size_t kMostTags = 20'000;
constexpr std::size_t kPageSize = 1'000;
constexpr std::size_t kMostRememberedPages = 128;
constexpr std::size_t kMaxLabel = 512;
constexpr int kMostNesting = 2;  // an index, perhaps of an index
constexpr std::size_t kMostManifests = 256;

constexpr std::chrono::milliseconds kChartDeadline{60'000};
constexpr std::string_view kChartLayer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
constexpr std::string_view kAccept =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

HttpRequest make_request(std::string method, std::string path, std::size_t max_bytes) {
  HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.deadline = kDeadline;
  request.max_response_bytes = max_bytes;
  return request;
}

/// "sha256" of "sha256:…", computed of the bytes.
image::Digest digest_of(std::string_view algorithm, std::string_view bytes) {
  const bool long_one = algorithm == "sha512";
  return image::Digest((long_one ? "sha512:" : "sha256:") + (long_one ? sha512_hex(bytes) : sha256_hex(bytes)));
}

bool is_digest_of(const image::Digest& digest, std::string_view bytes) {
  return digest_of(digest.str().substr(0, digest.str().find(':')), bytes) == digest;
}

std::string label(const Json& labels, std::string_view name) {
  const auto found = labels.find("org.opencontainers.image." + std::string(name));
  if (found == labels.end() || !found->is_string()) return {};
  const std::string& value = found->get_ref<const std::string&>();
  return value.size() <= kMaxLabel && value == printable_utf8(value) ? value : std::string();
}

/// Fills what is not known yet.
void read_labels(const Json& labels, ImageFacts& facts) {
  if (!labels.is_object()) return;
  if (facts.source.empty()) facts.source = label(labels, "source");
  if (facts.revision.empty()) facts.revision = label(labels, "revision");
  if (facts.version.empty()) facts.version = label(labels, "version");
  if (facts.created) return;
  if (const auto created = parse_time(label(labels, "created"))) facts.created = *created;
}

/// The image for the usual platform among those of an index; attestations have the platform "unknown".
std::string pick_platform(const Json& manifests) {
  std::string first;
  for (std::size_t index = 0; index < std::min(manifests.size(), kMostManifests); ++index) {
    const Json& entry = manifests[index];
    const std::string os = json_string(entry, "/platform/os");
    if (os == "unknown") continue;
    std::string digest = json_string(entry, "/digest");
    if (os == "linux" && json_string(entry, "/platform/architecture") == "amd64") return digest;
    if (first.empty()) first = digest;
  }
  return first;
}

class OciClient final : public Client {
 public:
  explicit OciClient(std::unique_ptr<Session> session) : session_(std::move(session)) {}

  Result<TagList> tags(const std::string& repository) override;
  Result<image::Digest> resolve(const std::string& repository, const image::Tag& tag) override;
  Result<ImageFacts> facts(const std::string& repository, const image::Digest& digest) override;
  Result<std::string> chart(const std::string& repository, const image::Tag& tag, std::size_t max_bytes) override;

 private:
  struct Page {
    std::string etag;
    std::vector<std::string> names;
    std::string next;  ///< path below "/v2"; "" on the last page
  };
  Result<Page> page(const std::string& repository, const std::string& path);
  Result<Page> read_page(const HttpResponse& response) const;
  Result<std::string> next_page(const HttpResponse& response) const;
  std::optional<Page> remembered(const std::string& path) const;
  void remember(const std::string& path, const Page& page);
  Result<Json> manifest(const std::string& repository, const image::Digest& digest);
  Result<Json> blob(const std::string& repository, const image::Digest& digest);
  Result<std::string> blob_bytes(const std::string& repository, const image::Digest& digest, std::size_t max_bytes,
                                 std::chrono::milliseconds deadline);
  std::string asking() const { return "asking the registry " + session_->host() + ": "; }

  std::unique_ptr<Session> session_;
  mutable std::mutex mutex_;
  std::map<std::string, Page> pages_;
};

std::optional<OciClient::Page> OciClient::remembered(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = pages_.find(path);
  return found == pages_.end() ? std::nullopt : std::optional(found->second);
}

void OciClient::remember(const std::string& path, const Page& page) {
  const std::lock_guard lock(mutex_);
  if (pages_.size() >= kMostRememberedPages) pages_.clear();
  pages_[path] = page;
}

Result<std::string> OciClient::next_page(const HttpResponse& response) const {
  const auto link = next_link(response.header("Link"));
  if (!link) return std::string();
  const auto target = resolve_address(session_->base(), *link);
  const std::string root = session_->prefix() + "/v2/";
  if (!target || target->origin() != session_->base().origin() || !target->path.starts_with(root)) {
    return fail(ErrorKind::invalid, asking() + "the next page of its tags is elsewhere; it is not asked for");
  }
  return target->path.substr(root.size() - 1);
}

Result<OciClient::Page> OciClient::read_page(const HttpResponse& response) const {
  const Result<Json> json = parse_json(response.body, 16);
  if (!json || !json->is_object()) return fail(ErrorKind::invalid, asking() + "its list of tags is not JSON");
  Page page;
  page.etag = std::string(response.header("ETag"));
  const auto names = json->find("tags");
  // Some registries answer null where there are none.
  if (names != json->end() && names->is_array()) {
    for (const Json& name : *names) page.names.push_back(name.is_string() ? name.get<std::string>() : std::string());
  }
  TRY(page.next, next_page(response));
  return page;
}

Result<OciClient::Page> OciClient::page(const std::string& repository, const std::string& path) {
  const std::optional<Page> known = remembered(path);
  HttpRequest request = make_request("GET", path, kMaxPage);
  if (known) request.headers.emplace_back("If-None-Match", known->etag);
  TRY(const HttpResponse response, session_->ask(request, repository));
  if (response.status == 304 && known) return *known;
  if (response.status != 200) {
    return fail(ErrorKind::invalid, asking() + "its list of tags was answered " + std::to_string(response.status));
  }
  TRY(Page fresh, read_page(response));
  if (!fresh.etag.empty()) remember(path, fresh);
  return fresh;
}

Result<TagList> OciClient::tags(const std::string& repository) {
  TagList list;
  std::set<std::string> seen;
  std::string path = "/" + repository + "/tags/list?n=" + std::to_string(kPageSize);
  for (std::size_t count = 0; !path.empty(); ++count) {
    if (count == kMostPages) {
      return fail(ErrorKind::invalid, asking() + repository + " has over " + plural(kMostPages, "page") + " of tags");
    }
    TRY(const Page page, this->page(repository, path));
    const std::size_t before = seen.size();
    for (const std::string& name : page.names) {
      if (!seen.insert(name).second) continue;
      auto tag = image::parse_tag(name);
      if (tag) {
        list.tags.push_back(*std::move(tag));
      } else {
        ++list.refused;
      }
    }
    if (seen.size() > kMostTags) {
      return fail(ErrorKind::invalid, asking() + repository + " has over " + plural(kMostTags, "tag"));
    }
    if (!page.next.empty() && seen.size() == before) {
      return fail(ErrorKind::invalid, asking() + "the pages of the tags of " + repository + " do not come to an end");
    }
    path = page.next;
  }
  return list;
}

Result<image::Digest> OciClient::resolve(const std::string& repository, const image::Tag& tag) {
  const std::string path = "/" + repository + "/manifests/" + tag.str();
  HttpRequest head = make_request("HEAD", path, kMaxManifest);
  head.headers.emplace_back("Accept", kAccept);
  TRY(const HttpResponse told, session_->ask(head, repository));
  if (const std::string_view header = told.header("Docker-Content-Digest"); told.status == 200 && !header.empty()) {
    const auto digest = image::parse_digest(header);
    if (digest) return *digest;
    return fail(ErrorKind::invalid, asking() + "the digest that it tells for " + repository + ":" + tag.str() +
                                        " is none: " + digest.error().message);
  }
  HttpRequest get = make_request("GET", path, kMaxManifest);
  get.headers.emplace_back("Accept", kAccept);
  TRY(const HttpResponse response, session_->ask(get, repository));
  if (response.status != 200) return fail(ErrorKind::invalid, asking() + "it shows no manifests");
  const image::Digest computed = digest_of("sha256", response.body);
  const std::string_view header = response.header("Docker-Content-Digest");
  if (!header.empty() && header.starts_with("sha256:") && header != computed.str()) {
    return fail(ErrorKind::invalid,
                asking() + "the manifest of " + repository + ":" + tag.str() + " is not what its digest says");
  }
  return computed;
}

Result<Json> OciClient::manifest(const std::string& repository, const image::Digest& digest) {
  HttpRequest request = make_request("GET", "/" + repository + "/manifests/" + digest.str(), kMaxManifest);
  request.headers.emplace_back("Accept", kAccept);
  TRY(const HttpResponse response, session_->ask(request, repository));
  if (response.status != 200 || !is_digest_of(digest, response.body)) {
    return fail(ErrorKind::invalid,
                asking() + "the manifest " + repository + "@" + digest.str() + " is not what its digest says");
  }
  Result<Json> json = parse_json(response.body, 32);
  if (json && json->is_object()) return json;
  return fail(ErrorKind::invalid, asking() + "the manifest " + repository + "@" + digest.str() + " is not JSON");
}

Result<std::string> OciClient::blob_bytes(const std::string& repository, const image::Digest& digest,
                                          std::size_t max_bytes, std::chrono::milliseconds deadline) {
  HttpRequest request = make_request("GET", "/" + repository + "/blobs/" + digest.str(), max_bytes);
  request.deadline = deadline;
  TRY(HttpResponse response, session_->ask_blob(request, repository));
  if (is_digest_of(digest, response.body)) return std::move(response.body);
  return fail(ErrorKind::invalid,
              asking() + "the layer " + repository + "@" + digest.str() + " is not what its digest says");
}

Result<std::string> OciClient::chart(const std::string& repository, const image::Tag& tag, std::size_t max_bytes) {
  TRY(const image::Digest digest, resolve(repository, tag));
  TRY(const Json json, manifest(repository, digest));
  const auto layers = json.find("layers");
  const std::size_t count = layers != json.end() && layers->is_array() ? std::min(layers->size(), kMostManifests) : 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Json& layer = (*layers)[i];
    if (json_string(layer, "/mediaType") != kChartLayer) continue;
    if (json_integer(layer, "/size", 0) > static_cast<std::int64_t>(max_bytes)) {
      return fail(ErrorKind::invalid, "it is larger than the limit of " + plural(max_bytes, "byte"));
    }
    TRY(const image::Digest layer_digest, image::parse_digest(json_string(layer, "/digest")));
    return blob_bytes(repository, layer_digest, max_bytes, kChartDeadline);
  }
  return fail(ErrorKind::invalid, asking() + repository + ":" + tag.str() + " is no chart");
}

Result<Json> OciClient::blob(const std::string& repository, const image::Digest& digest) {
  TRY(const std::string bytes, blob_bytes(repository, digest, kMaxConfig, kDeadline));
  Result<Json> json = parse_json(bytes, 32);
  if (json && json->is_object()) return json;
  return fail(ErrorKind::invalid, asking() + "the configuration of " + repository + " is not JSON");
}

Result<ImageFacts> OciClient::facts(const std::string& repository, const image::Digest& digest) {
  ImageFacts facts;
  TRY(Json json, manifest(repository, digest));
  for (int level = 0; json.contains("manifests") && json["manifests"].is_array(); ++level) {
    if (json.contains("annotations")) read_labels(json["annotations"], facts);
    const std::string inner = pick_platform(json["manifests"]);
    if (inner.empty() || level == kMostNesting) return facts;
    TRY(const image::Digest inner_digest, image::parse_digest(inner));
    TRY(json, manifest(repository, inner_digest));
  }
  if (json.contains("annotations")) read_labels(json["annotations"], facts);
  const std::string config = json_string(json, "/config/digest");
  if (config.empty()) return facts;
  TRY(const image::Digest config_digest, image::parse_digest(config));
  TRY(const Json image, blob(repository, config_digest));
  if (image.contains("config") && image["config"].is_object() && image["config"].contains("Labels")) {
    read_labels(image["config"]["Labels"], facts);
  }
  if (facts.created) return facts;
  if (const auto created = parse_time(json_string(image, "/created"))) facts.created = *created;
  return facts;
}

}  // namespace

Result<std::unique_ptr<Client>> Client::create(ClientOptions options) {
  TRY(auto session, Session::create(std::move(options)));
  return std::make_unique<OciClient>(std::move(session));
}

}  // namespace towline::registry
