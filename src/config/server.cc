#include "config/server.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/files.h"
#include "base/text.h"
#include "config/server_connections.h"
#include "config/server_keys.h"
#include "config/server_registries.h"
#include "config/shape.h"
#include "forge/kinds.h"
#include "registry/receiver.h"
#include "yaml/node.h"

namespace towline::config {

namespace {

constexpr yaml::Limits kLimits{1u << 20, 32, 20'000, 16};
constexpr std::size_t kMaxCredentialBytes = 64u << 10;
constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxWorkers = 64;
constexpr Duration kMinResync{std::chrono::seconds(10)};
constexpr std::size_t kMinComment = 4u << 10;
constexpr std::size_t kMinBody = 1u << 10;
constexpr std::size_t kMinEvaluatorMemory = 256u << 20;
constexpr Duration kMinEvaluatorTime = std::chrono::seconds(1);
constexpr std::size_t kMaxBody = 1u << 30;

std::string in_quotes(std::string_view text) { return "'" + ellipsize(printable_utf8(text), 80) + "'"; }

/// Reads a tree whose shape has been checked.
class Reader {
 public:
  /// With `absent`, a credential that is not there is told in it; without, it is an error.
  Reader(std::string_view path, const EnvironmentVariables& env, std::vector<std::string>* absent)
      : path_(path), env_(env), absent_(absent) {}

  Result<void> check_credentials(const yaml::Node& root) const;
  Result<ServerConfig> read(const yaml::Node& root) const;

 private:
  tl::unexpected<Error> wrong(const yaml::Node& node, std::string sentence) const {
    return config::fail_at(path_, node, std::move(sentence));
  }

  Result<void> check_credential(const yaml::Node& node, const std::string& where) const;
  Result<Secret> credential(const yaml::Node& node) const;
  Result<Secret> not_there(const yaml::Node& source, const std::string& sentence) const;
  Result<void> listen(const yaml::Node& node, ServerConfig& config) const;
  Result<Secret> installation_key(const yaml::Node& node) const;
  Result<std::string> url(const yaml::Node& node, const std::string& where) const;
  Result<std::string> name(const yaml::Node& list, std::size_t index, std::string_view what) const;
  Result<ForgeConfig> forge(const yaml::Node& list, std::size_t index) const;
  Result<std::vector<RepoName>> repositories(const yaml::Node& list, const std::string& forge) const;
  Result<std::size_t> comment_bytes(const yaml::Node& forge) const;
  Result<void> registry(const yaml::Node& list, std::size_t index, ServerConfig& config) const;
  Result<void> askable(const yaml::Node& root, const ServerConfig& config) const;
  Result<void> numbers(const yaml::Node& root, ServerConfig& config) const;
  Result<void> evaluator(const yaml::Node& limits, config::EvaluatorLimits& into) const;
  Result<void> bot(const yaml::Node& root, ServerConfig& config) const;
  static void render(const yaml::Node& root, RenderConfig& config);

  std::string_view path_;
  const EnvironmentVariables& env_;
  std::vector<std::string>* absent_;
};

// Before the shape is checked, because its sentences repeat words of the file, and these words may be secrets.
Result<void> Reader::check_credentials(const yaml::Node& root) const {
  if (const yaml::Node* key = root.find("key")) CHECK_OK(check_credential(*key, "key"));
  for (const auto& [list_key, where] : {std::pair("forges", "forges."), std::pair("registries", "registries.")}) {
    const yaml::Node* list = root.find(list_key);
    if (list == nullptr) continue;
    for (const yaml::Node& entry : list->items) {
      for (const char* key : {"token", "secret", "webhook_secrets"}) {
        const yaml::Node* value = entry.find(key);
        if (value == nullptr) continue;
        const bool several = value->is_sequence() && std::string_view(key) == "webhook_secrets";
        const std::vector<yaml::Node> credentials = several ? value->items : std::vector{*value};
        for (const yaml::Node& one : credentials) CHECK_OK(check_credential(one, std::string(where) + key));
      }
      const yaml::Node* password = entry.find_path({"credentials", "password"});
      if (password != nullptr) CHECK_OK(check_credential(*password, std::string(where) + "credentials.password"));
    }
  }
  return {};
}

Result<void> Reader::check_credential(const yaml::Node& node, const std::string& where) const {
  const bool names_one = node.is_mapping() && node.entries.size() == 1 &&
                         (node.find("env") != nullptr || node.find("file") != nullptr) &&
                         node.entries.front().second.is_scalar();
  if (names_one) return {};
  return wrong(node, "'" + where + "' must name where the credential is, {env: NAME} or {file: PATH}; the credential " +
                         "itself is never written here");
}

Result<Secret> Reader::not_there(const yaml::Node& source, const std::string& sentence) const {
  auto error = wrong(source, sentence);
  if (absent_ == nullptr) return error;
  absent_->push_back(std::move(error).value().message);
  return Secret("absent");
}

Result<Secret> Reader::credential(const yaml::Node& node) const {
  const auto& [key, source] = node.entries.front();
  std::string value;
  std::string from;
  if (key.value == "env") {
    from = "the environment variable " + in_quotes(source.value);
    const auto variable = env_.find(source.value);
    if (variable == env_.end()) return not_there(source, from + " is not set");
    value = variable->second;
  } else {
    from = "the file " + in_quotes(source.value);
    Result<std::string> file = read_file(source.value, kMaxCredentialBytes);
    if (!file) return not_there(source, from + " cannot be read: " + file.error().message);
    value = *std::move(file);
    if (value.ends_with('\n')) value.pop_back();
    if (value.ends_with('\r')) value.pop_back();
  }
  if (value.empty()) return wrong(source, from + " is empty");
  const bool control = std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (control) return wrong(source, from + " has a line break or another control character inside");
  return Secret(std::move(value));
}

Result<Secret> Reader::installation_key(const yaml::Node& node) const {
  constexpr std::size_t kLeastCharacters = 32;
  TRY(Secret key, credential(node));
  if (absent_ == nullptr && key.reveal().size() < kLeastCharacters) {
    return wrong(node, "'key' has fewer than 32 characters; make one with 'openssl rand -hex 32'");
  }
  return key;
}

Result<void> Reader::listen(const yaml::Node& node, ServerConfig& config) const {
  const std::string_view text = node.text();
  const std::size_t colon = text.rfind(':');
  std::string host(text.substr(0, colon == std::string_view::npos ? 0 : colon));
  const std::string_view port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  int number = -1;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool whole = error == std::errc() && end == port.data() + port.size() && number >= 0 && number <= 65535;
  const bool plain_host = host.find_first_of(brackets ? "[]/ " : "[]/: ") == std::string::npos;
  if (colon == std::string_view::npos || !whole || !plain_host) {
    return wrong(node, "'listen' must be an address and a port, such as 127.0.0.1:8080, [::1]:8080 or :8080");
  }
  config.listen_host = host.empty() ? "0.0.0.0" : std::move(host);
  config.listen_port = number;
  return {};
}

Result<std::string> Reader::url(const yaml::Node& node, const std::string& where) const {
  std::string text = node.value;
  while (text.ends_with('/')) text.pop_back();
  const std::size_t scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  const std::string_view rest = std::string_view(text).substr(scheme);
  const std::string_view authority = rest.substr(0, rest.find('/'));
  if (authority.find('@') != std::string_view::npos) {
    return wrong(node, "'" + where + "' must not carry a user or password");
  }
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (scheme == 0 || authority.empty() || authority.starts_with(':') || !printable ||
      text.find_first_of("?#\"'<>\\") != std::string::npos) {
    return wrong(node, "'" + where + "' must be a URL such as https://git.example.com, without a query");
  }
  return text;
}

/// The name of the index-th entry: fit for a path of a URL, and not taken by an entry before it.
Result<std::string> Reader::name(const yaml::Node& list, std::size_t index, std::string_view what) const {
  const yaml::Node& node = *list.items[index].find("name");
  const bool plain =
      node.value.size() <= kMaxNameBytes && std::all_of(node.value.begin(), node.value.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (!plain) {
    return wrong(node, "the name " + in_quotes(node.value) +
                           " must be of lower-case letters, digits, '-' and '_', at most " +
                           std::to_string(kMaxNameBytes));
  }
  for (std::size_t before = 0; before < index; ++before) {
    const yaml::Node& other = *list.items[before].find("name");
    if (other.value != node.value) continue;
    return wrong(node, "the " + std::string(what) + " " + in_quotes(node.value) +
                           " is configured twice, first on line " + std::to_string(other.line));
  }
  return node.value;
}

Result<std::vector<RepoName>> Reader::repositories(const yaml::Node& list, const std::string& forge) const {
  if (list.items.empty())
    return wrong(list, "the forge " + in_quotes(forge) + " has no repositories: name at least one");
  std::vector<RepoName> names;
  for (const yaml::Node& item : list.items) {
    const Result<RepoName> repo = RepoName::parse(item.text());
    if (!repo) return wrong(item, in_quotes(item.text()) + " is not a repository, such as acme/infra");
    if (std::find(names.begin(), names.end(), *repo) != names.end()) {
      return wrong(item, "the repository " + in_quotes(item.text()) + " is named twice");
    }
    names.push_back(*repo);
  }
  return names;
}

/// "25MiB", "25MB", "512k" or a number of bytes; nullopt when it is none of these. Units are powers of 1024.
std::optional<std::size_t> parse_size(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > kMaxBody) return std::nullopt;
  const std::string unit = to_lower(trim(text.substr(static_cast<std::size_t>(end - text.data()))));
  static const std::map<std::string, unsigned> kShifts = {{"", 0},     {"b", 0},   {"k", 10},  {"kb", 10},
                                                          {"kib", 10}, {"m", 20},  {"mb", 20}, {"mib", 20},
                                                          {"g", 30},   {"gb", 30}, {"gib", 30}};
  const auto shift = kShifts.find(unit);
  if (shift == kShifts.end()) return std::nullopt;
  return number << shift->second;
}

Result<std::size_t> Reader::comment_bytes(const yaml::Node& forge) const {
  const forge::Kind& kind = *forge::find_kind(forge.find("kind")->text());
  const yaml::Node* node = forge.find("comment_limit");
  if (node == nullptr) return kind.usual_comment_bytes;
  const std::optional<std::size_t> size = parse_size(node->text());
  if (size && *size >= kMinComment && *size <= kind.largest_comment_bytes) return *size;
  return wrong(*node, "'forges.comment_limit' must be a size from 4KiB to " +
                          std::to_string(kind.largest_comment_bytes) + " bytes, such as 64KiB");
}

Result<ForgeConfig> Reader::forge(const yaml::Node& list, std::size_t index) const {
  const yaml::Node& node = list.items[index];
  ForgeConfig forge;
  TRY(forge.name, name(list, index, "forge"));
  forge.kind = node.find("kind")->text();
  TRY(forge.url, url(*node.find("url"), "forges.url"));
  TRY(forge.token, credential(*node.find("token")));
  const yaml::Node& secrets = *node.find("webhook_secrets");
  if (secrets.items.empty()) {
    return wrong(secrets, "the forge " + in_quotes(forge.name) +
                              " has no webhook secret: without one anybody could send " +
                              "events; name at least one, such as {env: GITEA_WEBHOOK_SECRET}");
  }
  for (const yaml::Node& secret : secrets.items) {
    TRY(Secret value, credential(secret));
    forge.webhook_secrets.push_back(std::move(value));
  }
  TRY(forge.comment_bytes, comment_bytes(node));
  TRY(forge.repositories, repositories(*node.find("repositories"), forge.name));
  return forge;
}

Result<void> Reader::registry(const yaml::Node& list, std::size_t index, ServerConfig& config) const {
  TRY(std::string called, name(list, index, "registry"));
  const RegistryReader reader{path_, [this](const yaml::Node& node) { return credential(node); },
                              [this](const yaml::Node& node, const std::string& where) { return url(node, where); }};
  return reader.read(list.items[index], std::move(called), config);
}

/// A registry that does not tell tags must be asked for them.
Result<void> Reader::askable(const yaml::Node& root, const ServerConfig& config) const {
  for (const RegistryConfig& registry : config.registries) {
    const bool asked = std::any_of(config.oci.begin(), config.oci.end(),
                                   [&](const OciConfig& other) { return other.host == registry.host; });
    if (asked || registry::find_receiver(registry.kind)->tells_tags) continue;
    return wrong(*root.find("registries"), "the notifications of " + in_quotes(registry.name) +
                                               " do not tell tags: add a registry of kind 'oci' with the host " +
                                               in_quotes(registry.host) + ", which is then asked for them");
  }
  return {};
}

Result<void> Reader::numbers(const yaml::Node& root, ServerConfig& config) const {
  if (const yaml::Node* workers = root.find("workers")) {
    std::size_t number = 0;
    std::from_chars(workers->value.data(), workers->value.data() + workers->value.size(), number);
    if (number < 1 || number > kMaxWorkers) return wrong(*workers, "'workers' must be a whole number from 1 to 64");
    config.workers = number;
  }
  if (const yaml::Node* resync = root.find("resync")) {
    TRY(config.resync, parse_duration(resync->text()));
    if (config.resync < kMinResync) return wrong(*resync, "'resync' must be at least 10s");
  }
  if (const yaml::Node* body = root.find_path({"limits", "body"})) {
    const std::optional<std::size_t> size = parse_size(body->text());
    if (!size || *size < kMinBody || *size > kMaxBody) {
      return wrong(*body, "'limits.body' must be a size from 1KiB to 1GiB, such as 25MiB");
    }
    config.max_body_bytes = *size;
  }
  if (const yaml::Node* limits = root.find_path({"limits", "evaluator"}))
    CHECK_OK(evaluator(*limits, config.evaluator));
  return read_connections(path_, root, config.connections);
}

Result<void> Reader::evaluator(const yaml::Node& limits, config::EvaluatorLimits& into) const {
  if (const yaml::Node* memory = limits.find("memory")) {
    const std::optional<std::size_t> size = parse_size(memory->text());
    if (!size || *size < kMinEvaluatorMemory) {
      return wrong(*memory, "'limits.evaluator.memory' must be a size of at least 256MiB, such as 2GiB");
    }
    into.memory = *size;
  }
  for (const auto& [key, field] :
       {std::pair("processor_time", &into.processor_time), std::pair("wall_time", &into.wall_time)}) {
    const yaml::Node* node = limits.find(key);
    if (node == nullptr) continue;
    TRY(*field, parse_duration(node->text()));
    if (*field < kMinEvaluatorTime) {
      return wrong(*node, "'limits.evaluator." + std::string(key) + "' must be at least 1s");
    }
  }
  return {};
}

Result<void> Reader::bot(const yaml::Node& root, ServerConfig& config) const {
  for (const auto& [key, field] : {std::pair("name", &config.bot_name), std::pair("email", &config.bot_email)}) {
    const yaml::Node* node = root.find_path({"bot", key});
    if (node == nullptr) continue;
    const bool plain = std::all_of(node->value.begin(), node->value.end(),
                                   [](unsigned char c) { return c >= ' ' && c != 0x7f && c != '<' && c != '>'; });
    if (!plain) return wrong(*node, "'bot." + std::string(key) + "' must be on one line and without '<' and '>'");
    *field = node->value;
  }
  return {};
}

/// Where people reach a server that listens there: a wildcard address is this machine. "" when any port will do.
std::string default_public_url(const ServerConfig& config) {
  if (config.listen_port == 0) return "";
  std::string host = config.listen_host;
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(config.listen_port);
}

void Reader::render(const yaml::Node& root, RenderConfig& config) {
  const auto texts = [&](std::string_view key) {
    std::vector<std::string> found;
    if (const yaml::Node* list = root.find_path({"render", key})) {
      for (const yaml::Node& item : list->items) found.push_back(item.value);
    }
    return found;
  };
  if (const yaml::Node* node = root.find_path({"render", "kubernetes_version"}))
    config.kubernetes_version = node->value;
  if (const yaml::Node* node = root.find_path({"render", "charts"})) config.charts = node->value;
  if (const yaml::Node* node = root.find_path({"render", "sandbox"}); node != nullptr && node->value == "limits-only") {
    config.sandbox = towline::ConfinementRule::limits_only;
  }
  config.api_versions = texts("api_versions");
  config.hosts = texts("hosts");
}

Result<ServerConfig> Reader::read(const yaml::Node& root) const {
  ServerConfig config;
  if (const yaml::Node* node = root.find("listen")) CHECK_OK(listen(*node, config));
  config.public_url = default_public_url(config);
  if (const yaml::Node* node = root.find("public_url")) {
    TRY(config.public_url, url(*node, "public_url"));
  }
  if (const yaml::Node* node = root.find("data")) config.data = node->value;
  if (const yaml::Node* node = root.find("key")) {
    TRY(config.key, installation_key(*node));
  }
  if (const yaml::Node* node = root.find("templates")) config.templates = node->value;
  if (const yaml::Node* node = root.find("search_path")) config.search_path = node->value;
  render(root, config.render);
  const yaml::Node& forges = *root.find("forges");
  if (forges.items.empty()) return wrong(forges, "no forge is configured: add at least one");
  for (std::size_t index = 0; index < forges.items.size(); ++index) {
    TRY(ForgeConfig entry, forge(forges, index));
    config.forges.push_back(std::move(entry));
  }
  if (const yaml::Node* registries = root.find("registries")) {
    for (std::size_t index = 0; index < registries->items.size(); ++index) {
      CHECK_OK(registry(*registries, index, config));
    }
  }
  CHECK_OK(askable(root, config));
  CHECK_OK(numbers(root, config));
  CHECK_OK(bot(root, config));
  return config;
}

/// The file's one document. Errors of YAML begin with "line 3, column 7: ", which becomes ":3:7: ".
Result<yaml::Node> read_document(std::string_view path, std::string_view text) {
  const auto with_path = [&](Error error) {
    static const RE2 kPlace("^line ([0-9]+), column ([0-9]+): ");
    if (!RE2::Replace(&error.message, kPlace, ":\\1:\\2: ")) error.message.insert(0, ": ");
    error.message.insert(0, path);
    return tl::unexpected<Error>(std::move(error));
  };
  Result<std::vector<yaml::Document>> documents = yaml::parse(text, kLimits);
  if (!documents) return with_path(std::move(documents).error());
  if (documents->size() > 1) {
    return config::fail_at(path, (*documents)[1].root, "the file must hold one YAML document, not several");
  }
  if (documents->empty()) return yaml::Node();
  Result<yaml::Node> root = yaml::expand(documents->front().root, kLimits);
  if (!root) return with_path(std::move(root).error());
  return root;
}

/// The environment variables that credentials of the file name.
void find_variables(const yaml::Node& node, std::vector<std::string>& names) {
  const yaml::Node* variable = node.entries.size() == 1 ? node.find("env") : nullptr;
  if (variable != nullptr) names.push_back(variable->value);
  for (const yaml::Node& item : node.items) find_variables(item, names);
  for (const auto& [key, value] : node.entries) find_variables(value, names);
}

Result<ServerConfig> read_config(std::string_view path, std::string_view text, const Reader& reader) {
  TRY(const yaml::Node root, read_document(path, text));
  CHECK_OK(reader.check_credentials(root));
  CHECK_OK(config::check_shape(path, root, server_config_keys()));
  TRY(ServerConfig config, reader.read(root));
  find_variables(root, config.credential_variables);
  return config;
}

}  // namespace

Result<ServerConfig> parse_server_config(std::string_view path, std::string_view text,
                                         const EnvironmentVariables& env) {
  return read_config(path, text, Reader(path, env, nullptr));
}

Result<ServerConfig> check_server_config(std::string_view path, std::string_view text, const EnvironmentVariables& env,
                                         std::vector<std::string>& absent) {
  return read_config(path, text, Reader(path, env, &absent));
}

}  // namespace towline::config
