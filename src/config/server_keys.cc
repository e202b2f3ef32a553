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
       "generic: maximum difference between the signature's time and now, 10s to 1h; default: 5m"},
      {"host", one(ValueKind::text), false, "the registry as image names have it, such as registry.example.com"},
      {"audience", one(ValueKind::text), false, "google: the audience of the subscription's tokens"},
      {"email", one(ValueKind::text), false, "google: the service account that the subscription pushes as"},
      {"issuer", one(ValueKind::text), false, "google: issuer of the tokens; default: https://accounts.google.com"},
      {"keys", one(ValueKind::text), false,
       "google: the issuer's keys (JWKS), an https address or a file; default: Google's"},
      {"url", one(ValueKind::text), false, "oci: where it is, when that is not https://<host>"},
      {"credentials", mapping(registry_credential_keys()), false,
       "oci: credentials for the registry; default: anonymous"},
      {"token_hosts", list_of(ValueKind::text), false,
       "oci: hosts other than its own that it may send to for tokens, such as gitlab.example.com"},
      {"poll", one(ValueKind::duration), false,
       "oci: how often to list tags, for registries that send no webhooks, at least 30s; default: never"},
  };
  return kKeys;
}

const Keys& evaluator_limit_keys() {
  static const Keys kKeys = {
      {"memory", one(ValueKind::text), false,
       "memory limit of an evaluator and of each program that it runs, at least 256MiB; default: 2GiB"},
      {"processor_time", one(ValueKind::duration), false,
       "processor time of an evaluator for one pull request, at least 1s; default: 2m"},
      {"wall_time", one(ValueKind::duration), false,
       "timeout of one evaluation, including programs and downloads, at least 1s; default: 10m"},
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
      {"headers", one(ValueKind::duration), false, "timeout for receiving the headers of a request; default: 10s"},
      {"request", one(ValueKind::duration), false, "timeout for receiving a whole request; default: 30s"},
      {"unfinished_per_address", one(ValueKind::whole_number), false,
       "connections of one address that have not sent whole headers, 8 to 400; one more closes the oldest; 64 when "
       "absent"},
  };
  return kKeys;
}

const Keys& render_keys() {
  static const Keys kKeys = {
      {"kubernetes_version", one(ValueKind::text), false,
       "Kubernetes version for rendering charts, such as 1.34.4; default: helm's built-in version"},
      {"api_versions", list_of(ValueKind::text), false,
       "API versions that the clusters have beside Kubernetes' own, such as monitoring.coreos.com/v1"},
      {"charts", one(ValueKind::text), false,
       "directory of the charts from elsewhere, HOST/PATH/CHART-VERSION.tgz; 'charts' in the data directory when "
       "absent"},
      {"hosts", list_of(ValueKind::text), false,
       "hosts from which charts and remote bases may be fetched; default: none"},
      {"sandbox", word_of({"required", "limits-only"}), false,
       "what programs that render run in: required (the default) is bubblewrap, and without it nothing is rendered; "
       "limits-only renders without it, and every report says so"},
  };
  return kKeys;
}

const Keys& bot_keys() {
  static const Keys kKeys = {
      {"name", one(ValueKind::text), false, "name in the bot's commits; default: Towline"},
      {"email", one(ValueKind::text), false, "address in the bot's commits; default: towline@localhost"},
  };
  return kKeys;
}

}  // namespace

const Keys& server_config_keys() {
  static const Keys kKeys = {
      {"listen", one(ValueKind::text), false, "address and port to listen on; default: 127.0.0.1:8080"},
      {"public_url", one(ValueKind::text), false,
       "URL at which people and forges reach this server; default: made from 'listen'"},
      {"data", one(ValueKind::text), false,
       "directory of the database, mirrors and caches, from where Towline is started; default: ./data"},
      {"key", credential(false), false,
       "the installation's key, at least 32 characters; needed where the data directory does not outlive a run, as in "
       "CI; "
       "default: made and kept in the data directory"},
      {"forges", list_of_mappings(forge_keys()), true, "where the repositories are"},
      {"registries", list_of_mappings(registry_keys()), false,
       "who may tell that an image was pushed, and who is asked"},
      {"workers", one(ValueKind::whole_number), false,
       "number of pull requests and repositories handled at once, 1 to 64; default: 4"},
      {"resync", one(ValueKind::duration), false,
       "how often to check everything without a webhook, at least 10s; default: 5m"},
      {"limits", mapping(limit_keys()), false, "how much is taken from outside"},
      {"connections", mapping(connection_keys()), false, "what connections to the server may cost"},
      {"bot", mapping(bot_keys()), false, "author of the bot's commits"},
      {"render", mapping(render_keys()), false, "what rendering needs to know beside the repository"},
      {"templates", one(ValueKind::text), false, "directory with templates that replace the built-in ones"},
      {"search_path", one(ValueKind::text), false, "search path for programs such as git and kustomize; default: PATH"},
  };
  return kKeys;
}

}  // namespace towline::config
