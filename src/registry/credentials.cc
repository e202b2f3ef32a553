#include "registry/credentials.h"

#include <algorithm>
#include <vector>

#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

namespace towline::registry {

namespace {

constexpr std::size_t kMaxFileBytes = 1u << 20;
constexpr std::string_view kDockerHub = "docker.io";

tl::unexpected<Error> wrong(std::string_view what) {
  return fail(ErrorKind::invalid, "the file is not Docker's config.json: " + std::string(what));
}

/// "registry.example.com" of "https://registry.example.com/v1/".
std::string host_of(std::string_view key) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (key.starts_with(scheme)) key.remove_prefix(scheme.size());
  }
  std::string host = to_lower(key.substr(0, key.find('/')));
  if (host == "index.docker.io" || host == "registry-1.docker.io") host = kDockerHub;
  return host;
}

const Json* find_host(const Json& json, const char* member, std::string_view host) {
  const auto entries = json.find(member);
  if (entries == json.end() || !entries->is_object()) return nullptr;
  for (const auto& [key, value] : entries->items()) {
    if (host_of(key) == host) return &value;
  }
  return nullptr;
}

Result<Credentials> read_entry(const Json& entry) {
  Credentials credentials;
  credentials.identity_token = Secret(json_string(entry, "/identitytoken"));
  credentials.username = json_string(entry, "/username");
  credentials.password = Secret(json_string(entry, "/password"));
  const std::string encoded = json_string(entry, "/auth");
  if (encoded.empty()) return credentials;
  const auto decoded = base64_decode(encoded);
  const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos) return wrong("an 'auth' is not the base64 of user:password");
  credentials.username = decoded->substr(0, colon);
  std::string password = decoded->substr(colon + 1);
  // Docker pads what it encodes with NUL bytes in some versions.
  password.erase(std::find(password.begin(), password.end(), '\0'), password.end());
  credentials.password = Secret(std::move(password));
  return credentials;
}

}  // namespace

Result<Credentials> parse_docker_config(std::string_view text, std::string_view host) {
  const Result<Json> json = parse_json(text, 16);
  if (!json || !json->is_object()) return wrong("it is not a JSON object");
  if (const Json* entry = find_host(*json, "auths", host)) {
    TRY(Credentials credentials, read_entry(*entry));
    if (!credentials.empty()) return credentials;
  }
  const bool helper = find_host(*json, "credHelpers", host) != nullptr ||
                      (json->contains("credsStore") && find_host(*json, "auths", host) != nullptr);
  if (helper) {
    return fail(ErrorKind::invalid, "a credential helper keeps the credentials for " + std::string(host) +
                                        ", and helpers are not run: write them under 'auths', or give a username and "
                                        "a password");
  }
  return Credentials{};
}

Result<Credentials> read_credentials(const CredentialSource& source, std::string_view host) {
  if (source.docker_config.empty()) return Credentials{source.username, source.password, Secret()};
  TRY(const std::string text, read_file(source.docker_config, kMaxFileBytes));
  return parse_docker_config(text, host);
}

}  // namespace towline::registry
