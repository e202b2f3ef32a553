#include "config/repository_check.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"
#include "config/shape.h"

namespace towline::config {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
constexpr std::string_view kTeam = "team:";

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' && name.front() != '-' &&
         name.find_first_not_of(kNameCharacters) == std::string_view::npos;
}

std::string in_quotes(std::string_view text) { return "'" + ellipsize(printable_utf8(text), 80) + "'"; }

/// The environment's entry below `environments`.
const yaml::Node& entry_of(const yaml::Node& environments, const Environment& environment) {
  return *environments.find(environment.name);
}

Result<void> check_from(std::string_view path, const yaml::Node& node, const RepoConfig& config,
                        const Environment& environment) {
  const yaml::Node* soak = node.find("soak");
  if (!environment.from) {
    if (soak == nullptr) return {};
    return fail_at(path, *soak,
                   "'" + environment.name +
                       "' has 'soak' without 'from': soaking is done in the environment it is "
                       "promoted from, so name that or remove 'soak'");
  }
  const yaml::Node& from = *node.find("from");
  if (config.find(*environment.from) == nullptr) {
    std::vector<std::string> names;
    for (const Environment& other : config.environments) names.push_back(other.name);
    const std::string near = nearest(*environment.from, names);
    return fail_at(path, from,
                   "'" + environment.name + "' is promoted from " + in_quotes(*environment.from) +
                       ", which is no environment" +
                       (near.empty() ? "; there are: " + join(names, ", ") : ", did you mean '" + near + "'?"));
  }
  if (const yaml::Node* images = node.find("images")) {
    return fail_at(path, *images,
                   "'" + environment.name + "' has both 'from' and 'images': it takes its images from '" +
                       *environment.from + "', so remove one of the two");
  }
  return {};
}

Result<void> check_cycle(std::string_view path, const yaml::Node& node, const RepoConfig& config,
                         const Environment& environment) {
  std::string way = environment.name;
  const Environment* at = &environment;
  for (std::size_t step = 0; step < config.environments.size() && at->from; ++step) {
    at = config.find(*at->from);
    way += " -> " + at->name;
    if (at == &environment) {
      return fail_at(path, *node.find("from"), "promotion cycle between environments: " + way);
    }
  }
  return {};
}

std::vector<std::string> components(const Environment& environment) {
  std::vector<std::string> parts;
  const std::string pattern = replace_all(environment.services.str(), "{environment}", environment.name);
  for (const std::string_view part : split(pattern, '/')) parts.emplace_back(part);
  return parts;
}

/// Whether some directory is below a service of both: a placeholder stands for any one component, and a pattern
/// covers everything below it.
bool overlap(const Environment& a, const Environment& b) {
  const auto left = components(a);
  const auto right = components(b);
  for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    const bool open = left[i].find('{') != std::string::npos || right[i].find('{') != std::string::npos;
    if (!open && left[i] != right[i]) return false;
  }
  return true;
}

}  // namespace

bool is_environment_name(std::string_view name) {
  return is_name(name) && name.find("..") == std::string_view::npos && name.back() != '.' && !name.ends_with(".lock");
}

Result<void> check_environment_name(std::string_view path, const yaml::Node& key) {
  if (is_environment_name(key.text())) return {};
  return fail_at(path, key,
                 in_quotes(key.text()) +
                     " cannot name an environment: use letters, digits, '.', '_' and '-', at most " +
                     std::to_string(kLongestName) + ", not starting with '.' or '-'");
}

Result<void> check_approver(std::string_view path, const yaml::Node& approver) {
  const std::string_view text = approver.text();
  if (is_name(text.starts_with(kTeam) ? text.substr(kTeam.size()) : text)) return {};
  if (text.starts_with('@') && is_name(text.substr(1))) {
    return fail_at(path, approver, "an approver is written without '@': " + std::string(text.substr(1)));
  }
  return fail_at(path, approver, in_quotes(text) + " is no approver: write a login, or team:<name>");
}

Result<void> check_approvals(std::string_view path, const yaml::Node& approvers, const Environment& environment) {
  if (environment.approvals == 0 && !environment.approvers.empty()) {
    return fail_at(path, approvers,
                   "'" + environment.name +
                       "' names approvers but requires no approval: add 'approvals: 1', or "
                       "remove 'approvers'");
  }
  const bool has_team = std::any_of(environment.approvers.begin(), environment.approvers.end(),
                                    [](const std::string& approver) { return approver.starts_with(kTeam); });
  const std::set<std::string> people(environment.approvers.begin(), environment.approvers.end());
  if (!has_team && !people.empty() && people.size() < environment.approvals) {
    return fail_at(path, approvers,
                   "'" + environment.name + "' requires " + plural(environment.approvals, "approval") +
                       " but names only " + plural(people.size(), "approver"));
  }
  return {};
}

Result<void> check_combinations(std::string_view path, const yaml::Node& node, const RepoConfig& config) {
  for (const Environment& environment : config.environments) {
    CHECK_OK(check_from(path, entry_of(node, environment), config, environment));
  }
  for (const Environment& environment : config.environments) {
    CHECK_OK(check_cycle(path, entry_of(node, environment), config, environment));
  }
  for (auto second = config.environments.begin(); second != config.environments.end(); ++second) {
    for (auto first = config.environments.begin(); first != second; ++first) {
      if (!overlap(*first, *second)) continue;
      return fail_at(path, *entry_of(node, *second).find("services"),
                     "'" + second->name + "' and '" + first->name + "' cover the same directories (" +
                         second->services.str() + " and " + first->services.str() +
                         "): a service must belong to one environment");
    }
  }
  return {};
}

}  // namespace towline::config
