#include "render/source_files.h"

#include <map>
#include <utility>

#include "base/beneath.h"
#include "base/crypto.h"
#include "base/text.h"
#include "discovery/flux_artifact.h"
#include "manifest/paths.h"
#include "yaml/node.h"

namespace towline::render {
namespace {

void add_value(std::string_view value, Redactor& redactor) {
  // Shorter ones would blank out half of every sentence, and are no secrets.
  constexpr std::size_t kShortest = 4;
  if (value.size() >= kShortest) redactor.add(Secret(std::string(value)));
  const auto clear = base64_decode(value);
  if (clear && clear->size() >= kShortest) redactor.add(Secret(*clear));
}

void add_secret_values(const yaml::Node& body, Redactor& redactor) {
  for (const std::string_view field : {"data", "stringData"}) {
    const yaml::Node* values = body.find(field);
    if (values == nullptr) continue;
    for (const auto& [key, value] : values->entries) add_value(value.text(), redactor);
  }
}

void add_generated_values(const yaml::Node& kustomization, Redactor& redactor) {
  const yaml::Node* generators = kustomization.find("secretGenerator");
  if (generators == nullptr) return;
  for (const yaml::Node& generator : generators->items) {
    const yaml::Node* literals = generator.find("literals");
    if (literals == nullptr) continue;
    for (const yaml::Node& literal : literals->items) {
      const std::string_view text = literal.text();
      const std::size_t equals = text.find('=');
      add_value(equals == std::string_view::npos ? text : text.substr(equals + 1), redactor);
    }
  }
}

}  // namespace

SourceFiles find_files(const discovery::TreeIndex& index, const discovery::Inputs& inputs, bool by_flux) {
  std::map<std::string_view, const git::TreeEntry*> entries;
  const auto add_below = [&](const std::string& path, bool shallow) {
    for (const git::TreeEntry& entry : index.below(path)) {
      if (!shallow || manifest::parent_directory(entry.path) == path) entries.emplace(entry.path, &entry);
    }
  };
  for (const auto* set : {&inputs.files, &inputs.directories, &inputs.whole}) {
    for (const std::string& path : *set) add_below(path, false);
  }
  for (const std::string& path : inputs.shallow) add_below(path, true);
  SourceFiles result;
  result.problems = inputs.problems;
  for (const auto& [path, entry] : entries) {
    if (by_flux && discovery::is_left_out_of_artifact(*entry)) continue;
    result.fingerprint += entry->path + '\0' + entry->id.str() + static_cast<char>('0' + static_cast<int>(entry->mode));
    if (!is_plain_path(path)) {
      result.problems.push_back({entry->path, 0, "this path cannot be written to disk"});
    } else if (entry->mode != git::FileMode::submodule) {
      result.files.push_back(*entry);
    }
  }
  return result;
}

Result<std::vector<LoadedFile>> load(const git::Repository& repository, const std::vector<git::TreeEntry>& files,
                                     std::size_t max_bytes) {
  std::vector<LoadedFile> loaded;
  std::size_t bytes = 0;
  for (const git::TreeEntry& entry : files) {
    TRY(std::string text, repository.read_blob(entry.id));
    bytes += text.size();
    if (bytes > max_bytes) {
      return fail(ErrorKind::invalid, "the files that would be read are larger than the limit of " +
                                          plural(max_bytes, "byte") + " together; split the application");
    }
    loaded.push_back({entry.path, std::move(text), entry.mode == git::FileMode::symlink});
  }
  return loaded;
}

Redactor secrets_of(const std::vector<LoadedFile>& files) {
  Redactor redactor;
  for (const LoadedFile& file : files) {
    if (file.link || !manifest::is_manifest_file(file.path)) continue;
    for (const manifest::Resource& resource : manifest::parse_manifests(file.path, file.text, "").resources) {
      if (resource.key.group.empty() && resource.key.kind == "Secret") add_secret_values(resource.body, redactor);
    }
    if (!manifest::is_kustomization_file(file.path)) continue;
    const auto documents = yaml::parse(file.text);
    if (!documents) continue;
    for (const yaml::Document& document : *documents) add_generated_values(document.root, redactor);
  }
  return redactor;
}

}  // namespace towline::render
