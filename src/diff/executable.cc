#include "diff/executable.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/credential_names.h"
#include "base/text.h"

namespace towline::diff {
namespace {

constexpr std::string_view kMask = "<masked ";
/// Argo Workflows and Tekton have scripts of their own.
constexpr std::array<std::string_view, 5> kFields = {"command", "args", "script", "exec", "entrypoint"};
constexpr std::array<std::string_view, 14> kScriptEnds = {".sh", ".bash", ".zsh", ".ksh", ".py",  ".pl",     ".rb",
                                                          ".js", ".mjs",  ".lua", ".php", ".ps1", ".groovy", ".awk"};
constexpr std::array<std::string_view, 8> kScriptWords = {"script", "entrypoint", "run",   "start",
                                                          "init",   "hook",       "setup", "bootstrap"};

/// "run.sh", "docker-entrypoint", "init-script".
bool is_script_name(std::string_view key) {
  const std::string name = to_lower(key);
  const auto ends = [&](std::string_view end) { return name.ends_with(end); };
  return std::any_of(kScriptEnds.begin(), kScriptEnds.end(), ends) ||
         std::any_of(kScriptWords.begin(), kScriptWords.end(), ends);
}

using Texts = std::set<std::string, std::less<>>;

/// Calls `visit` with the key and each text that may run.
template <class Visit>
void for_each_text(const yaml::Node& node, std::string_view key, bool runs, const Visit& visit) {
  if (node.is_scalar() && runs) visit(key, node.text());
  for (const yaml::Node& item : node.items) for_each_text(item, key, runs, visit);
  for (const auto& [name, value] : node.entries) {
    const bool here = is_executable(node, name.text(), value);
    const yaml::Node* variable = name.text() == "value" ? node.find("name") : nullptr;
    const std::string_view label = variable != nullptr ? variable->text() : name.text();
    for_each_text(value, runs && !here ? key : label, runs || here, visit);
  }
}

/// The values of a Secret are masked as wholes, and a reader expects that.
bool is_secret(const yaml::Node& body) {
  const yaml::Node* kind = body.find("kind");
  return kind != nullptr && (kind->text() == "Secret" || kind->text() == "SecretList");
}

}  // namespace

bool is_executable(const yaml::Node& mapping, std::string_view key, const yaml::Node& value) {
  if (std::find(kFields.begin(), kFields.end(), key) != kFields.end()) return true;
  if (!value.is_scalar()) return false;
  const yaml::Node* name = key == "value" ? mapping.find("name") : nullptr;
  if (name != nullptr && name->is_scalar() && steers_execution(name->text())) return true;
  return steers_execution(key) || is_script_name(key) || value.text().starts_with("#!");
}

std::vector<std::string> hidden_code(const yaml::Node* base, const yaml::Node& head) {
  if (is_secret(head)) return {};
  Texts known;
  if (base != nullptr) {
    for_each_text(*base, "", false, [&](std::string_view, std::string_view text) { known.emplace(text); });
  }
  std::vector<std::string> places;
  for_each_text(head, "", false, [&](std::string_view key, std::string_view text) {
    if (text.find(kMask) == std::string_view::npos || known.find(text) != known.end()) return;
    if (std::find(places.begin(), places.end(), key) == places.end()) places.emplace_back(key);
  });
  return places;
}

}  // namespace towline::diff
