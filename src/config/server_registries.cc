#include "config/server_registries.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/server_keys.h"
#include "config/shape.h"
#include "image/reference.h"
#include "registry/receiver.h"

namespace towline::config {

namespace {

constexpr std::size_t kLeastPathSecret = 16;
constexpr Duration kLeastTolerance{std::chrono::seconds(10)};
/// Deliveries are remembered for a week, so that a copy is known within it.
constexpr Duration kMostTolerance{std::chrono::hours(1)};
constexpr Duration kLeastPoll{std::chrono::seconds(30)};
constexpr std::string_view kGoogleIssuer = "https://accounts.google.com";
constexpr std::string_view kGoogleKeys = "https://www.googleapis.com/oauth2/v3/certs";

enum class Purpose { receiver, signed_time, id_token, oci };

/// Keys that only some kinds have.
struct KeyOfPurpose {
  std::string_view key;
  std::vector<Purpose> purposes;
};

const std::vector<KeyOfPurpose>& keys_of_purposes() {
  static const std::vector<KeyOfPurpose> kKeys = {
      {"secret", {Purpose::receiver, Purpose::signed_time}},
      {"tolerance", {Purpose::signed_time}},
      {"audience", {Purpose::id_token}},
      {"email", {Purpose::id_token}},
      {"issuer", {Purpose::id_token}},
      {"keys", {Purpose::id_token}},
      {"url", {Purpose::oci}},
      {"credentials", {Purpose::oci}},
      {"token_hosts", {Purpose::oci}},
      {"poll", {Purpose::oci}},
  };
  return kKeys;
}

Purpose purpose_of(std::string_view kind) {
  if (kind == kOciKind) return Purpose::oci;
  const registry::Receiver* receiver = registry::find_receiver(kind);
  if (receiver == nullptr) return Purpose::receiver;
  if (receiver->proof == registry::Proof::id_token) return Purpose::id_token;
  return receiver->signs_time ? Purpose::signed_time : Purpose::receiver;
}

std::string in_quotes(std::string_view text) { return "'" + ellipsize(printable_utf8(text), 80) + "'"; }

std::string text_or(const yaml::Node& node, std::string_view key, std::string_view otherwise) {
  const yaml::Node* value = node.find(key);
  return std::string(value == nullptr ? otherwise : value->text());
}

}  // namespace

Result<void> RegistryReader::check_keys(const yaml::Node& node, std::string_view kind) const {
  const Purpose purpose = purpose_of(kind);
  for (const KeyOfPurpose& row : keys_of_purposes()) {
    const yaml::Node* value = node.find(row.key);
    const bool belongs = std::find(row.purposes.begin(), row.purposes.end(), purpose) != row.purposes.end();
    if (value == nullptr || belongs) continue;
    return config::fail_at(path, *value,
                           "a registry of kind '" + std::string(kind) + "' has no '" + std::string(row.key) + "'");
  }
  return {};
}

Result<void> RegistryReader::read(const yaml::Node& node, std::string name, ServerConfig& config) const {
  const std::string_view kind = node.find("kind")->text();
  CHECK_OK(check_keys(node, kind));
  if (kind != kOciKind) {
    TRY(RegistryConfig entry, receiver(node, std::move(name)));
    config.registries.push_back(std::move(entry));
    return {};
  }
  TRY(OciConfig entry, oci(node, std::move(name)));
  const bool twice = std::any_of(config.oci.begin(), config.oci.end(),
                                 [&](const OciConfig& other) { return other.host == entry.host; });
  if (twice) {
    return config::fail_at(path, *node.find("host"), "the registry " + in_quotes(entry.host) + " is asked twice");
  }
  config.oci.push_back(std::move(entry));
  return {};
}

/// As image names have it: read as part of one.
Result<std::string> RegistryReader::host(const yaml::Node& node) const {
  const auto name = image::parse_image_name(std::string(node.text()) + "/a/b");
  if (name && name->repository == "a/b" && node.text().find('/') == std::string_view::npos) return name->registry;
  return config::fail_at(path, node,
                         in_quotes(node.text()) +
                             " is not a registry as image names have it, such as "
                             "registry.example.com or localhost:5000");
}

Result<RegistryConfig> RegistryReader::receiver(const yaml::Node& node, std::string name) const {
  RegistryConfig config;
  config.name = std::move(name);
  config.kind = node.find("kind")->text();
  const registry::Receiver& receiver = *registry::find_receiver(config.kind);
  if (const yaml::Node* value = node.find("host")) {
    TRY(config.host, host(*value));
  } else if (receiver.needs_host) {
    return config::fail_at(path, node,
                           "the key 'registries.host' is missing: the notifications of '" + config.kind +
                               "' do not tell the registry's name");
  }
  if (receiver.proof == registry::Proof::id_token) {
    CHECK_OK(token_rules(node, config));
    return config;
  }
  const yaml::Node* secret = node.find("secret");
  if (secret == nullptr) {
    return config::fail_at(path, node,
                           "the key 'registries.secret' is missing: what proves that a notification is its own");
  }
  TRY(config.secret, credential(*secret));
  if (const yaml::Node* tolerance = node.find("tolerance")) {
    TRY(config.tolerance, parse_duration(tolerance->text()));
    if (config.tolerance < kLeastTolerance || config.tolerance > kMostTolerance) {
      return config::fail_at(path, *tolerance, "'registries.tolerance' must be from 10s to 1h");
    }
  }
  if (receiver.proof != registry::Proof::path_secret) return config;
  const std::string& value = config.secret.reveal();
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (plain && value.size() >= kLeastPathSecret) return config;
  return config::fail_at(path, *secret,
                         "the secret of '" + config.kind + "' is part of its hook's address: it must be at least " +
                             std::to_string(kLeastPathSecret) + " letters, digits, '-' and '_'");
}

Result<void> RegistryReader::token_rules(const yaml::Node& node, RegistryConfig& config) const {
  for (const auto& [key, field, why] :
       {std::tuple("audience", &config.tokens.audience, "what the subscription's tokens are made for"),
        std::tuple("email", &config.tokens.email, "the service account that the subscription pushes as")}) {
    *field = text_or(node, key, "");
    if (!field->empty()) continue;
    return config::fail_at(path, node, "the key 'registries." + std::string(key) + "' is missing: " + why);
  }
  config.tokens.issuer = text_or(node, "issuer", kGoogleIssuer);
  config.token_keys = text_or(node, "keys", kGoogleKeys);
  const yaml::Node* keys = node.find("keys");
  if (keys != nullptr && config.token_keys.starts_with("http://")) {
    return config::fail_at(path, *keys,
                           "'registries.keys' must be an https address or a file: over http anybody on "
                           "the way could put a key of their own there");
  }
  return {};
}

Result<registry::CredentialSource> RegistryReader::credentials(const yaml::Node& node, const std::string& host) const {
  registry::CredentialSource source;
  source.docker_config = text_or(node, "docker_config", "");
  source.username = text_or(node, "username", "");
  if (const yaml::Node* password = node.find("password")) {
    TRY(source.password, credential(*password));
  }
  const bool file = !source.docker_config.empty();
  const bool pair = !source.username.empty() && !source.password.empty();
  const bool half = !pair && (!source.username.empty() || !source.password.empty());
  if (file == pair || half) {
    return config::fail_at(path, node,
                           "'registries.credentials' must be {docker_config: FILE} or {username: NAME, password: {env: "
                           "NAME}}");
  }
  if (!file) return source;
  // Read again whenever it is needed; looked at now so that a mistake is told at the start.
  if (const auto read = registry::read_credentials(source, host); !read) {
    return config::fail_at(path, *node.find("docker_config"), read.error().message);
  }
  return source;
}

Result<OciConfig> RegistryReader::oci(const yaml::Node& node, std::string name) const {
  OciConfig config;
  config.name = std::move(name);
  const yaml::Node* value = node.find("host");
  if (value == nullptr) {
    return config::fail_at(path, node, "the key 'registries.host' is missing: which registry is asked");
  }
  TRY(config.host, host(*value));
  if (const yaml::Node* address = node.find("url")) {
    TRY(config.url, url(*address, "registries.url"));
  }
  if (const yaml::Node* given = node.find("credentials")) {
    TRY(config.credentials, credentials(*given, config.host));
  }
  if (const yaml::Node* hosts = node.find("token_hosts")) {
    for (const yaml::Node& item : hosts->items) {
      const std::string lower = to_lower(item.text());
      if (lower.empty() || lower.find_first_of("/@ ?#") != std::string::npos) {
        return config::fail_at(path, item, in_quotes(item.text()) + " is not a host, such as gitlab.example.com");
      }
      config.token_hosts.push_back(lower);
    }
  }
  if (const yaml::Node* poll = node.find("poll")) {
    TRY(config.poll, parse_duration(poll->text()));
    if (*config.poll < kLeastPoll) return config::fail_at(path, *poll, "'registries.poll' must be at least 30s");
  }
  return config;
}

}  // namespace towline::config
