#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "manifest/paths.h"
#include "render/kustomize.h"
#include "render/kustomize_references.h"
#include "yaml/node.h"

namespace towline::render {
namespace {

constexpr std::array<std::string_view, 3> kHelm = {"helmCharts", "helmChartInflationGenerator", "helmGlobals"};

/// Looks through one kustomization file.
class Inspector {
 public:
  Inspector(std::string_view path, const std::vector<std::string>& allowed_hosts, Inspection& inspection)
      : path_(path), allowed_hosts_(allowed_hosts), inspection_(inspection), problems_(inspection.problems) {}

  void inspect(yaml::Node& root) {
    for (const std::string_view field : kHelm) {
      if (const yaml::Node* helm = root.find(field)) {
        refuse(*helm, "Helm charts inside of a kustomization ('" + std::string(field) +
                          "') are not rendered by this version; commit what the chart renders to");
      }
    }
    for_each_reference(root, [this](const Reference& reference) { check_entry(reference); });
  }

  /// The configuration of one of kustomize's own plugins may name files under many keys.
  void inspect_plugin(const yaml::Node& node) {
    // Which of them would be read is known to the plugin alone, so none is fetched.
    if (node.is_scalar() && (node.value.starts_with("http://") || node.value.starts_with("https://"))) {
      refuse_remote(node, node.value);
    }
    for (const yaml::Node& item : node.items) inspect_plugin(item);
    for (const auto& [key, value] : node.entries) inspect_plugin(value);
  }

 private:
  /// A path, or YAML in place of one.
  void check_entry(const Reference& reference) {
    const yaml::Node& item = reference.node;
    if (item.text().find('\n') == std::string_view::npos) return check(item, reference.target);
    const auto documents = yaml::parse(item.text());
    if (!documents) return refuse(item, "this YAML cannot be read, so it is not run: " + documents.error().message);
    for (const yaml::Document& document : *documents) {
      const yaml::Node* version = document.root.find("apiVersion");
      if (version == nullptr || version->text() != "builtin") continue;
      const std::size_t before = problems_.size();
      inspect_plugin(document.root);
      for (std::size_t i = before; i < problems_.size(); ++i) problems_[i].line = item.line;
    }
  }

  void check(const yaml::Node& node, std::string_view target) {
    if (!is_remote(target)) {
      // kustomize takes ".." as text too, and the links of a workspace all lead inside.
      if (!manifest::resolve(manifest::parent_directory(path_), target)) {
        refuse(node, "'" + printable_utf8(ellipsize(target, 200)) + "' leads out of the repository, so it is not read");
      }
      return;
    }
    // Other protocols have ways around a list of hosts.
    const bool by_https = target.starts_with("https://");
    if (by_https && is_allowed_host(target, allowed_hosts_)) {
      inspection_.remote = true;
      return;
    }
    refuse_remote(node, target);
  }

  void refuse_remote(const yaml::Node& node, std::string_view target) {
    refuse(node, "'" + printable_utf8(ellipsize(redact_url(target), 200)) +
                     "' would be fetched from the network, which is not done; put a copy into this repository");
  }

  void refuse(const yaml::Node& node, std::string message) {
    problems_.push_back({std::string(path_), node.line, std::move(message)});
  }

  std::string_view path_;
  const std::vector<std::string>& allowed_hosts_;
  Inspection& inspection_;
  std::vector<manifest::ManifestProblem>& problems_;
};

}  // namespace

bool is_remote(std::string_view reference) {
  if (reference.find('\n') != std::string_view::npos) return false;
  const std::string text = to_lower(reference);
  if (text.find("://") != std::string::npos || text.find("?ref=") != std::string::npos) return true;
  for (const std::string_view prefix : {"git::", "gh:", "git@", "github.com/", "github.com:", "ssh:", "file:"}) {
    if (text.starts_with(prefix)) return true;
  }
  // "user@host:owner/repository" and "user@host/owner/repository".
  const std::string_view first = std::string_view(text).substr(0, text.find('/'));
  const std::size_t at = first.find('@');
  return at != std::string_view::npos && at > 0;
}

Inspection inspect_kustomizations(const std::vector<LoadedFile>& files, const std::vector<std::string>& allowed_hosts) {
  Inspection inspection;
  std::vector<manifest::ManifestProblem>& problems = inspection.problems;
  for (const LoadedFile& file : files) {
    // What a link leads to is among the files itself, or does not exist; but for its name.
    const bool named_so = manifest::is_kustomization_file(file.path);
    if (file.link && named_so) {
      problems.push_back(
          {file.path, 0, "a kustomization that is a symbolic link is not run; put the file itself here"});
      continue;
    }
    if (file.link || !manifest::is_manifest_file(file.path)) continue;
    const bool kustomization = manifest::is_kustomization_file(file.path);
    const auto documents = yaml::parse(file.text);
    // kustomize may read what we cannot: what is not known to be harmless does not run.
    if (!documents) {
      if (!kustomization && file.text.find("builtin") == std::string::npos) continue;
      problems.push_back(
          {file.path, 0, "this kustomization cannot be read, so it is not run: " + documents.error().message});
      continue;
    }
    Inspector inspector(file.path, allowed_hosts, inspection);
    for (const yaml::Document& document : *documents) {
      auto root = yaml::expand(document.root);
      if (!root) {
        problems.push_back(
            {file.path, 0, "this kustomization cannot be read, so it is not run: " + root.error().message});
        continue;
      }
      const yaml::Node* version = root->find("apiVersion");
      if (kustomization) inspector.inspect(*root);
      if (version != nullptr && version->text() == "builtin") inspector.inspect_plugin(*root);
    }
  }
  return inspection;
}

}  // namespace towline::render
