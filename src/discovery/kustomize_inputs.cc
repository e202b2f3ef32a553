#include <array>
#include <functional>
#include <initializer_list>
#include <utility>
#include <vector>

#include "discovery/application.h"
#include "discovery/inputs.h"
#include "discovery/tree_index.h"
#include "manifest/documents.h"
#include "manifest/paths.h"
#include "yaml/node.h"

namespace towline::discovery {
namespace {

constexpr std::size_t kMaxInputs = 10'000;

/// Fields of a kustomization that are lists of files, of directories with a kustomization, or of inline YAML.
/// Source: sigs.k8s.io/kustomize/api/types, kustomization.go.
constexpr std::array<std::string_view, 9> kPathLists = {"resources",    "bases",          "components",
                                                        "crds",         "configurations", "patchesStrategicMerge",
                                                        "transformers", "generators",     "validators"};
/// Fields that are lists of mappings whose "path" names a file.
constexpr std::array<std::string_view, 3> kPathMappings = {"patches", "patchesJson6902", "replacements"};

class Collector {
 public:
  explicit Collector(const TreeIndex& index) : index_(index) {}

  Result<Inputs> collect(std::string_view directory) {
    add_directory(directory);
    while (!waiting_.empty()) {
      const std::string next = std::move(waiting_.back());
      waiting_.pop_back();
      CHECK_OK(read_kustomization(next));
      if (inputs_.files.size() + inputs_.directories.size() + inputs_.whole.size() > kMaxInputs) {
        return fail(ErrorKind::invalid, "the kustomization in " + std::string(directory) + " reads more than " +
                                            std::to_string(kMaxInputs) + " files and directories; split it");
      }
    }
    return std::move(inputs_);
  }

 private:
  void add_directory(std::string_view directory) {
    // Already there: kustomizations may name each other, and share a base.
    if (inputs_.directories.insert(std::string(directory)).second) waiting_.emplace_back(directory);
  }

  Result<void> read_kustomization(const std::string& directory) {
    std::string path = index_.kustomization_of(directory);
    if (path.empty()) {
      TRY(path, linked_kustomization(directory));
    }
    if (path.empty()) return {};
    inputs_.files.insert(path);
    TRY(const std::string text, index_.read(path));
    const manifest::ParsedDocuments parsed = manifest::parse_documents(path, text);
    // The renderer tells what is wrong with it; it lays out no other files, so kustomize cannot read any.
    if (!parsed.problems.empty()) return {};
    directory_ = directory;
    for (const yaml::Node& root : parsed.roots) read_fields(root);
    return {};
  }

  /// Where a link in place of the kustomization leads. It is not built, but what it would read changes what is applied.
  Result<std::string> linked_kustomization(const std::string& directory) {
    for (const std::string_view name : {"kustomization.yaml", "kustomization.yml", "Kustomization"}) {
      const std::string path = directory.empty() ? std::string(name) : directory + "/" + std::string(name);
      if (index_.entry(path) == nullptr) continue;
      inputs_.files.insert(path);
      TRY(const auto followed, index_.follow(path));
      if (!followed) continue;
      inputs_.files.insert(followed->links.begin(), followed->links.end());
      inputs_.files.insert(followed->path);
      if (index_.has_file(followed->path)) return followed->path;
    }
    return std::string();
  }

  void read_fields(const yaml::Node& root) {
    for (const std::string_view field : kPathLists) {
      for_each(root.find(field), [&](const yaml::Node& item) { add(item.text()); });
    }
    for (const std::string_view field : kPathMappings) {
      for_each(root.find(field), [&](const yaml::Node& item) { add_at(item, {"path"}); });
    }
    for (const std::string_view field : {"configMapGenerator", "secretGenerator"}) {
      for_each(root.find(field), [&](const yaml::Node& item) { read_generator(item); });
    }
    add_at(root, {"openapi", "path"});
    read_charts(root);
  }

  void read_generator(const yaml::Node& generator) {
    for_each(generator.find("files"), [&](const yaml::Node& item) {
      const std::string_view text = item.text();
      const std::size_t equals = text.find('=');
      add(equals == std::string_view::npos ? text : text.substr(equals + 1));
    });
    for_each(generator.find("envs"), [&](const yaml::Node& item) { add(item.text()); });
    add_at(generator, {"env"});
  }

  void read_charts(const yaml::Node& root) {
    for (const std::string_view field : {"helmCharts", "helmChartInflationGenerator"}) {
      for_each(root.find(field), [&](const yaml::Node& chart) {
        add_at(chart, {"valuesFile"});
        add_at(chart, {"values"});
        for_each(chart.find("additionalValuesFiles"), [&](const yaml::Node& item) { add(item.text()); });
      });
    }
    if (root.find("helmCharts") == nullptr && root.find("helmChartInflationGenerator") == nullptr) return;
    const yaml::Node* home = root.find_path({"helmGlobals", "chartHome"});
    const auto path = manifest::resolve(directory_, home == nullptr ? "charts" : home->text());
    if (path && index_.has_directory(*path)) inputs_.whole.insert(*path);
  }

  static void for_each(const yaml::Node* list, const std::function<void(const yaml::Node&)>& visit) {
    if (list == nullptr) return;
    for (const yaml::Node& item : list->items) visit(item);
  }

  void add_at(const yaml::Node& node, std::initializer_list<std::string_view> path) {
    if (const yaml::Node* found = node.find_path(path)) add(found->text());
  }

  /// What does not exist in the tree is inline YAML, remote or missing; none of it is an input.
  void add(std::string_view relative) {
    if (relative.empty() || relative.find('\n') != std::string_view::npos) return;
    const auto path = manifest::resolve(directory_, relative);
    if (!path) return;
    const auto followed = index_.follow(*path);
    if (!followed || !*followed) return;
    inputs_.files.insert((*followed)->links.begin(), (*followed)->links.end());
    const std::string& target = (*followed)->path;
    if (index_.has_file(target)) {
      inputs_.files.insert(target);
    } else if (index_.has_directory(target)) {
      add_directory(target);
    }
  }

  const TreeIndex& index_;
  Inputs inputs_;
  std::vector<std::string> waiting_;
  std::string directory_;
};

}  // namespace

Result<Inputs> collect_kustomize_inputs(const TreeIndex& index, std::string_view directory) {
  return Collector(index).collect(directory);
}

Result<std::set<std::string>> kustomize_inputs(const git::FileTree& tree, std::string_view directory) {
  TRY(const TreeIndex index, TreeIndex::create(tree));
  TRY(Inputs inputs, collect_kustomize_inputs(index, directory));
  std::set<std::string> all = std::move(inputs.files);
  all.merge(inputs.directories);
  all.merge(inputs.whole);
  return all;
}

}  // namespace towline::discovery
