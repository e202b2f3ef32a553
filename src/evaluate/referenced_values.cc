#include "evaluate/referenced_values.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "discovery/flux_artifact.h"
#include "discovery/tree_index.h"
#include "git/file_tree.h"
#include "manifest/paths.h"
#include "yaml/node.h"

namespace towline::evaluate {
namespace {

using discovery::ValuesReference;
using manifest::Resource;

/// A reference with what it is of.
struct Reference {
  std::string application;
  std::string declared_in;
  std::string ns;  ///< "": not known, any
  std::string directory;
  ValuesReference values;
  std::tuple<std::string, std::string, std::string> identity() const { return {application, values.kind, values.name}; }
};

std::vector<Reference> references_of(const RenderedState& side) {
  std::vector<Reference> all;
  for (const discovery::Application* application : side.applications) {
    for (const discovery::Source& source : application->sources) {
      for (const auto* list : {&source.flux.values_from, &source.flux.substitute_from}) {
        for (const ValuesReference& one : *list) {
          all.push_back(
              {application->name, application->declared_in, source.flux.ns, source.flux.lookup_directory, one});
        }
      }
    }
  }
  return all;
}

bool is_meant(const Reference& reference, const Resource& resource) {
  const auto& key = resource.key;
  return key.group.empty() && key.kind == reference.values.kind && key.name == reference.values.name &&
         (key.ns == reference.ns || key.ns.empty() || reference.ns.empty());
}

/// What the object gives: all but its metadata.
std::string content_of(const Resource& resource) {
  yaml::Node kept = resource.body;
  std::erase_if(kept.entries, [](const auto& entry) { return entry.first.text() == "metadata"; });
  return yaml::emit(kept);
}

/// The objects beside Flux's, as rendering finds them (render/flux.cc).
class Beside {
 public:
  Beside(const git::Repository& repository, const State& state)
      : tree_(repository), index_(tree_, state.known->listing) {}

  Result<std::optional<std::string>> content(const Reference& reference) {
    if (reference.values.kind != "ConfigMap") return std::optional<std::string>();
    TRY(const auto* objects, in(reference.directory));
    for (const Resource& resource : *objects) {
      if (resource.key.name == reference.values.name) return std::optional(content_of(resource));
    }
    return std::optional<std::string>();
  }

 private:
  Result<const std::vector<Resource>*> in(const std::string& directory) {
    const auto known = directories_.find(directory);
    if (known != directories_.end()) return &known->second;
    std::vector<Resource>& found = directories_[directory];
    for (const git::TreeEntry& entry : index_.below(directory)) {
      if (manifest::parent_directory(entry.path) != directory || !manifest::is_manifest_file(entry.path) ||
          discovery::is_left_out_of_artifact(entry)) {
        continue;
      }
      const auto text = index_.read(entry.path);
      if (!text && text.error().kind != ErrorKind::invalid) return tl::unexpected<Error>(text.error());
      if (!text || text->find("ConfigMap") == std::string::npos) continue;
      for (Resource& resource : manifest::parse_manifests(entry.path, *text, "").resources) {
        if (resource.key.kind == "ConfigMap") found.push_back(std::move(resource));
      }
    }
    return &found;
  }

  const git::BlobTree tree_;
  const discovery::TreeIndex index_;
  std::map<std::string, std::vector<Resource>> directories_;
};

std::multiset<std::string> contents_of(const Reference& reference, const std::vector<const Resource*>& resources) {
  std::multiset<std::string> contents;
  for (const Resource* resource : resources) {
    if (is_meant(reference, *resource)) contents.insert(content_of(*resource));
  }
  return contents;
}

std::string described(const Reference& reference) {
  return "'" + reference.application + "' takes values from the " + reference.values.kind + " '" +
         (reference.ns.empty() ? "" : reference.ns + "/") + reference.values.name + "'";
}

}  // namespace

Result<std::vector<manifest::ManifestProblem>> referenced_value_problems(const git::Repository& repository,
                                                                         const RenderedState& base,
                                                                         const RenderedState& head) {
  std::vector<manifest::ManifestProblem> problems;
  const auto references = references_of(head);
  if (references.empty()) return problems;
  Beside at_base(repository, base.state);
  Beside at_head(repository, head.state);
  std::map<std::tuple<std::string, std::string, std::string>, Reference> before;
  for (const Reference& reference : references_of(base)) before.emplace(reference.identity(), reference);
  for (const Reference& reference : references) {
    TRY(const auto now, at_head.content(reference));
    const auto same = before.find(reference.identity());
    std::optional<std::string> earlier;
    if (same != before.end()) {
      TRY(earlier, at_base.content(same->second));
    }
    if (reference.values.optional && !now && (same == before.end() || earlier)) {
      problems.push_back({reference.declared_in, 0,
                          described(reference) +
                              ", which is optional and does not stand beside the object that names it; whether the "
                              "cluster has it is not known, so what it changes is not shown"});
      continue;
    }
    const auto old_contents = contents_of(reference, base.resources);
    const auto contents = contents_of(reference, head.resources);
    if (contents == old_contents) continue;
    const bool is_shown =
        std::all_of(contents.begin(), contents.end(), [&](const auto& one) { return one == now; }) &&
        std::all_of(old_contents.begin(), old_contents.end(), [&](const auto& one) { return one == earlier; });
    if (is_shown) continue;
    problems.push_back({reference.declared_in, 0,
                        described(reference) +
                            ", which an application adds, changes or removes here; what that changes is not shown, "
                            "because it does not stand beside the object that names it"});
  }
  return problems;
}

}  // namespace towline::evaluate
