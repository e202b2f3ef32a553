#include "discovery/generating.h"

#include <string>
#include <utility>

#include "discovery/discovery.h"
#include "manifest/paths.h"
#include "yaml/json.h"

namespace towline::discovery {
namespace {

/// The words of several files together: a template may take its kind from here and its group from there.
bool are_enough(const TextHints& hints) { return (hints.group && hints.kind) || hints.repository; }

class HintSearch {
 public:
  HintSearch(const TreeIndex& index, DeclarationScreen* screen) : index_(index), screen_(screen) {}

  bool enough() const { return are_enough(hints_); }
  void add_text(std::string_view text) { hints_ |= hints_of(text); }

  void add(const git::TreeEntry& entry) {
    if (enough() || !git::is_regular(entry.mode)) return;
    if (screen_ != nullptr) {
      if (const auto known = screen_->known_empty(entry.id)) {
        hints_ |= *known;
        return;
      }
    }
    const auto text = index_.read(entry.path);
    // One that is too large to be read may hold anything.
    const TextHints found = text ? hints_of(*text) : TextHints{true, true, true};
    hints_ |= found;
    if (text && screen_ != nullptr && !declares_applications(*text)) screen_->remember_empty(entry.id, found);
  }

  void add_below(const std::string& directory) {
    for (const git::TreeEntry& entry : index_.below(directory)) add(entry);
  }

  void add_directly_in(const std::string& directory) {
    for (const git::TreeEntry& entry : index_.below(directory)) {
      if (manifest::parent_directory(entry.path) == directory) add(entry);
    }
  }

 private:
  const TreeIndex& index_;
  DeclarationScreen* screen_;
  TextHints hints_;
};

void add_source(const Source& source, const ApplicationInputs::OfSource& read, HintSearch& search) {
  search.add_text(source.helm.values);
  search.add_text(source.kustomize.patches);
  for (const std::string& directory : read.inputs->whole) search.add_below(directory);
  for (const std::string& directory : read.inputs->shallow) search.add_directly_in(directory);
}

/// YAML by its value; what is none stays as it is.
std::string by_value(const std::string& text) {
  if (text.empty()) return text;
  const auto documents = yaml::parse(text);
  if (!documents || documents->size() != 1) return text;
  const auto root = yaml::expand(documents->front().root);
  return root ? dump_json(yaml::to_json(*root)) : text;
}

}  // namespace

Result<bool> may_generate(const TreeIndex& index, const Application& application, const ApplicationInputs& inputs,
                          DeclarationScreen* screen) {
  HintSearch search(index, screen);
  const auto sources = sources_of(application);
  for (std::size_t i = 0; i < sources.size() && i < inputs.sources.size(); ++i) {
    if (sources[i].kind == SourceKind::directory) continue;
    if (!inputs.sources[i].inputs) return true;
    add_source(sources[i], inputs.sources[i], search);
    for (const std::string& path : inputs.sources[i].inputs->files) {
      if (const git::TreeEntry* entry = index.entry(path)) search.add(*entry);
    }
    if (search.enough()) return true;
  }
  return false;
}

Application comparable(Application application) {
  application.declared_in.clear();
  application.made_from.clear();
  application.generated_by.clear();
  application.declaration.clear();
  for (Source& source : application.sources) {
    source.helm.values = by_value(source.helm.values);
    source.kustomize.patches = by_value(source.kustomize.patches);
  }
  return application;
}

}  // namespace towline::discovery
