#include "engine/registries.h"

#include <algorithm>
#include <utility>

#include "base/files.h"
#include "base/log.h"
#include "net/http_client.h"
#include "registry/address.h"

namespace towline::engine {

namespace {

constexpr std::size_t kMaxKeySetBytes = 256u << 10;
constexpr std::chrono::milliseconds kKeysDeadline{5'000};
constexpr std::chrono::seconds kBetweenReadings{60};
constexpr std::chrono::seconds kAfterFailedReading{10};

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

/// What is to be said to the sender of a token whose key is not known now.
tl::unexpected<Error> come_again(bool known, Duration wait) {
  return tl::unexpected(
      Error{ErrorKind::unavailable,
            known ? "the token's key is not among the issuer's, which were read a moment ago: send it again"
                  : "the issuer's keys cannot be read now: send it again",
            {},
            std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1))});
}

}  // namespace

Result<std::unique_ptr<Registries>> Registries::create(const config::ServerConfig& config,
                                                       const std::shared_ptr<const Clock>& clock) {
  auto registries = std::make_unique<Registries>();
  for (const config::OciConfig& entry : config.oci) {
    registry::ClientOptions options;
    options.host = entry.host;
    options.url = entry.url;
    options.credentials = entry.credentials;
    options.token_hosts = entry.token_hosts;
    options.clock = clock;
    TRY(auto client, registry::Client::create(std::move(options)));
    registries->asked_[entry.host] = {entry.name, std::move(client), entry.poll};
  }
  registries->clock_ = clock;
  for (const config::RegistryConfig& entry : config.registries) {
    if (entry.token_keys.empty()) continue;
    TokenKeys& keys = registries->keys_[entry.name];
    keys.source = entry.token_keys;
    if (is_address(entry.token_keys)) continue;
    // A file that is wrong is told at the start; an address may be out of reach for a while.
    auto read = read_keys(entry.token_keys);
    if (!read) return fail_while("reading the keys of the registry '" + entry.name + "'", std::move(read).error());
    keys.keys = *std::move(read);
    keys.known = true;
  }
  return registries;
}

const Registries::Asked* Registries::find(const image::ImageName& name) const {
  const auto found = asked_.find(name.registry);
  return found == asked_.end() ? nullptr : &found->second;
}

Result<registry::KeySet> Registries::token_keys(std::string_view name, std::string_view key_id) {
  const auto found = keys_.find(name);
  if (found == keys_.end()) return registry::KeySet();
  TokenKeys& keys = found->second;
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = clock_->now();
    if (key_id.empty() || keys.keys.has(std::string(key_id))) return keys.keys;
    if (now < keys.not_before) return come_again(keys.known, keys.not_before - now);
    // Others with that key come again meanwhile; the issuer is asked once.
    keys.not_before = now + kAfterFailedReading;
    keys.known = false;
  }
  const bool read = read_again(found->first, keys);
  const std::lock_guard lock(mutex_);
  if (read || keys.keys.has(std::string(key_id))) return keys.keys;
  return come_again(false, kAfterFailedReading);
}

bool Registries::read_again(const std::string& name, TokenKeys& keys) {
  auto read = read_keys(keys.source);
  if (!read) log::warn("the keys of identity tokens could not be read: " + read.error().message, {{"registry", name}});
  const std::lock_guard lock(mutex_);
  keys.not_before = clock_->now() + (read ? kBetweenReadings : kAfterFailedReading);
  keys.known = read.has_value();
  if (read) keys.keys = *std::move(read);
  return keys.known;
}

void Registries::refresh_keys() {
  for (auto& [name, keys] : keys_) read_again(name, keys);
}

}  // namespace towline::engine
