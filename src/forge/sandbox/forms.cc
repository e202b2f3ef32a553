#include "forge/sandbox/forms.h"

#include <algorithm>
#include <set>

#include "base/crypto.h"
#include "base/json.h"
#include "base/text.h"
#include "git/repository.h"
#include "image/reference.h"
#include "net/http_client.h"
#include "net/webhook_signature.h"

namespace towline::forge::sandbox {
namespace {

/// "127.0.0.1:8080" -> "127.0.0.1"; "[::1]:8080" -> "[::1]".
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, std::min(host.find(']'), host.size() - 1) + 1);
  return host.substr(0, host.find(':'));
}

bool is_yaml(std::string_view path) { return path.ends_with(".yaml") || path.ends_with(".yml"); }

/// The values of "image:" lines. The pages' list of suggestions needs no more than that.
void collect_images(std::string_view text, std::set<std::string>& images) {
  static constexpr std::string_view kKey = "image:";
  for (const std::string_view line : split_lines(text)) {
    std::string_view rest = trim(line);
    if (rest.starts_with("- ")) rest = trim(rest.substr(2));
    if (!rest.starts_with(kKey)) continue;
    std::string_view value = trim(rest.substr(kKey.size()));
    value = value.substr(0, value.find(" #"));
    while (!value.empty() && (value.front() == '"' || value.front() == '\'')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == '"' || value.back() == '\'')) value.remove_suffix(1);
    const auto reference = image::parse_reference(value);
    if (reference) images.insert(reference->name.str());
  }
}

}  // namespace

bool is_own_page(const WebRequest& request) {
  const std::string host = request.header("host");
  const std::string_view name = without_port(host);
  if (name != "127.0.0.1" && name != "localhost" && name != "[::1]") return false;
  if (request.method == "GET" || request.method == "HEAD") return true;
  const std::string site = request.header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  const std::string origin = request.header("origin");
  return origin.empty() || origin == "http://" + host;
}

Result<std::vector<std::string>> images_in_use(const Repository& repository) {
  const auto head = repository.heads.find(repository.default_branch);
  if (head == repository.heads.end()) return std::vector<std::string>{};
  TRY(const git::Repository objects, git::Repository::open(repository.path));
  TRY(const auto files, objects.list(head->second));
  std::set<std::string> images;
  for (const git::TreeEntry& file : files) {
    if (!is_yaml(file.path)) continue;
    TRY(const std::string text, objects.read_blob(file.id));
    collect_images(text, images);
  }
  // The owner's own images first: they are what gets new versions.
  std::vector<std::string> sorted(images.begin(), images.end());
  const std::string own = "/" + repository.name.owner + "/";
  std::stable_partition(sorted.begin(), sorted.end(),
                        [&](const std::string& image) { return image.find(own) != std::string::npos; });
  return sorted;
}

Result<std::string> push_image(World& world, const std::string& image, const std::string& tag) {
  std::string hook;
  Secret secret;
  const auto now = std::chrono::floor<std::chrono::seconds>(world.clock->now());
  {
    const std::lock_guard lock(world.mutex);
    hook = world.demo_registry_hook;
    secret = world.demo_registry_secret;
  }
  if (hook.empty()) return fail(ErrorKind::invalid, "this sandbox was started without a registry webhook to send to");
  TRY(const image::ImageName name, image::parse_image_name(image));
  TRY(const image::Tag new_tag, image::parse_tag(tag));
  // No image exists: a digest made of the name serves as well, and is the same for the same tag.
  const std::string digest = "sha256:" + sha256_hex(name.str() + ":" + new_tag.str());
  const std::string body = dump_json({{"image", name.str()}, {"tag", new_tag.str()}, {"digest", digest}});
  const std::size_t path = hook.find('/', hook.find("://") + 3);
  TRY(const auto client, make_http_client(hook.substr(0, path), std::nullopt));
  HttpRequest request;
  request.method = "POST";
  request.path = path == std::string::npos ? "/" : hook.substr(path);
  request.headers = sign_webhook(secret, "push-" + random_hex(12), now, body);
  request.body = body;
  request.deadline = std::chrono::seconds(10);
  TRY(const HttpResponse answer, client->send(request));
  if (answer.status / 100 == 2) return digest;
  return fail(ErrorKind::unavailable, "the bot answered " + std::to_string(answer.status) +
                                          " to the registry webhook for " + image + ":" + tag);
}

}  // namespace towline::forge::sandbox
