#include "discovery/inputs.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "base/text.h"
#include "discovery/checkout_rules.h"
#include "discovery/environment.h"
#include "manifest/paths.h"

namespace towline::discovery {
namespace {

constexpr std::size_t kMaxInputs = 10'000;

/// The files by which Argo CD tells what a directory is, the stronger ones first.
struct Marker {
  std::string_view name;
  SourceKind kind;
  std::string_view noun;
};
constexpr std::array<Marker, 4> kMarkers = {{{"kustomization.yaml", SourceKind::kustomize, "a kustomization"},
                                             {"kustomization.yml", SourceKind::kustomize, "a kustomization"},
                                             {"Kustomization", SourceKind::kustomize, "a kustomization"},
                                             {"Chart.yaml", SourceKind::helm, "a Chart.yaml"}}};

std::string below(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

class Collector {
 public:
  Collector(const TreeIndex& index, const Application& application, const Source& source)
      : index_(index), application_(application), source_(source) {}

  Result<Inputs> collect() {
    const FluxOptions& flux = source_.flux;
    if (!flux.values_from.empty() || !flux.substitute_from.empty()) inputs_.shallow.insert(flux.lookup_directory);
    if (source_.origin == Origin::here && !source_.only_ref) CHECK_OK(add_directory());
    if (source_.kind == SourceKind::helm) CHECK_OK(add_helm_files());
    CHECK_OK(follow_links());
    return std::move(inputs_);
  }

 private:
  Result<void> add_directory() {
    TRY(const auto root, follow(source_.path));
    if (!root) return {};
    switch (source_.kind) {
      case SourceKind::directory:
        (source_.directory.recurse ? inputs_.whole : inputs_.shallow).insert(*root);
        return {};
      case SourceKind::helm:
        return add_chart(*root);
      case SourceKind::kustomize:
        return add_kustomization(*root);
    }
    return {};
  }

  Result<void> add_kustomization(const std::string& root) {
    inputs_.whole.insert(root);
    // What a Flux Kustomization makes up lists every kustomization below.
    CHECK_OK(add_kustomization_of(root));
    if (source_.flux.generates && index_.kustomization_of(root).empty()) {
      for (const git::TreeEntry& entry : index_.below(root)) {
        if (manifest::is_kustomization_file(entry.path))
          CHECK_OK(add_kustomization_of(std::string(manifest::parent_directory(entry.path))));
      }
    }
    for (const std::string& component : source_.kustomize.components) {
      const auto path = manifest::resolve(root, component);
      if (path) CHECK_OK(add_kustomization_of(*path));
    }
    return {};
  }

  Result<void> add_kustomization_of(const std::string& directory) {
    TRY(auto found, collect_kustomize_inputs(index_, directory));
    inputs_.files.merge(found.files);
    inputs_.directories.merge(found.directories);
    inputs_.whole.merge(found.whole);
    return {};
  }

  /// A chart, and the charts beside it that it names as "file://…".
  Result<void> add_chart(const std::string& root) {
    if (!inputs_.whole.insert(root).second) return {};
    if (inputs_.whole.size() > kMaxInputs) return too_many();
    for (const char* name : {"Chart.yaml", "requirements.yaml"}) {
      TRY(const auto path, follow(below(root, name)));
      if (!path || !index_.has_file(*path)) continue;
      TRY(const std::string text, index_.read(*path));
      for (const ChartDependency& dependency : chart_dependencies(text)) {
        constexpr std::string_view kScheme = "file://";
        if (!dependency.repository.starts_with(kScheme)) continue;
        const auto local = manifest::resolve(root, std::string_view(dependency.repository).substr(kScheme.size()));
        if (!local) continue;
        TRY(const auto chart, follow(*local));
        if (chart && index_.has_directory(*chart)) CHECK_OK(add_chart(*chart));
      }
    }
    return {};
  }

  Result<void> add_helm_files() {
    std::vector<std::string_view> written(source_.helm.value_files.begin(), source_.helm.value_files.end());
    for (const auto& [name, path] : source_.helm.file_parameters) written.push_back(path);
    for (const std::string_view path : written) {
      const HelmFile file = resolve_helm_file(application_, source_, path);
      if (file.place != HelmFile::Place::here) continue;
      TRY(const auto target, follow(file.path));
      if (target) inputs_.files.insert(*target);
    }
    return {};
  }

  /// nullopt, which was told, when it leads out of the tree.
  Result<std::optional<std::string>> follow(const std::string& path) {
    TRY(const auto followed, index_.follow(path));
    if (!followed) {
      inputs_.problems.push_back({path, 0, "this leads out of the repository by a symbolic link, so it is not read"});
      return std::optional<std::string>();
    }
    inputs_.files.insert(followed->links.begin(), followed->links.end());
    return std::optional(followed->path);
  }

  /// Links in the directories that are read lead to more, which may hold links too.
  Result<void> follow_links() {
    std::vector<std::string> waiting(inputs_.whole.begin(), inputs_.whole.end());
    waiting.insert(waiting.end(), inputs_.directories.begin(), inputs_.directories.end());
    waiting.insert(waiting.end(), inputs_.shallow.begin(), inputs_.shallow.end());
    std::set<std::string> seen;
    while (!waiting.empty()) {
      const std::string directory = std::move(waiting.back());
      waiting.pop_back();
      if (!seen.insert(directory).second) continue;
      for (const git::TreeEntry& entry : index_.below(directory)) {
        if (entry.mode != git::FileMode::symlink) continue;
        const bool shallow = inputs_.shallow.contains(directory) && !inputs_.whole.contains(directory);
        if (shallow && manifest::parent_directory(entry.path) != directory) continue;
        TRY(const auto target, follow(entry.path));
        if (!target) continue;
        if (index_.has_directory(*target)) {
          // A directory behind a link is no part of a plain one.
          if (source_.kind == SourceKind::directory) continue;
          inputs_.whole.insert(*target);
          waiting.push_back(*target);
        } else {
          inputs_.files.insert(*target);
        }
        if (inputs_.files.size() + inputs_.whole.size() > kMaxInputs) return too_many();
      }
    }
    return {};
  }

  tl::unexpected<Error> too_many() const {
    return fail(ErrorKind::invalid, "the source in " + source_.path + " reads more than " + std::to_string(kMaxInputs) +
                                        " files and directories; split it");
  }

  const TreeIndex& index_;
  const Application& application_;
  const Source& source_;
  Inputs inputs_;
};

const Source* find_ref(const Application& application, std::string_view name) {
  const auto found = std::find_if(application.sources.begin(), application.sources.end(),
                                  [&](const Source& source) { return !source.ref.empty() && source.ref == name; });
  return found == application.sources.end() ? nullptr : &*found;
}

bool has_scheme(std::string_view path) {
  const std::size_t colon = path.find(':');
  return colon != std::string_view::npos && path.find('/') > colon;
}

}  // namespace

bool Inputs::touched_by(std::string_view path) const {
  const auto is_below = [&](const std::string& directory) { return manifest::is_at_or_below(path, directory); };
  const std::string parent(manifest::parent_directory(path));
  const bool new_kustomization = manifest::is_kustomization_file(path) && directories.contains(parent);
  // What Git does with the files below it when it checks them out.
  const auto is_ruled = [&](const std::string& input) { return manifest::is_at_or_below(input, parent); };
  const auto any_ruled = [&](const auto& inputs) { return std::any_of(inputs.begin(), inputs.end(), is_ruled); };
  if (manifest::base_name(path) == kGitAttributes &&
      (any_ruled(files) || any_ruled(shallow) || any_ruled(whole) || any_ruled(directories))) {
    return true;
  }
  return new_kustomization || shallow.contains(parent) || files.contains(std::string(path)) ||
         std::any_of(whole.begin(), whole.end(), is_below);
}

Result<Inputs> inputs_of(const TreeIndex& index, const Application& application, const Source& source) {
  return Collector(index, application, source).collect();
}

SourceKind source_kind_of(const TreeIndex& index, std::string_view directory) {
  for (const Marker& marker : kMarkers) {
    const git::TreeEntry* entry = index.entry(below(directory, marker.name));
    if (entry != nullptr && entry->mode != git::FileMode::submodule) return marker.kind;
  }
  return SourceKind::directory;
}

std::optional<manifest::ManifestProblem> irregular_marker(const TreeIndex& index, std::string_view directory) {
  for (const Marker& marker : kMarkers) {
    std::string path = below(directory, marker.name);
    const git::TreeEntry* entry = index.entry(path);
    std::string_view what = "a directory";
    if (entry == nullptr) {
      if (!index.has_directory(path)) continue;
    } else if (entry->mode == git::FileMode::symlink) {
      what = "a symbolic link";
    } else if (entry->mode == git::FileMode::submodule) {
      what = "a Git submodule";
    } else {
      continue;
    }
    return manifest::ManifestProblem{
        std::move(path), 0,
        std::string(marker.noun) + " that is " + std::string(what) + " is not run; put the file itself here"};
  }
  return std::nullopt;
}

HelmFile resolve_helm_file(const Application& application, const Source& source, std::string_view written) {
  using Place = HelmFile::Place;
  if (written.starts_with('$')) {
    const std::size_t slash = written.find('/');
    const Source* ref = find_ref(application, written.substr(1, slash == std::string_view::npos ? slash : slash - 1));
    if (ref != nullptr) {
      if (ref->origin != Origin::here) return {Place::remote, std::string(written)};
      const std::string rest(slash == std::string_view::npos ? "" : written.substr(slash + 1));
      const auto path = manifest::resolve("", expand_environment(rest, application, *ref, {}));
      return path ? HelmFile{Place::here, *path} : HelmFile{Place::outside, std::string(written)};
    }
    if (application.sources.size() > 1) return {Place::unknown_ref, std::string(written)};
  }
  std::string text = expand_environment(written, application, source, {});
  if (has_scheme(text)) return {Place::remote, std::move(text)};
  const bool in_chart = source.origin != Origin::here;
  const bool from_root = text.starts_with('/');
  const auto first = text.find_first_not_of('/');
  if (from_root) text.erase(0, first == std::string::npos ? text.size() : first);
  const auto path = manifest::resolve(in_chart || from_root ? "" : source.path, text);
  if (!path || path->empty()) return {Place::outside, std::string(written)};
  return {in_chart ? Place::in_chart : Place::here, *path};
}

std::vector<ChartDependency> chart_dependencies(std::string_view yaml) {
  std::vector<ChartDependency> dependencies;
  const auto documents = yaml::parse(yaml);
  if (!documents || documents->empty()) return dependencies;
  const auto root = yaml::expand(documents->front().root);
  const yaml::Node* list = root ? root->find("dependencies") : nullptr;
  if (list == nullptr) return dependencies;
  for (const yaml::Node& item : list->items) {
    const auto text = [&](std::string_view key) {
      const yaml::Node* found = item.find(key);
      return found == nullptr ? std::string() : std::string(found->text());
    };
    dependencies.push_back({text("name"), text("version"), text("repository"), text("alias")});
  }
  return dependencies;
}

}  // namespace towline::discovery
