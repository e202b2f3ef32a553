#include "engine/changed_declarations.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "git/file_tree.h"
#include "manifest/tree_index.h"

namespace towline::engine {
namespace {

constexpr std::string_view kGroup = "argoproj.io";

bool is_declaration(const manifest::ResourceKey& key) {
  return key.group == kGroup && (key.kind == "Application" || key.kind == "ApplicationSet");
}

/// The entries of a mapping that are named, in the order of the file.
yaml::Node only(const yaml::Node& node, const std::vector<std::string_view>& names) {
  yaml::Node kept = node;
  std::erase_if(kept.entries, [&](const auto& entry) {
    return std::find(names.begin(), names.end(), entry.first.text()) == names.end();
  });
  return kept;
}

void replace(yaml::Node& mapping, std::string_view name, const auto& change) {
  for (auto& [key, value] : mapping.entries) {
    if (key.text() == name) value = change(value);
  }
}

/// Of another version of a chart the rendering tells.
yaml::Node source_without_rendering(const yaml::Node& source) {
  const bool chart = source.find("chart") != nullptr;
  return only(source,
              chart ? std::vector<std::string_view>{} : std::vector<std::string_view>{"repoURL", "targetRevision"});
}

yaml::Node spec_without_rendering(const yaml::Node& spec) {
  yaml::Node kept = only(spec, {"destination", "project", "syncPolicy", "source", "sources"});
  replace(kept, "source", source_without_rendering);
  replace(kept, "sources", [](const yaml::Node& sources) {
    yaml::Node all = sources;
    for (yaml::Node& item : all.items) item = source_without_rendering(item);
    return all;
  });
  return kept;
}

/// An ApplicationSet with what its Applications say of that, and without what makes them.
yaml::Node without_rendering(const manifest::Resource& resource) {
  yaml::Node body = only(resource.body, {"apiVersion", "kind", "metadata", "spec"});
  replace(body, "metadata", [](const yaml::Node& metadata) { return only(metadata, {"name", "namespace"}); });
  if (resource.key.kind == "Application") {
    replace(body, "spec", spec_without_rendering);
    return body;
  }
  replace(body, "spec", [](const yaml::Node& spec) {
    yaml::Node kept = only(spec, {"template", "syncPolicy", "strategy", "preservedFields"});
    replace(kept, "template", [](const yaml::Node& made) {
      yaml::Node inner = only(made, {"spec"});
      replace(inner, "spec", spec_without_rendering);
      return inner;
    });
    return kept;
  });
  return body;
}

/// The declarations in the file, by what they are called; none where it cannot be read, which is told elsewhere.
Result<std::vector<manifest::Resource>> declarations_in(const git::Repository& repository, const State& state,
                                                        const std::set<std::string>& files) {
  const git::BlobTree tree(repository);
  const manifest::TreeIndex index(tree, state.known->listing);
  std::vector<manifest::Resource> all;
  for (const std::string& path : files) {
    if (!index.has_file(path)) continue;
    TRY(const std::string text, index.read(path));
    for (manifest::Resource& resource : manifest::parse_manifests(path, text, "").resources) {
      if (!is_declaration(resource.key)) continue;
      resource.body = without_rendering(resource);
      all.push_back(std::move(resource));
    }
  }
  return all;
}

/// Only what is on both sides: what comes and goes is seen by what it renders.
void keep_common(std::vector<manifest::Resource>& base, std::vector<manifest::Resource>& head) {
  const auto keys = [](const std::vector<manifest::Resource>& resources) {
    std::map<manifest::ResourceKey, std::size_t> counts;
    for (const manifest::Resource& resource : resources) ++counts[resource.key];
    return counts;
  };
  const auto at_base = keys(base);
  const auto at_head = keys(head);
  const auto alone = [&](const manifest::Resource& resource) {
    const auto before = at_base.find(resource.key);
    const auto after = at_head.find(resource.key);
    return before == at_base.end() || after == at_head.end();
  };
  std::erase_if(base, alone);
  std::erase_if(head, alone);
}

/// Whether some application's own report shows that object.
bool is_shown(const manifest::ResourceKey& key, const promote::Evaluation& evaluation) {
  return std::any_of(evaluation.applications.begin(), evaluation.applications.end(), [&](const auto& report) {
    const auto& changes = report.diff.changes;
    return std::any_of(changes.begin(), changes.end(), [&](const diff::Change& change) {
      return change.key.group == key.group && change.key.kind == key.kind && change.key.name == key.name;
    });
  });
}

promote::ApplicationReport* report_for(const manifest::ResourceKey& key, const std::set<std::string>& files,
                                       promote::Evaluation& evaluation) {
  const auto belongs = [&](const promote::ApplicationReport& report) {
    const manifest::Application& application = report.application;
    if (!application.generated_by.empty() || !files.contains(application.declared_in)) return false;
    return key.kind == "ApplicationSet" || application.name == key.name;
  };
  auto& reports = evaluation.applications;
  const auto found = std::find_if(reports.begin(), reports.end(), belongs);
  return found == reports.end() ? nullptr : &*found;
}

}  // namespace

Result<void> show_changed_declarations(const git::Repository& repository, const State& base, const State& head,
                                       const diff::DiffOptions& options, promote::Evaluation& evaluation) {
  const auto& changed = evaluation.changed_paths;
  std::set<std::string> files;
  for (const State* state : {&base, &head}) {
    for (const manifest::Application& application : state->known->survey.discovered().applications) {
      const std::string& file = application.declared_in;
      if (std::find(changed.begin(), changed.end(), file) != changed.end()) files.insert(file);
    }
  }
  if (files.empty()) return {};
  TRY(auto before, declarations_in(repository, base, files));
  TRY(auto after, declarations_in(repository, head, files));
  keep_common(before, after);
  diff::Diff diff = diff::diff_resources(before, after, options);
  for (diff::Change& change : diff.changes) {
    if (change.kind != diff::ChangeKind::changed || is_shown(change.key, evaluation)) continue;
    if (auto* report = report_for(change.key, files, evaluation)) {
      change.note = "declared in a file; where no application applies that file, a person or another program has to";
      report->diff.changes.push_back(std::move(change));
    }
  }
  return {};
}

}  // namespace towline::engine
