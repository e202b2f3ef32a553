#include "render/kustomize_references.h"

#include <array>
#include <utility>
#include <vector>

#include "base/text.h"
#include "manifest/paths.h"

namespace towline::render {
namespace {

/// Fields of a kustomization whose items name files or directories, or hold YAML themselves.
/// Source: sigs.k8s.io/kustomize/api/types, kustomization.go; api/internal/target, kusttarget.go.
constexpr std::array<std::pair<std::string_view, ReferenceKind>, 9> kLists{
    {{"resources", ReferenceKind::resource},
     {"bases", ReferenceKind::resource},
     {"components", ReferenceKind::component},
     {"transformers", ReferenceKind::resource},
     {"generators", ReferenceKind::resource},
     {"validators", ReferenceKind::resource},
     {"crds", ReferenceKind::file},
     {"configurations", ReferenceKind::file},
     {"patchesStrategicMerge", ReferenceKind::file}}};
constexpr std::array<std::string_view, 3> kPathMappings = {"patches", "patchesJson6902", "replacements"};
constexpr std::array<std::string_view, 2> kGenerators = {"configMapGenerator", "secretGenerator"};

yaml::Node* find(yaml::Node& mapping, std::string_view key) {
  return const_cast<yaml::Node*>(std::as_const(mapping).find(key));
}

std::string_view behind_equals(std::string_view text) {
  const std::size_t equals = text.find('=');
  return equals == std::string_view::npos ? text : text.substr(equals + 1);
}

template <class Visit>
void for_each_item(yaml::Node& mapping, std::string_view field, const Visit& visit) {
  yaml::Node* list = find(mapping, field);
  if (list == nullptr) return;
  for (yaml::Node& item : list->items) visit(item);
}

}  // namespace

void for_each_reference(yaml::Node& kustomization, const std::function<void(const Reference&)>& visit) {
  const auto visit_file = [&](yaml::Node* node) {
    if (node != nullptr) visit({*node, node->text(), ReferenceKind::file});
  };
  for (const auto& [field, kind] : kLists) {
    for_each_item(kustomization, field, [&, list = kind](yaml::Node& item) { visit({item, item.text(), list}); });
  }
  for (const std::string_view field : kPathMappings) {
    for_each_item(kustomization, field, [&](yaml::Node& item) { visit_file(find(item, "path")); });
  }
  for (const std::string_view field : kGenerators) {
    for_each_item(kustomization, field, [&](yaml::Node& generator) {
      for_each_item(generator, "files", [&](yaml::Node& item) {
        visit({item, behind_equals(item.text()), ReferenceKind::keyed_file});
      });
      for_each_item(generator, "envs", [&](yaml::Node& item) { visit_file(&item); });
      visit_file(find(generator, "env"));
    });
  }
  if (yaml::Node* openapi = find(kustomization, "openapi")) visit_file(find(*openapi, "path"));
}

std::optional<RemoteBase> parse_remote_base(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  constexpr std::string_view kRevision = "ref=";
  if (!url.starts_with(kScheme)) return std::nullopt;
  RemoteBase base;
  const std::size_t question = std::min(url.find('?'), url.size());
  for (const std::string_view part : split(url.substr(std::min(url.size(), question + 1)), '&')) {
    if (part.starts_with(kRevision)) base.revision = part.substr(kRevision.size());
    if (part.starts_with("version=") && base.revision.empty()) base.revision = part.substr(8);
  }
  const std::string_view whole = url.substr(0, question);
  const std::size_t host_end = whole.find('/', kScheme.size());
  if (host_end == std::string_view::npos) return std::nullopt;
  const std::string_view path = whole.substr(host_end + 1);
  std::size_t end = std::string_view::npos;   // of the repository
  std::size_t rest = std::string_view::npos;  // where the directory begins
  if (const std::size_t azure = path.find("_git/"); azure != std::string_view::npos) {
    rest = end = std::min(path.find('/', azure + 5), path.size());
  } else if (const std::size_t slashes = path.find("//"); slashes != std::string_view::npos) {
    end = slashes;
    rest = slashes + 2;
  } else if (const std::size_t suffix = path.find(".git"); suffix != std::string_view::npos) {
    rest = end = suffix + 4;
  } else if (const std::size_t owner = path.find('/'); owner != std::string_view::npos) {
    rest = end = std::min(path.find('/', owner + 1), path.size());
  }
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  std::string_view directory = path.substr(rest);
  if (directory.starts_with('/')) directory.remove_prefix(1);
  const auto inside = manifest::resolve("", directory);
  if (!inside) return std::nullopt;
  base.repository = std::string(whole.substr(0, host_end + 1)) + std::string(path.substr(0, end));
  base.directory = *inside;
  return base;
}

}  // namespace towline::render
