#include "manifest/application.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "manifest/paths.h"
#include "manifest/positions.h"
#include "manifest/tree_index.h"

namespace towline::manifest {
namespace {

constexpr std::string_view kArgoGroup = "argoproj.io";

std::string text_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
  const yaml::Node* found = node.find_path(path);
  return found == nullptr ? std::string{} : std::string(found->text());
}

SourceKind kind_of(const TreeIndex& index, const std::string& directory) {
  if (!index.kustomization_of(directory).empty()) return SourceKind::kustomize;
  const std::string chart = directory.empty() ? "Chart.yaml" : directory + "/Chart.yaml";
  return index.has_file(chart) ? SourceKind::helm : SourceKind::directory;
}

/// A chart's templates are not objects yet, and its files are not the repository's own.
bool is_chart_template(const TreeIndex& index, std::string_view path) {
  for (std::string_view at = parent_directory(path); !at.empty(); at = parent_directory(at)) {
    if (base_name(at) != "templates") continue;
    const std::string parent(parent_directory(at));
    if (index.has_file(parent.empty() ? "Chart.yaml" : parent + "/Chart.yaml")) return true;
  }
  return false;
}

class Discovery {
 public:
  explicit Discovery(const TreeIndex& index) : index_(index) {}

  Result<Discovered> run(const std::vector<std::string>& service_directories) {
    for (const std::string& path : index_.paths()) {
      if (is_manifest_file(path)) CHECK_OK(read_file(path));
    }
    CHECK_OK(find_covered());
    for (const std::string& directory : service_directories) add_service(directory);
    auto& found = discovered_.applications;
    std::sort(found.begin(), found.end(), [](const Application& a, const Application& b) {
      return std::tie(a.path, a.name, a.declared_in) < std::tie(b.path, b.name, b.declared_in);
    });
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return std::move(discovered_);
  }

 private:
  Result<void> read_file(const std::string& path) {
    TRY(const std::string text, index_.read(path));
    const bool mentions_one =
        text.find(kArgoGroup) != std::string::npos && text.find("Application") != std::string::npos;
    if (!mentions_one || is_chart_template(index_, path)) return {};
    const auto documents = yaml::parse(text);
    if (!documents) {
      discovered_.problems.push_back({path, line_of(documents.error()), unreadable_reason(text, documents.error())});
      return {};
    }
    for (const yaml::Document& document : *documents) {
      if (const auto root = yaml::expand(document.root)) read_object(path, *root);
    }
    return {};
  }

  void read_object(const std::string& path, const yaml::Node& root) {
    if (text_at(root, {"kind"}).ends_with("List")) {
      if (const yaml::Node* items = root.find("items")) {
        for (const yaml::Node& item : items->items) read_object(path, item);
      }
      return;
    }
    if (text_at(root, {"kind"}) != "Application") return;
    if (!text_at(root, {"apiVersion"}).starts_with(std::string(kArgoGroup) + "/")) return;
    if (const yaml::Node* source = root.find_path({"spec", "source"})) read_source(path, root, *source);
    if (const yaml::Node* sources = root.find_path({"spec", "sources"})) {
      for (const yaml::Node& source : sources->items) read_source(path, root, source);
    }
  }

  void read_source(const std::string& declared_in, const yaml::Node& root, const yaml::Node& source) {
    const std::string written = text_at(source, {"path"});
    // A third party's chart, or a source that only lends its values files.
    if (written.empty() || !text_at(source, {"chart"}).empty()) return;
    const auto path = resolve("", written);
    if (!path) {
      discovered_.problems.push_back(
          {declared_in, source.find("path")->line,
           "the source path '" + written + "' leaves the repository, so nothing is applied"});
      return;
    }
    // Absent here: a source in another repository, or one that this commit deleted.
    if (!index_.has_directory(*path)) return;
    Application application;
    application.name = text_at(root, {"metadata", "name"});
    application.path = *path;
    application.kind = kind_of(index_, *path);
    application.ns = text_at(root, {"spec", "destination", "namespace"});
    application.declared_in = declared_in;
    application.recurse = text_at(source, {"directory", "recurse"}) == "true";
    discovered_.applications.push_back(std::move(application));
  }

  /// What kustomizations of the declared applications already apply.
  Result<void> find_covered() {
    for (const Application& application : discovered_.applications) {
      if (application.kind != SourceKind::kustomize) continue;
      const auto inputs = collect_kustomize_inputs(index_, application.path);
      if (!inputs && inputs.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(inputs.error());
      if (inputs) kustomized_.insert(inputs->directories.begin(), inputs->directories.end());
    }
    return {};
  }

  void add_service(const std::string& directory) {
    if (!index_.has_directory(directory)) return;
    const auto covers = [&](const Application& application) {
      const bool recursive = application.recurse && application.kind == SourceKind::directory;
      return is_at_or_below(application.path, directory) || (recursive && is_at_or_below(directory, application.path));
    };
    const auto& found = discovered_.applications;
    if (kustomized_.contains(directory) || std::any_of(found.begin(), found.end(), covers)) return;
    Application application;
    application.name = directory;
    application.path = directory;
    application.kind = kind_of(index_, directory);
    application.recurse = true;
    discovered_.applications.push_back(std::move(application));
  }

  const TreeIndex& index_;
  Discovered discovered_;
  std::set<std::string> kustomized_;
};

bool touches_directory(const Application& application, std::string_view path) {
  if (!is_at_or_below(path, application.path)) return false;
  const bool below_counts = application.kind != SourceKind::directory || application.recurse;
  return below_counts || parent_directory(path) == application.path;
}

bool touches_inputs(const KustomizeInputs& inputs, std::string_view path) {
  const auto is_below = [&](const std::string& directory) { return is_at_or_below(path, directory); };
  const bool new_kustomization =
      is_kustomization_file(path) && inputs.directories.contains(std::string(parent_directory(path)));
  return new_kustomization || inputs.files.contains(std::string(path)) ||
         std::any_of(inputs.whole.begin(), inputs.whole.end(), is_below);
}

Result<bool> is_affected(const TreeIndex& index, const Application& application,
                         const std::vector<std::string>& changed_paths) {
  const auto touched = [&](const std::string& path) {
    return path == application.declared_in || touches_directory(application, path);
  };
  if (std::any_of(changed_paths.begin(), changed_paths.end(), touched)) return true;
  if (application.kind != SourceKind::kustomize) return false;
  const auto inputs = collect_kustomize_inputs(index, application.path);
  if (!inputs) {
    // Too large to know what it reads: better one look too many than a change that nobody sees.
    if (inputs.error().kind == ErrorKind::invalid) return true;
    return tl::unexpected<Error>(inputs.error());
  }
  return std::any_of(changed_paths.begin(), changed_paths.end(),
                     [&](const std::string& path) { return touches_inputs(*inputs, path); });
}

}  // namespace

std::string_view to_string(SourceKind kind) {
  switch (kind) {
    case SourceKind::directory:
      return "directory";
    case SourceKind::kustomize:
      return "kustomize";
    case SourceKind::helm:
      return "helm";
  }
  return "";
}

Result<Discovered> discover_applications(const git::FileTree& tree,
                                         const std::vector<std::string>& service_directories) {
  TRY(const TreeIndex index, TreeIndex::create(tree));
  return Discovery(index).run(service_directories);
}

Result<std::vector<Application>> affected_applications(const git::FileTree& tree,
                                                       const std::vector<Application>& applications,
                                                       const std::vector<std::string>& changed_paths) {
  TRY(const TreeIndex index, TreeIndex::create(tree));
  std::vector<Application> affected;
  for (const Application& application : applications) {
    TRY(const bool is_one, is_affected(index, application, changed_paths));
    if (is_one) affected.push_back(application);
  }
  return affected;
}

}  // namespace towline::manifest
