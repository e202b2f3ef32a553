#include "config/repository.h"

#include <algorithm>
#include <set>

#include "config/repository_check.h"

namespace towline::config {
namespace {

constexpr std::string_view kReferenceLayout = "apps/{environment}/services/{service}";

std::string directory_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash));
}

/// Any image that was ever announced counts: announcing one is what makes it the team's own.
ImageRule every_release() {
  ImageRule rule{"**", {}};
  const image::SelectPolicy policy{.kind = image::PolicyKind::semver, .range = ">=0.0.0"};
  if (auto selector = image::Selector::compile(policy)) rule.select = *std::move(selector);
  return rule;
}

Environment detected(const std::string& name, bool has_dev) {
  Environment environment;
  environment.name = name;
  // The name has been checked, so the pattern is one.
  if (auto pattern = manifest::PathPattern::parse("apps/" + name + "/services/{service}")) {
    environment.services = *std::move(pattern);
  }
  if (name == "dev") {
    environment.images.push_back(every_release());
    environment.bump = BumpMode::merge;
    return environment;
  }
  environment.approvals = 1;
  environment.bump = BumpMode::manual;
  if (name == "prod" && has_dev) {
    environment.from = "dev";
    environment.bump = BumpMode::pull_request;
  }
  return environment;
}

}  // namespace

std::string_view to_string(BumpMode mode) {
  switch (mode) {
    case BumpMode::manual:
      return "manual";
    case BumpMode::pull_request:
      return "pull-request";
    case BumpMode::merge:
      return "merge";
  }
  return "";
}

const Environment* RepoConfig::find(std::string_view name) const {
  const auto found = std::find_if(environments.begin(), environments.end(),
                                  [&](const Environment& environment) { return environment.name == name; });
  return found == environments.end() ? nullptr : &*found;
}

std::optional<RepoConfig::ServiceOf> RepoConfig::service_of(std::string_view path) const {
  for (const Environment& environment : environments) {
    const auto match = environment.services.match(path);
    // In an environment's own pattern {environment} stands for that environment.
    if (!match || (!match->environment.empty() && match->environment != environment.name)) continue;
    return ServiceOf{&environment, match->service, match->directory};
  }
  return std::nullopt;
}

RepoConfig detect_repo_config(const std::vector<std::string>& paths) {
  RepoConfig config;
  config.detected = true;
  const auto layout = manifest::PathPattern::parse(kReferenceLayout);
  if (!layout) return config;
  std::set<std::string> names;
  for (const std::string& path : paths) {
    // A file directly under services/ is no service.
    const auto match = layout->match(directory_of(path));
    if (match && is_environment_name(match->environment)) names.insert(match->environment);
  }
  const bool has_dev = names.contains("dev");
  const bool has_prod = names.contains("prod");
  if (has_dev) config.environments.push_back(detected("dev", has_dev));
  for (const std::string& name : names) {
    if (name != "dev" && name != "prod") config.environments.push_back(detected(name, has_dev));
  }
  if (has_prod) config.environments.push_back(detected("prod", has_dev));
  return config;
}

}  // namespace towline::config
