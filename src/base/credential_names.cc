#include "base/credential_names.h"

#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "base/text.h"

namespace towline {
namespace {

constexpr std::string_view kLastWords[] = {"password",   "passwd",      "passphrase", "passcode",  "pwd",
                                           "pass",       "secret",      "token",      "apikey",    "accesskey",
                                           "secretkey",  "privatekey",  "authkey",    "authtoken", "clientsecret",
                                           "credential", "credentials", "accesstoken"};
/// What keys are called that nobody else may know; a "key" alone is one of a map.
constexpr std::string_view kBeforeKey[] = {"api",     "access",  "secret", "private", "auth",   "encryption",
                                           "signing", "master",  "shared", "storage", "hmac",   "session",
                                           "account", "license", "crypt",  "cookie",  "service"};
/// Written without anything between the words.
constexpr std::string_view kEnds[] = {"password",  "passwd",    "passphrase",  "apikey",      "secretkey",
                                      "accesskey", "authtoken", "accesstoken", "clientsecret"};
/// The name of a Secret follows, not a secret.
constexpr std::string_view kBeforeObject[] = {"existing", "pull",        "tls", "image",
                                              "cert",     "certificate", "ca",  "registry"};
constexpr std::string_view kNoCredentials[] = {"true", "false", "yes", "no", "on",       "off",     "null", "none",
                                               "nil",  "~",     "0",   "1",  "disabled", "enabled", "***"};

template <class List>
bool has(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// Variables by which a loader, a shell, an interpreter or Git is told what to run: their values are never masked by
/// their names. Of Git's only those, since GIT_TOKEN and GIT_PASSWORD are what people call credentials.
constexpr std::string_view kExecutionPrefixes[] = {
    "LD_",       "DYLD_",        "PYTHON",      "PERL5",      "RUBYOPT",   "NODE_OPT",
    "BASH_",     "JAVA_TOOL",    "JDK_JAVA",    "GIT_CONFIG", "GIT_SSH",   "GIT_EXEC",
    "GIT_PROXY", "GIT_EXTERNAL", "GIT_ASKPASS", "GIT_EDITOR", "GIT_PAGER", "GIT_TEMPLATE"};
constexpr std::string_view kExecutionNames[] = {"PATH", "ENV", "PROMPT_COMMAND", "IFS", "RUBYLIB", "_JAVA_OPTIONS"};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// "DB_PASSWORD", "dbPassword" and "db.password" -> db, password; "APIKey" -> api, key.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (std::size_t at = 0; at < name.size(); ++at) {
    const char c = name[at];
    if (!is_upper(c) && !is_lower_or_digit(c)) {
      if (!words.back().empty()) words.emplace_back();
      continue;
    }
    const bool after_lower = at > 0 && is_lower_or_digit(name[at - 1]);
    const bool before_lower = at + 1 < name.size() && name[at + 1] >= 'a' && name[at + 1] <= 'z';
    const bool begins = is_upper(c) && at > 0 && (after_lower || (is_upper(name[at - 1]) && before_lower));
    if (begins && !words.back().empty()) words.emplace_back();
    words.back() += to_lower(name.substr(at, 1));
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

/// Where the credential is, in the notations of shells, templates, SOPS, vals, Vault and its plugins; or a file.
bool is_reference(std::string_view value) {
  static const RE2 kReference(
      R"((?s)\$\([^()]*\)|\$?\$\{[A-Za-z_][A-Za-z0-9_.]*\}|\$[A-Z_][A-Z0-9_]*|%[A-Za-z_]+%|<[^<>]*>|os\.environ/[A-Z0-9_]+)"
      R"(|ENC\[.*\]|ref\+.*|(?:vault|file|env|secret|awssm|gcpsm):.*|\$__(?:file|env|vault)\{.*\}|\{env[.:][A-Z0-9_]+\})"
      R"(|/(?:var|etc|run|secrets?|mnt|opt|home|tmp|usr|root|app|config|data|vault|certs?)/\S*|\*+|x+|%[-0-9.]*[sdvqx])");
  // A template that has a value of its own for when there is none is no mere reference.
  const bool own_value =
      value.find("default") != std::string_view::npos || value.find("else") != std::string_view::npos;
  if (value.starts_with("{{") && value.ends_with("}}") && !own_value) return true;
  return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), kReference);
}

/// What keys of maps and environment variables are called: "OIDC_CLIENT_SECRET".
bool is_variable_name(std::string_view value) {
  static const RE2 kName("[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+");
  return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), kName);
}

bool is_object_name(std::string_view value) {
  static const RE2 kName("[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?(?:/[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)?");
  return value.size() <= 253 && RE2::FullMatch(re2::StringPiece(value.data(), value.size()), kName);
}

}  // namespace

bool steers_execution(std::string_view name) {
  return has(kExecutionNames, name) || name.ends_with("_PATH") ||
         std::any_of(std::begin(kExecutionPrefixes), std::end(kExecutionPrefixes),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool names_credential(std::string_view name) {
  // No name is longer, and a text that is one line long has none.
  constexpr std::size_t kLongest = 120;
  if (name.size() > kLongest || steers_execution(name)) return false;
  const std::vector<std::string> words = words_of(name);
  if (words.empty()) return false;
  const std::string& last = words.back();
  const std::string_view before = words.size() > 1 ? std::string_view(words[words.size() - 2]) : "";
  if (last == "token" && before == "per") return false;  // a price
  if (has(kLastWords, last)) return true;
  if (last == "key" && has(kBeforeKey, before)) return true;
  if (last == "string" && before == "connection") return true;
  return std::any_of(std::begin(kEnds), std::end(kEnds), [&](std::string_view end) { return last.ends_with(end); });
}

bool is_credential_of(std::string_view name, std::string_view value) {
  value = trim(value);
  if (value.empty() || has(kNoCredentials, to_lower(value)) || is_reference(value)) return false;
  const std::vector<std::string> words = words_of(name);
  if (words.empty()) return true;
  // "existingSecret" names an object, "clientSecretKey" often a key in one.
  const std::string_view before = words.size() > 1 ? std::string_view(words[words.size() - 2]) : "";
  const bool key_of_secret = words.back() == "key" && before == "secret";
  if (words.back() != "secret" && !key_of_secret) return true;
  if (is_variable_name(value)) return false;
  const bool dashed = value.find_first_of("-/") != std::string_view::npos;
  return !is_object_name(value) || !(dashed || has(kBeforeObject, before));
}

}  // namespace towline
