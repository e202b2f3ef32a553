#include "sites/sites.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <tuple>
#include <utility>

#include "manifest/paths.h"
#include "manifest/positions.h"
#include "manifest/wording.h"
#include "sites/candidates.h"
#include "sites/places.h"

namespace towline::sites {
namespace {

struct KindName {
  SiteKind kind;
  std::string_view name;
};
constexpr std::array<KindName, 7> kKindNames = {{
    {SiteKind::image_field, "image field"},
    {SiteKind::image_volume, "image volume"},
    {SiteKind::helm_values, "Helm values"},
    {SiteKind::helm_parameter, "Helm parameter"},
    {SiteKind::kustomize_images, "kustomize images"},
    {SiteKind::kustomize_option, "Argo CD kustomize image"},
    {SiteKind::marked, "marked by comment"},
}};

using FindPlaces = void (*)(const Place&, Collector&);
constexpr std::array<FindPlaces, 4> kPlaces = {find_image_fields, find_helm_values, find_helm_parameters,
                                               find_kustomize_options};

/// A block scalar in a block scalar in ...: nobody writes more than two.
constexpr std::size_t kMaxEmbedding = 4;

bool contains(std::string_view text, std::string_view word) {
  // Several times as fast as std::string_view::find, which stops at each of the word's first letters.
  const bool is_written = ::memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
  return is_written || manifest::Wording(text).may_say(word);
}

using Documents = std::vector<yaml::Document>;

class FileFinder {
 public:
  FileFinder(std::string_view path, std::string_view mentioning, FileSites& found)
      : path_(path), mentioning_(mentioning), found_(found) {}

  void read_file(std::string_view text) {
    for (const Passage& document : documents_of(text)) {
      const bool is_whole = document.text().size() == text.size();
      if (!is_whole && (!contains(document.text(), mentioning_) || !may_have_sites(document.text()))) continue;
      const auto parsed = yaml::parse(document.text());
      if (parsed) {
        visit_documents(*parsed, document);
      } else {
        found_.skipped.push_back(
            manifest::unreadable_reason(document.text(), parsed.error(), document.line_in_file(1)));
      }
    }
  }

 private:
  void visit_documents(const Documents& documents, const Passage& passage) {
    for (const yaml::Document& document : documents) {
      const Aliases aliases(document.root);
      Collector collector(path_, passage, aliases, found_);
      find_kustomize_images(document.root, !passage.is_embedded() && manifest::is_kustomization_file(path_), collector);
      visit(document.root, "", collector.is_flow(document.root), collector);
      find_marked(document.root, collector);
      collector.finish(document.root);
      for (const yaml::Node* block : std::exchange(blocks_, {})) read_block(passage, *block);
    }
  }

  /// Walks the document as it is written; aliases are not followed, so no scalar is met twice.
  void visit(const yaml::Node& node, std::string_view key, bool in_flow, Collector& collector) {
    for (const yaml::Node& item : node.items) visit(item, "", in_flow || collector.is_flow(item), collector);
    const yaml::Node& target = collector.aliases().target(node);
    if (target.is_mapping()) {
      for (const FindPlaces find : kPlaces) find({target, key, in_flow}, collector);
    }
    for (const auto& [name, value] : node.entries) {
      visit(value, name.text(), in_flow || collector.is_flow(value), collector);
    }
    const bool block = node.style == yaml::ScalarStyle::literal || node.style == yaml::ScalarStyle::folded;
    if (node.is_scalar() && block) blocks_.push_back(&node);
  }

  /// What a block scalar holds counts when all of it is YAML; a script that merely resembles some is none.
  void read_block(const Passage& outer, const yaml::Node& block) {
    if (depth_ == kMaxEmbedding || !contains(block.value, mentioning_) || !may_have_sites(block.value)) return;
    const auto passage = Passage::within(outer, block);
    if (!passage) return;
    const auto parsed = yaml::parse(passage->text());
    if (!parsed) {
      if (block.value.find("{{") != std::string::npos) {
        found_.skipped.push_back(
            manifest::unreadable_reason(passage->text(), parsed.error(), passage->line_in_file(1)));
      }
      return;
    }
    const bool structured = std::all_of(parsed->begin(), parsed->end(), [](const yaml::Document& document) {
      return document.root.is_mapping() || document.root.is_sequence();
    });
    if (!structured) return;
    ++depth_;
    visit_documents(*parsed, *passage);
    --depth_;
  }

  std::string_view path_;
  std::string_view mentioning_;
  FileSites& found_;
  std::vector<const yaml::Node*> blocks_;  ///< of the document that is visited
  std::size_t depth_ = 0;
};

}  // namespace

std::string_view to_string(SiteKind kind) {
  const auto row =
      std::find_if(kKindNames.begin(), kKindNames.end(), [&](const KindName& name) { return name.kind == kind; });
  return row == kKindNames.end() ? std::string_view() : row->name;
}

FileSites find_sites(std::string_view path, std::string_view text, std::string_view mentioning) {
  FileSites found;
  // Looking for a word costs far less than reading YAML, and most files have none of it.
  if (!manifest::is_manifest_file(path) || !contains(text, mentioning) || !may_have_sites(text)) return found;
  FileFinder(path, mentioning, found).read_file(text);
  std::stable_sort(found.sites.begin(), found.sites.end(), [](const ImageSite& a, const ImageSite& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return found;
}

}  // namespace towline::sites
