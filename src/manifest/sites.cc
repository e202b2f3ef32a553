#include "manifest/sites.h"

#include <algorithm>
#include <utility>

#include "manifest/paths.h"
#include "manifest/positions.h"

namespace towline::manifest {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_inline_scalar(const yaml::Node* node) {
  return node != nullptr && node->is_scalar() && node->style != yaml::ScalarStyle::literal &&
         node->style != yaml::ScalarStyle::folded;
}

/// A scalar with text, else nullptr: `tag: ""` and `tag:` write no version.
const yaml::Node* filled(const yaml::Node* node) {
  return is_inline_scalar(node) && !node->value.empty() ? node : nullptr;
}

std::string_view group_of(const yaml::Node& document) {
  const yaml::Node* api_version = document.find("apiVersion");
  if (api_version == nullptr) return {};
  const std::string_view text = api_version->text();
  return text.substr(0, text.find('/'));
}

/// Walks the documents of one file as they are written; aliases are not followed, so no scalar is met twice.
class SiteFinder {
 public:
  SiteFinder(std::string_view path, std::string_view text, std::vector<ImageSite>& sites)
      : path_(path), text_(text), sites_(sites) {}

  void visit_document(const yaml::Node& root) {
    is_object_ = root.find("apiVersion") != nullptr && root.find("kind") != nullptr;
    const std::string_view group = group_of(root);
    if (group == "kustomize.config.k8s.io" || (!is_object_ && is_kustomization_file(path_))) {
      visit_kustomize_images(root.find("images"));
      return;
    }
    if (group == "kustomize.toolkit.fluxcd.io") visit_kustomize_images(root.find_path({"spec", "images"}));
    visit(root, false);
  }

 private:
  bool is_flow(const yaml::Node& node) const {
    const char first = node.span.begin < text_.size() ? text_[node.span.begin] : ' ';
    return first == '{' || first == '[';
  }

  void visit(const yaml::Node& node, bool in_flow) {
    const bool flow = in_flow || ((node.is_mapping() || node.is_sequence()) && is_flow(node));
    for (const yaml::Node& item : node.items) visit(item, flow);
    if (!node.is_mapping()) return;
    add_helm_values(node, flow);
    for (const auto& [key, value] : node.entries) {
      if (is_object_ && key.text() == "image") add_image_field(value, flow);
      visit(value, flow);
    }
  }

  void add_image_field(const yaml::Node& value, bool in_flow) {
    if (filled(&value) == nullptr) return;
    const auto reference = image::parse_reference(value.value);
    // A bare name writes no version: something else (kustomize, a default) decides it.
    if (!reference || (!reference->tag && !reference->digest)) return;
    ImageSite site = site_at(SiteKind::image_field, value, in_flow);
    site.name = reference->name;
    site.written_name = reference->written_name;
    site.version = {reference->tag, reference->digest};
    site.reference = value;
    sites_.push_back(std::move(site));
  }

  void add_helm_values(const yaml::Node& mapping, bool in_flow) {
    const yaml::Node* repository = filled(mapping.find("repository"));
    if (repository == nullptr) return;
    std::string name = repository->value;
    if (const yaml::Node* registry = filled(mapping.find("registry"))) name = registry->value + "/" + name;
    add_pair(SiteKind::helm_values, name, filled(mapping.find("tag")), filled(mapping.find("digest")), in_flow);
  }

  void visit_kustomize_images(const yaml::Node* images) {
    if (images == nullptr || !images->is_sequence()) return;
    for (const yaml::Node& entry : images->items) {
      const yaml::Node* name = filled(entry.find("newName"));
      if (name == nullptr) name = filled(entry.find("name"));
      if (name == nullptr) continue;
      add_pair(SiteKind::kustomize_images, name->value, filled(entry.find("newTag")), filled(entry.find("digest")),
               is_flow(*images) || is_flow(entry));
    }
  }

  void add_pair(SiteKind kind, const std::string& written_name, const yaml::Node* tag, const yaml::Node* digest,
                bool in_flow) {
    if (tag == nullptr && digest == nullptr) return;
    const auto name = image::parse_image_name(written_name);
    if (!name) return;
    ImageSite site = site_at(kind, tag != nullptr ? *tag : *digest, in_flow);
    site.name = *name;
    site.written_name = written_name;
    if (tag != nullptr) {
      // "1.5.0@sha256:..." in the place of a tag is common, and the image then is pinned by it.
      const auto version = image::parse_version(tag->value);
      if (!version || !version->tag) return;
      site.version = *version;
      site.tag = *tag;
    }
    if (digest != nullptr) {
      const auto parsed = image::parse_digest(digest->value);
      if (!parsed) return;
      site.version.digest = *parsed;
      site.digest = *digest;
    }
    sites_.push_back(std::move(site));
  }

  ImageSite site_at(SiteKind kind, const yaml::Node& scalar, bool in_flow) const {
    ImageSite site;
    site.kind = kind;
    site.path = std::string(path_);
    site.line = scalar.line;
    site.column = scalar.column;
    site.in_flow = in_flow;
    return site;
  }

  std::string_view path_;
  std::string_view text_;
  std::vector<ImageSite>& sites_;
  bool is_object_ = false;
};

}  // namespace

std::string_view to_string(SiteKind kind) {
  switch (kind) {
    case SiteKind::image_field:
      return "image field";
    case SiteKind::kustomize_images:
      return "kustomize images";
    case SiteKind::helm_values:
      return "Helm values";
  }
  return "";
}

FileSites find_sites(std::string_view path, std::string_view text) {
  FileSites found;
  // Parsing costs a thousand times as much as this search, and most files have no image.
  if (!is_manifest_file(path) || !(contains(text, "image") || contains(text, "repository"))) return found;
  const auto documents = yaml::parse(text);
  if (!documents) {
    found.skipped.push_back(unreadable_reason(text, documents.error()));
    return found;
  }
  SiteFinder finder(path, text, found.sites);
  for (const yaml::Document& document : *documents) finder.visit_document(document.root);
  std::sort(found.sites.begin(), found.sites.end(), [](const ImageSite& a, const ImageSite& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return found;
}

}  // namespace towline::manifest
