#include "config/server_keys.h"

#include "forge/kinds.h"
#include "registry/receiver.h"

namespace towline::config {

namespace {

using config::ValueKind;
using config::ValueSpec;
using Keys = std::vector<config::KeySpec>;

ValueSpec one(ValueKind kind) { return {kind, false, {}, nullptr, false}; }
ValueSpec list_of(ValueKind kind) { return {kind, true, {}, nullptr, false}; }
ValueSpec word_of(std::vector<std::string_view> words) {
  return {ValueKind::word, false, std::move(words), nullptr, false};
}
ValueSpec mapping(const Keys& keys) { return {ValueKind::mapping, false, {}, &keys, false}; }
ValueSpec list_of_mappings(const Keys& keys) { return {ValueKind::mapping, true, {}, &keys, false}; }

const Keys& credential_keys() {
  static const Keys kKeys = {
      {"env", one(ValueKind::text), false, "the environment variable that holds it"},
      {"file", one(ValueKind::text), false, "the file that holds it; a line break at its end does not count"},
  };
  return kKeys;
}

ValueSpec credential(bool list) { return {ValueKind::mapping, list, {}, &credential_keys(), true}; }

std::vector<std::string_view> registry_kinds() {
  std::vector<std::string_view> kinds;
  for (const registry::Receiver& receiver : registry::receivers()) kinds.push_back(receiver.kind);
  kinds.push_back(kOciKind);
  return kinds;
}

std::vector<std::string_view> forge_kinds() {
  std::vector<std::string_view> kinds;
  for (const forge::Kind& kind : forge::kinds()) kinds.push_back(kind.name);
  return kinds;
}

/// "what it is; gitea is for Forgejo too"
std::string_view about_forge_kinds() {
  static const std::string kAbout = [] {
    std::string text = "what it is";
    for (const forge::Kind& kind : forge::kinds()) text.append("; ").append(kind.about);
    return text;
  }();
  return kAbout;
}

const Keys& forge_keys() {
  static const Keys kKeys = {
      {"name", one(ValueKind::text), true, "local name; its webhooks go to /hooks/forge/<name>"},
      {"kind", word_of(forge_kinds()), true, about_forge_kinds()},
      {"url", one(ValueKind::text), true, "where it is, such as https://git.example.com"},
      {"token", credential(false), true, "the bot's access token"},
      {"webhook_secrets", credential(true), true,
       "the secrets its webhooks are signed with, several while one is replaced; without any, anybody could send "
       "events"},
      {"comment_limit", one(ValueKind::text), false,
       "largest comment the bot writes, such as 64KiB (the default), at least 4KiB; longer reports take several"},
      {"repositories", list_of(ValueKind::text), true, "the infra repositories, each as owner/name"},
  };
  return kKeys;
}

const Keys& registry_credential_keys() {
  static const Keys kKeys = {
      {"docker_config", one(ValueKind::text), false,
       "a file that 'docker login' writes (config.json), read anew when needed; helpers it names are not run"},
      {"username", one(ValueKind::text), false, "who asks"},
      {"password", credential(false), false, "the password or access token of 'username'"},
  };
  return kKeys;
}

const Keys& registry_keys() {
  static const Keys kKeys = {
      {"name", one(ValueKind::text), true, "local name; its webhooks go to /hooks/registry/<name>"},
      {"kind", word_of(registry_kinds()), true,
       "what its notifications look like; oci: a registry that is asked for tags, digests and labels"},
      {"secret", credential(false), false, "what proves that a notification is its own"},
      {"tolerance", one(ValueKind::duration), false,
       "generic: how far the time a notification was signed at may be from now, 10s to 1h; 5m when absent"},
      {"host", one(ValueKind::text), false, "the registry as image names have it, such as registry.example.com"},
      {"audience", one(ValueKind::text), false, "google: the audience of the subscription's tokens"},
      {"email", one(ValueKind::text), false, "google: the service account that the subscription pushes as"},
      {"issuer", one(ValueKind::text), false, "google: who issues the tokens; https://accounts.google.com when absent"},
      {"keys", one(ValueKind::text), false,
       "google: the issuer's keys (JWKS), an https address or a file; Google's when absent"},
      {"url", one(ValueKind::text), false, "oci: where it is, when that is not https://<host>"},
      {"credentials", mapping(registry_credential_keys()), false, "oci: who asks; anonymous when absent"},
      {"token_hosts", list_of(ValueKind::text), false,
       "oci: hosts other than its own that it may send to for tokens, such as gitlab.example.com"},
      {"poll", one(ValueKind::duration), false,
       "oci: how often tags are listed, for registries that do not tell of pushes; at least 30s, never when absent"},
  };
  return kKeys;
}

const Keys& evaluator_limit_keys() {
  static const Keys kKeys = {
      {"memory", one(ValueKind::text), false,
       "memory of an evaluator and of each program that it runs, at least 256MiB; 2GiB when absent"},
      {"processor_time", one(ValueKind::duration), false,
       "how long an evaluator may compute for one pull request, at least 1s; 2m when absent"},
      {"wall_time", one(ValueKind::duration), false,
       "how long one evaluation may take, programs and downloads included, at least 1s; 10m when absent"},
  };
  return kKeys;
}

const Keys& limit_keys() {
  static const Keys kKeys = {
      {"body", one(ValueKind::text), false, "largest body of a webhook, such as 25MiB (the default)"},
      {"evaluator", mapping(evaluator_limit_keys()), false,
       "what the processes may use that read and render what is in repositories"},
  };
  return kKeys;
}

const Keys& connection_keys() {
  static const Keys kKeys = {
      {"headers", one(ValueKind::duration), false,
       "longest time a connection may take to send the headers of a request; 10s when absent"},
      {"request", one(ValueKind::duration), false,
       "longest time a connection may take to send a whole request; 30s when absent"},
      {"unfinished_per_address", one(ValueKind::whole_number), false,
       "connections of one address that have not sent whole headers, 8 to 400; one more closes the oldest; 64 when "
       "absent"},
  };
  return kKeys;
}

const Keys& render_keys() {
  static const Keys kKeys = {
      {"kubernetes_version", one(ValueKind::text), false,
       "the clusters' version for charts, such as 1.34.4; what helm takes for current when absent"},
      {"api_versions", list_of(ValueKind::text), false,
       "API versions that the clusters have beside Kubernetes' own, such as monitoring.coreos.com/v1"},
      {"charts", one(ValueKind::text), false,
       "directory of the charts from elsewhere, HOST/PATH/CHART-VERSION.tgz; 'charts' in the data directory when "
       "absent"},
      {"hosts", list_of(ValueKind::text), false,
       "hosts that charts and remote bases may be fetched from; from none when absent"},
      {"sandbox", word_of({"required", "limits-only"}), false,
       "what programs that render run in: required (the default) is bubblewrap, and without it nothing is rendered; "
       "limits-only renders without it, and every report says so"},
  };
  return kKeys;
}

const Keys& bot_keys() {
  static const Keys kKeys = {
      {"name", one(ValueKind::text), false, "name in the bot's commits; Towline when absent"},
      {"email", one(ValueKind::text), false, "address in the bot's commits; towline@localhost when absent"},
  };
  return kKeys;
}

}  // namespace

const Keys& server_config_keys() {
  static const Keys kKeys = {
      {"listen", one(ValueKind::text), false, "address and port to listen on; 127.0.0.1:8080 when absent"},
      {"public_url", one(ValueKind::text), false,
       "how people and forges reach this server; made of 'listen' when absent"},
      {"data", one(ValueKind::text), false,
       "directory of the database, mirrors and caches, from where Towline is started; ./data when absent"},
      {"key", credential(false), false,
       "the installation's key, at least 32 characters, where the data directory does not outlive a run, as in CI; "
       "made "
       "and kept in the data directory when absent"},
      {"forges", list_of_mappings(forge_keys()), true, "where the repositories are"},
      {"registries", list_of_mappings(registry_keys()), false,
       "who may tell that an image was pushed, and who is asked"},
      {"workers", one(ValueKind::whole_number), false, "how many keys are worked on at once, 1 to 64; 4 when absent"},
      {"resync", one(ValueKind::duration), false,
       "how often everything is looked at without being told; 5m when absent, at least 10s"},
      {"limits", mapping(limit_keys()), false, "how much is taken from outside"},
      {"connections", mapping(connection_keys()), false, "what connections to the server may cost"},
      {"bot", mapping(bot_keys()), false, "author of the bot's commits"},
      {"render", mapping(render_keys()), false, "what rendering needs to know beside the repository"},
      {"templates", one(ValueKind::text), false, "directory with templates that replace the built-in ones"},
      {"search_path", one(ValueKind::text), false,
       "where programs such as git and kustomize are looked for; PATH when absent"},
  };
  return kKeys;
}

}  // namespace towline::config
