#include "manifest/layout.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace towline::manifest {
namespace {

constexpr std::string_view kEnvironment = "{environment}";
constexpr std::string_view kService = "{service}";

bool has_brace(std::string_view text) { return text.find_first_of("{}") != std::string_view::npos; }

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

/// Why one component of a pattern cannot stand; "" when it can.
std::string component_problem(std::string_view component) {
  if (component.empty()) return "has an empty component; write one '/' between names and none at the ends";
  if (component == "." || component == "..") return "contains " + quoted(component) + "; write it from the root";
  if (!has_brace(component) || component == kEnvironment || component == kService) return "";
  if (component.front() != '{' || component.back() != '}' || has_brace(component.substr(1, component.size() - 2))) {
    return "has " + quoted(component) + "; a placeholder is a whole path component";
  }
  const std::array<std::string, 2> known = {"environment", "service"};
  const std::string near = nearest(component.substr(1, component.size() - 2), known);
  return "has the unknown placeholder " + quoted(component) +
         (near.empty() ? "; known are {environment} and {service}" : ", did you mean '{" + near + "}'?");
}

}  // namespace

Result<PathPattern> PathPattern::parse(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return fail(ErrorKind::invalid, "the path pattern " + quoted(text) + " " + why);
  };
  if (text.empty()) return refuse("is empty; write something like 'apps/dev/services/{service}'");
  if (text.front() == '/')
    return refuse("is absolute; write it from the root of the repository, without the first '/'");
  const auto components = split(text, '/');
  for (const std::string_view component : components) {
    if (const std::string problem = component_problem(component); !problem.empty()) return refuse(problem);
  }
  for (const std::string_view placeholder : {kEnvironment, kService}) {
    const auto count = std::count(components.begin(), components.end(), placeholder);
    if (count > 1) return refuse("has " + std::string(placeholder) + " more than once");
    if (count == 0 && placeholder == kService) return refuse("has no {service}; one component must be {service}");
  }
  PathPattern pattern;
  pattern.text_ = std::string(text);
  return pattern;
}

std::optional<PathPattern::Match> PathPattern::match(std::string_view path) const {
  const auto wanted = split(text_, '/');
  const auto given = split(path, '/');
  if (text_.empty() || given.size() < wanted.size()) return std::nullopt;
  Match match;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (given[i].empty()) return std::nullopt;
    if (wanted[i] == kEnvironment) {
      match.environment = std::string(given[i]);
    } else if (wanted[i] == kService) {
      match.service = std::string(given[i]);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
    if (i > 0) match.directory += '/';
    match.directory += given[i];
  }
  return match;
}

std::string PathPattern::fixed_prefix() const {
  std::string prefix;
  for (const std::string_view component : split(text_, '/')) {
    if (has_brace(component)) break;
    if (!prefix.empty()) prefix += '/';
    prefix += component;
  }
  return prefix;
}

}  // namespace towline::manifest
