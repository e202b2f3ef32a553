#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/evaluator_limits.h"
#include "program/bubblewrap.h"
#include "registry/credentials.h"
#include "registry/id_token.h"

namespace towline::config {

struct ForgeConfig {
  std::string name;
  std::string kind;  ///< of forge::kinds()
  std::string url;
  Secret token;
  std::vector<Secret> webhook_secrets;
  std::vector<RepoName> repositories;
  std::size_t comment_bytes = 65'536;  ///< longest comment of the bot; longer reports take several
};

/// A registry that tells of its pushes.
struct RegistryConfig {
  std::string name;
  std::string kind;  ///< of registry::receivers()
  Secret secret;
  std::string host;  ///< as image names have it; "" when the notifications tell
  registry::TokenRules tokens;
  std::string token_keys;  ///< where the keys of the tokens' issuer are: an https URL or a file
  /// How far the time that a notification was signed with may be from now.
  Duration tolerance = std::chrono::minutes(5);
};

/// A registry that is asked: for tags, digests and labels.
struct OciConfig {
  std::string name;
  std::string host;  ///< as image names have it
  std::string url;   ///< "": https://<host>
  registry::CredentialSource credentials;
  std::vector<std::string> token_hosts;
  std::optional<Duration> poll;  ///< how often tags are listed; absent: only when told of a push
};

/// What renderers cannot know from the repository.
struct RenderConfig {
  std::string kubernetes_version;         ///< of the clusters; "": what helm takes for current
  std::vector<std::string> api_versions;  ///< of the clusters beside Kubernetes' own
  std::filesystem::path charts;           ///< the chart cache; `charts` in the data directory when empty
  std::vector<std::string> hosts;         ///< from which charts and remote bases may be fetched
  towline::ConfinementRule sandbox = towline::ConfinementRule::required;
};

/// What connections to the server may cost.
struct ConnectionConfig {
  Duration headers = std::chrono::seconds(10);  ///< from connecting, or the first byte of a later request
  Duration request = std::chrono::seconds(30);  ///< the whole request
  /// Connections of one address that have not sent a whole header; one more closes the oldest of them.
  std::size_t unfinished_per_address = 64;
};

/// `towline.yaml`, with the credentials read.
struct ServerConfig {
  std::string listen_host = "127.0.0.1";
  int listen_port = 8080;  ///< 0: any free one
  std::string public_url;
  std::filesystem::path data = "./data";
  Secret key;                       ///< the installation's; empty: made and kept in the data directory
  std::filesystem::path templates;  ///< overrides; empty: none
  std::vector<ForgeConfig> forges;
  std::vector<RegistryConfig> registries;
  std::vector<OciConfig> oci;
  std::size_t workers = 4;
  Duration resync{std::chrono::minutes(5)};
  std::size_t max_body_bytes = 25u << 20;
  ConnectionConfig connections;
  std::string bot_name = "Towline";
  std::string bot_email = "towline@localhost";
  RenderConfig render;
  config::EvaluatorLimits evaluator;
  std::string search_path;                        ///< for renderers; the process's PATH when empty
  std::vector<std::string> credential_variables;  ///< environment variables that credentials were read from
};

using EnvironmentVariables = std::map<std::string, std::string>;

/// Errors invalid: unknown keys (with the nearest), wrong types, a credential given inline, an environment
/// variable or file that is missing, no webhook secret. With `path:line:column`.
Result<ServerConfig> parse_server_config(std::string_view path, std::string_view text, const EnvironmentVariables& env);
/// The same on a machine that has not the server's credentials, such as a reviewer's: each that is not there is a
/// sentence in `absent` instead of an error. The answer's credentials are not for use.
Result<ServerConfig> check_server_config(std::string_view path, std::string_view text, const EnvironmentVariables& env,
                                         std::vector<std::string>& absent);
std::string server_config_schema();

}  // namespace towline::config
