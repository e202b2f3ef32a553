#include "discovery/environment.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace towline::discovery {
namespace {

bool is_name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Names of one character, as a shell has them.
bool is_special(char c) { return std::string_view("*#$@!?-0123456789").find(c) != std::string_view::npos; }

struct Variable {
  std::string_view name;
  std::size_t length = 0;  ///< of the text behind the '$' that names it
};

Variable variable_at(std::string_view text) {
  if (text.empty()) return {};
  if (text[0] == '{') {
    if (text.size() > 2 && is_special(text[1]) && text[2] == '}') return {text.substr(1, 1), 3};
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos) return {"", 1};
    return {text.substr(1, end - 1), end + 1};
  }
  if (is_special(text[0])) return {text.substr(0, 1), 1};
  const auto* const end = std::find_if_not(text.begin(), text.end(), is_name_character);
  const auto length = static_cast<std::size_t>(end - text.begin());
  return {text.substr(0, length), length};
}

}  // namespace

std::string expand_environment(std::string_view text, const Application& application, const Source& source,
                               const CommitId& commit) {
  if (text.find('$') == std::string_view::npos) return std::string(text);
  const std::string& id = commit.str();
  const std::array<std::pair<std::string_view, std::string>, 10> values = {{
      {"$", "$"},
      {"ARGOCD_APP_NAME", application.name},
      {"ARGOCD_APP_NAMESPACE", application.ns},
      {"ARGOCD_APP_PROJECT_NAME", application.project.empty() ? "default" : application.project},
      {"ARGOCD_APP_REVISION", id},
      {"ARGOCD_APP_REVISION_SHORT", id.substr(0, 7)},
      {"ARGOCD_APP_REVISION_SHORT_8", id.substr(0, 8)},
      {"ARGOCD_APP_SOURCE_REPO_URL", source.repo_url},
      {"ARGOCD_APP_SOURCE_PATH", source.path},
      {"ARGOCD_APP_SOURCE_TARGET_REVISION", source.target_revision},
  }};
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const Variable variable = variable_at(text.substr(i + 1));
    if (variable.length == 0) {
      result += '$';
      continue;
    }
    for (const auto& [name, value] : values) {
      if (name == variable.name) result += value;
    }
    i += variable.length;
  }
  return result;
}

}  // namespace towline::discovery
