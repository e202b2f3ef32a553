#include "engine/registries.h"

#include <utility>

#include "base/files.h"
#include "base/http_client.h"
#include "base/log.h"
#include "registry/address.h"

namespace towline::engine {

namespace {

constexpr std::size_t kMaxKeySetBytes = 256u << 10;
constexpr std::chrono::milliseconds kKeysDeadline{10'000};

bool is_address(std::string_view source) { return source.starts_with("https://"); }

Result<registry::KeySet> read_keys(const std::string& source) {
  if (!is_address(source)) {
    TRY(const std::string text, read_file(source, kMaxKeySetBytes));
    return registry::KeySet::parse(text);
  }
  const auto address = registry::parse_address(source);
  if (!address) return fail(ErrorKind::invalid, "the address of the keys is not a URL");
  TRY(const auto http, make_http_client(address->origin(), std::nullopt));
  HttpRequest request;
  request.path = address->path;
  request.deadline = kKeysDeadline;
  request.max_response_bytes = kMaxKeySetBytes;
  TRY(const HttpResponse response, http->send(request));
  if (response.status != 200) {
    return fail(ErrorKind::unavailable, address->origin() + " answered " + std::to_string(response.status));
  }
  return registry::KeySet::parse(response.body);
}

}  // namespace

Result<std::unique_ptr<Registries>> Registries::create(const ServerConfig& config,
                                                       const std::shared_ptr<const Clock>& clock) {
  auto registries = std::make_unique<Registries>();
  for (const OciConfig& entry : config.oci) {
    registry::ClientOptions options;
    options.host = entry.host;
    options.url = entry.url;
    options.credentials = entry.credentials;
    options.token_hosts = entry.token_hosts;
    options.clock = clock;
    TRY(auto client, registry::Client::create(std::move(options)));
    registries->asked_[entry.host] = {entry.name, std::move(client), entry.poll};
  }
  for (const RegistryConfig& entry : config.registries) {
    if (entry.token_keys.empty()) continue;
    registries->key_sources_[entry.name] = entry.token_keys;
    if (is_address(entry.token_keys)) continue;
    // A file that is wrong is told at the start; an address may be out of reach for a while.
    auto keys = read_keys(entry.token_keys);
    if (!keys) return fail_while("reading the keys of the registry '" + entry.name + "'", std::move(keys).error());
    registries->keys_[entry.name] = *std::move(keys);
  }
  return registries;
}

const Registries::Asked* Registries::find(const image::ImageName& name) const {
  const auto found = asked_.find(name.registry);
  return found == asked_.end() ? nullptr : &found->second;
}

registry::KeySet Registries::token_keys(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(name);
  return found == keys_.end() ? registry::KeySet() : found->second;
}

void Registries::refresh_keys() {
  for (const auto& [name, source] : key_sources_) {
    auto keys = read_keys(source);
    if (!keys) {
      log::warn("the keys of identity tokens could not be read: " + keys.error().message, {{"registry", name}});
      continue;
    }
    const std::lock_guard lock(mutex_);
    keys_[name] = *std::move(keys);
  }
}

}  // namespace towline::engine
