#include "evaluate/generated_applications.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/text.h"
#include "manifest/paths.h"

namespace towline::evaluate {
namespace {

constexpr std::string_view kGroup = "argoproj.io";
constexpr std::size_t kMostNames = 5;
constexpr std::size_t kLongestName = 60;

bool is_discovered(const std::string& name, const discovery::Discovered& discovered) {
  return std::any_of(discovered.applications.begin(), discovered.applications.end(),
                     [&](const discovery::Application& one) { return one.name == name; });
}

/// Whether some application is declared below this one's directory: an ApplicationSet's own name is not among what was
/// discovered, only the names that it makes.
bool declares_some(const std::string& path, const discovery::Discovered& discovered) {
  const std::string below = path.empty() ? "" : path + "/";
  return std::any_of(discovered.applications.begin(), discovered.applications.end(),
                     [&](const auto& one) { return !one.declared_in.empty() && one.declared_in.starts_with(below); });
}

/// What generated applications take of the repository.
class Covered {
 public:
  explicit Covered(const GeneratedApplications& generated) {
    for (const GeneratedApplication& made : generated.all) {
      const auto sources = discovery::sources_of(made.application);
      for (const discovery::Source& source : sources) {
        if (source.origin != discovery::Origin::here || source.only_ref) continue;
        add(source.path);
        if (source.kind == discovery::SourceKind::directory && source.directory.recurse) whole_.insert(source.path);
      }
      for (const auto& source : made.inputs->sources) {
        if (!source.inputs) continue;
        for (const std::string& path : source.inputs->files) add(path);
        for (const std::string& path : source.inputs->directories) add(path);
      }
    }
  }

  bool has(const std::string& directory) const {
    if (some_.contains(directory)) return true;
    for (std::string_view at = directory; !at.empty(); at = manifest::parent_directory(at)) {
      if (whole_.contains(std::string(at))) return true;
    }
    return whole_.contains("");
  }

 private:
  void add(std::string_view path) {
    for (; !path.empty() && some_.insert(std::string(path)).second; path = manifest::parent_directory(path)) {
    }
  }

  std::unordered_set<std::string> some_;   ///< directories of which something belongs to one
  std::unordered_set<std::string> whole_;  ///< with all below them
};

}  // namespace

std::vector<const discovery::Application*> applications_of(const State& state, const GeneratedApplications& generated) {
  const Covered covered(generated);
  std::vector<const discovery::Application*> all;
  for (const auto& application : state.known->survey.discovered().applications) {
    if (application.declared_in.empty() && covered.has(application.path)) continue;
    all.push_back(&application);
  }
  for (const auto& made : generated.all) all.push_back(&made.application);
  return all;
}

void note_unfollowed(const std::vector<manifest::Resource>& rendered, const discovery::Discovered& discovered,
                     evaluate::ApplicationReport& report) {
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

}  // namespace towline::evaluate
