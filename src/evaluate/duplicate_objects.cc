#include "evaluate/duplicate_objects.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "discovery/tree_index.h"
#include "git/file_tree.h"
#include "manifest/paths.h"
#include "yaml/node.h"

namespace towline::evaluate {
namespace {

using discovery::DeclaredObject;

struct Pair {
  DeclaredObject first;
  DeclaredObject second;
  auto operator<=>(const Pair&) const = default;
};

/// The two directories, below what the paths have in common, in which a pair stands; "" for a file directly there.
using Directories = std::pair<std::string, std::string>;

Directories directories_of(const Pair& pair) {
  const auto first = split(pair.first.path, '/');
  const auto second = split(pair.second.path, '/');
  std::size_t common = 0;
  while (common + 1 < first.size() && common + 1 < second.size() && first[common] == second[common]) ++common;
  const auto directory = [&](const std::vector<std::string_view>& parts) {
    std::string path;
    for (std::size_t i = 0; i <= common && i + 1 < parts.size(); ++i) path += std::string(parts[i]) + "/";
    return path;
  };
  return {directory(first), directory(second)};
}

/// The pairs of one state.
class PairSearch {
 public:
  PairSearch(const git::Repository& repository, const State& state, const GeneratedApplications& generated)
      : state_(state), generated_(generated), tree_(repository), index_(tree_, state.known->listing) {}

  Result<std::set<Pair>> run() {
    std::map<std::pair<std::string, std::string>, std::vector<const DeclaredObject*>> by_name;
    for (const auto* all : {&state_.known->survey.discovered().declared, &generated_.declared}) {
      for (const DeclaredObject& object : *all) by_name[{object.kind, object.name}].push_back(&object);
    }
    std::set<Pair> pairs;
    for (const auto& [name, objects] : by_name) {
      if (name.second.empty()) continue;
      // One of several is paired with the first: that there are more of them shows all the same.
      for (std::size_t i = 1; i < objects.size(); ++i) {
        const std::size_t others = std::min(i, kMostOthers);
        for (std::size_t j = 0; j < others; ++j) CHECK_OK(add(*objects[j], *objects[i], pairs));
      }
    }
    return pairs;
  }

 private:
  static constexpr std::size_t kMostOthers = 50;

  Result<void> add(const DeclaredObject& one, const DeclaredObject& other, std::set<Pair>& pairs) {
    // An object without a namespace comes to be in whichever it is applied to.
    if (one.ns != other.ns && !one.ns.empty() && !other.ns.empty()) return {};
    TRY(const bool apart, are_apart(one, other));
    if (apart) return {};
    const bool in_order = one.path <= other.path;
    pairs.insert(in_order ? Pair{one, other} : Pair{other, one});
    return {};
  }

  Result<bool> are_apart(const DeclaredObject& one, const DeclaredObject& other) {
    if (have_different_roots(one, other)) return true;
    for (const DeclaredObject* object : {&one, &other}) {
      if (!object->made_by.empty()) continue;
      TRY(const bool is_patch, is_patch_file(object->path));
      if (is_patch) return true;
    }
    if (one.made_by.empty() != other.made_by.empty()) {
      const DeclaredObject& rendered = one.made_by.empty() ? other : one;
      return is_rendered_from(rendered, one.made_by.empty() ? one.path : other.path);
    }
    return false;
  }

  /// The Flux Kustomizations that apply themselves, as that of `flux bootstrap` does, and through others the file: one
  /// for each cluster.
  const std::set<std::string>& roots_of(const std::string& file) {
    const auto [found, is_new] = roots_.try_emplace(file);
    if (!is_new) return found->second;
    std::set<std::string> roots;
    for (const discovery::Application& application : state_.known->survey.discovered().applications) {
      if (application.sources.empty() || !application.sources.front().flux.generates) continue;
      const std::string& path = application.sources.front().path;
      if (!manifest::is_at_or_below(file, path)) continue;
      if (manifest::is_at_or_below(application.declared_in, path)) {
        roots.insert(application.declared_in);
      } else {
        const auto& above = roots_of(application.declared_in);
        roots.insert(above.begin(), above.end());
      }
    }
    return roots_[file] = std::move(roots);
  }

  bool have_different_roots(const DeclaredObject& one, const DeclaredObject& other) {
    const std::set<std::string> first = roots_of(one.path);
    const std::set<std::string>& second = roots_of(other.path);
    return !first.empty() && !second.empty() &&
           std::none_of(first.begin(), first.end(), [&](const auto& root) { return second.contains(root); });
  }

  /// Whether a kustomization reads the file otherwise than as a resource: one beside it that does not list it, or one
  /// above it that names it as a patch.
  Result<bool> is_patch_file(const std::string& path) {
    const std::string parent(manifest::parent_directory(path));
    for (std::string directory = parent;; directory = manifest::parent_directory(directory)) {
      if (const std::string kustomization = index_.kustomization_of(directory); !kustomization.empty()) {
        const auto text = index_.read(kustomization);
        if (!text && text.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(text.error());
        const auto documents = text ? yaml::parse(*text) : tl::unexpected<Error>(text.error());
        if (!documents || documents->size() != 1) return false;
        const auto root = yaml::expand(documents->front().root);
        if (!root) return false;
        const auto is_it = [&](std::string_view named) { return manifest::resolve(directory, named) == path; };
        if (directory == parent) return !names(*root, "resources", is_it);
        return names(*root, "patches", is_it) || names(*root, "patchesStrategicMerge", is_it);
      }
      if (directory.empty()) return false;
    }
  }

  template <class IsIt>
  static bool names(const yaml::Node& kustomization, std::string_view field, const IsIt& is_it) {
    const yaml::Node* list = kustomization.find(field);
    if (list == nullptr) return false;
    return std::any_of(list->items.begin(), list->items.end(), [&](const yaml::Node& item) {
      const yaml::Node* path = item.is_mapping() ? item.find("path") : &item;
      return path != nullptr && is_it(path->text());
    });
  }

  /// Whether the parent of a rendered object reads the file: it is then what the object is made of.
  Result<bool> is_rendered_from(const DeclaredObject& rendered, const std::string& path) const {
    for (std::size_t i = 0; i < generated_.declared.size(); ++i) {
      if (&generated_.declared[i] != &rendered) continue;
      const discovery::Application* parent = generated_.all[i].parent;
      for (const auto& made : generated_.all) {
        if (&made.application == parent) return made.inputs->sources_touched_by({path});
      }
      TRY(const auto positions, state_.known->survey.touched(index_, {path}));
      const auto& all = state_.known->survey.discovered().applications;
      return std::any_of(positions.begin(), positions.end(), [&](std::size_t at) { return &all[at] == parent; });
    }
    return false;
  }

  const State& state_;
  const GeneratedApplications& generated_;
  const git::BlobTree tree_;
  const discovery::TreeIndex index_;
  std::map<std::string, std::set<std::string>> roots_;
};

std::string place_of(const DeclaredObject& object) {
  return object.made_by.empty() ? object.path : object.path + " (" + object.made_by + ")";
}

}  // namespace

Result<std::vector<manifest::ManifestProblem>> new_duplicates(const git::Repository& repository, const State& base,
                                                              const GeneratedApplications& at_base, const State& head,
                                                              const GeneratedApplications& at_head) {
  std::vector<manifest::ManifestProblem> problems;
  TRY(const auto after, PairSearch(repository, head, at_head).run());
  if (after.empty()) return problems;
  TRY(const auto before, PairSearch(repository, base, at_base).run());
  std::set<Directories> known;
  for (const Pair& pair : before) {
    const Directories directories = directories_of(pair);
    if (directories.first != directories.second) known.insert(directories);
  }
  for (const Pair& pair : after) {
    if (before.contains(pair) || known.contains(directories_of(pair))) continue;
    const std::string ns = pair.first.ns.empty() ? pair.second.ns : pair.first.ns;
    problems.push_back({pair.second.path, 0,
                        "the " + pair.first.kind + " '" + (ns.empty() ? "" : ns + "/") + pair.first.name +
                            "' is declared twice, in " + place_of(pair.first) + " and in " + place_of(pair.second) +
                            ": in the cluster the one that is applied last replaces the other; rename one"});
  }
  return problems;
}

}  // namespace towline::evaluate
