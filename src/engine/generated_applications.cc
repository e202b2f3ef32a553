#include "engine/generated_applications.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"

namespace towline::engine {
namespace {

constexpr std::string_view kGroup = "argoproj.io";
constexpr std::size_t kMostNames = 5;
constexpr std::size_t kLongestName = 60;

bool is_discovered(const std::string& name, const manifest::Discovered& discovered) {
  return std::any_of(discovered.applications.begin(), discovered.applications.end(),
                     [&](const manifest::Application& one) { return one.name == name; });
}

/// Whether some application is declared below this one's directory: an ApplicationSet's own name is not among what was
/// discovered, only the names that it makes.
bool declares_some(const std::string& path, const manifest::Discovered& discovered) {
  const std::string below = path.empty() ? "" : path + "/";
  return std::any_of(discovered.applications.begin(), discovered.applications.end(),
                     [&](const auto& one) { return !one.declared_in.empty() && one.declared_in.starts_with(below); });
}

}  // namespace

void note_unfollowed(const std::vector<manifest::Resource>& rendered, const manifest::Discovered& discovered,
                     promote::ApplicationReport& report) {
  std::vector<std::string> names;
  for (const manifest::Resource& resource : rendered) {
    if (resource.key.group != kGroup) continue;
    const bool application = resource.key.kind == "Application" && !is_discovered(resource.key.name, discovered);
    const bool set = resource.key.kind == "ApplicationSet" && !declares_some(report.application.path, discovered);
    if (application || set) names.push_back(printable_utf8(ellipsize(resource.key.name, kLongestName)));
  }
  if (names.empty()) return;
  const std::size_t count = names.size();
  if (count > kMostNames) {
    names.resize(kMostNames);
    names.push_back("and " + std::to_string(count - kMostNames) + " more");
  }
  report.diff.remarks.push_back("it renders " + plural(count, "Argo CD application") +
                                " that no file of the repository declares (" + join(names, ", ") +
                                "): not followed, so what changes in " + (count == 1 ? "it" : "them") +
                                " is not shown; declare " + (count == 1 ? "it in a file" : "each in a file") +
                                " of its own to have it looked at");
}

}  // namespace towline::engine
