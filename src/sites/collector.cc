#include "sites/collector.h"

#include <algorithm>
#include <utility>

#include "sites/shared_anchors.h"

namespace towline::sites {
namespace {

/// How often a document quotes in one way more than in the other; above 0 for single quotes.
std::ptrdiff_t lean_to_single_quotes(const yaml::Node& node) {
  std::ptrdiff_t lean = 0;
  if (node.is_scalar()) {
    lean = node.style == yaml::ScalarStyle::single_quoted ? 1 : node.style == yaml::ScalarStyle::double_quoted ? -1 : 0;
  }
  for (const yaml::Node& item : node.items) lean += lean_to_single_quotes(item);
  for (const auto& [key, value] : node.entries) lean += lean_to_single_quotes(key) + lean_to_single_quotes(value);
  return lean;
}

}  // namespace

bool Collector::is_flow(const yaml::Node& node) const {
  const std::string_view text = passage_.text();
  if (!node.is_mapping() && !node.is_sequence()) return false;
  const char first = node.span.begin < text.size() ? text[node.span.begin] : ' ';
  return first == '{' || first == '[';
}

ImageSite Collector::site_at(SiteKind kind, const Written& main, bool in_flow) const {
  const yaml::Node place = passage_.in_file(*main.place);
  ImageSite site;
  site.kind = kind;
  site.path = std::string(path_);
  site.line = place.line;
  site.column = place.column;
  // The anchor that is edited may stand in brackets of its own.
  site.in_flow = in_flow || main.place != main.scalar;
  return site;
}

void Collector::add(ImageSite site, const Source& source) {
  if (!known_.emplace(site.line, site.column, site.name).second) return;
  for (const Written& part : {source.reference, source.tag, source.digest}) {
    if (part) by_scalar_.emplace(part.scalar, sources_.size());
  }
  found_.sites.push_back(std::move(site));
  sources_.push_back(source);
}

void Collector::add_reference(SiteKind kind, const Written& reference, bool in_flow, std::string_view before_name) {
  if (!reference) return;
  const std::string_view text = reference.scalar->value;
  const auto parsed = image::parse_reference(text.substr(before_name.size()));
  if (!parsed || (!parsed->tag && !parsed->digest)) return;
  ImageSite site = site_at(kind, reference, in_flow);
  site.name = parsed->name;
  site.written_name = parsed->written_name;
  site.version = {parsed->tag, parsed->digest};
  site.reference = passage_.in_file(*reference.scalar);
  site.before_name = std::string(before_name);
  add(std::move(site), {reference, {}, {}});
}

bool Collector::add_version(SiteKind kind, std::string_view written_name, const Written& tag, const Written& digest,
                            bool in_flow) {
  if (!tag && !digest) return false;
  const auto name = image::parse_image_name(written_name);
  if (!name) return false;
  ImageSite site = site_at(kind, tag ? tag : digest, in_flow);
  site.name = *name;
  site.written_name = std::string(written_name);
  if (tag) {
    // "1.5.0@sha256:..." in the place of a tag is common, and the image then is pinned by it.
    const auto version = image::parse_version(tag.scalar->value);
    if (!version || !version->tag) return false;
    site.version = *version;
    site.tag = passage_.in_file(*tag.scalar);
  }
  if (digest) {
    const auto parsed = image::parse_digest(digest.scalar->value);
    if (!parsed) return false;
    site.version.digest = *parsed;
    site.digest = passage_.in_file(*digest.scalar);
  }
  add(std::move(site), {{}, tag, digest});
  return true;
}

bool Collector::has_site_on(const yaml::Node& scalar) const { return by_scalar_.contains(&scalar); }

bool Collector::rename(const yaml::Node& scalar, const image::ImageName& name, std::string_view written_name) {
  const auto [begin, end] = by_scalar_.equal_range(&scalar);
  bool renamed = false;
  for (auto entry = begin; entry != end; ++entry) {
    ImageSite& named = site(entry->second);
    if (named.reference) continue;
    named.kind = SiteKind::marked;
    named.name = name;
    named.written_name = std::string(written_name);
    renamed = true;
  }
  return renamed;
}

void Collector::skip(const yaml::Node& where, std::string_view reason) {
  found_.skipped.push_back("line " + std::to_string(passage_.line_in_file(where.line)) + ": " + std::string(reason));
}

void Collector::finish(const yaml::Node& root) {
  if (sources_.empty()) return;
  if (aliases_.is_exhausted()) {
    skip(root, "merge keys lead to one another too often to be followed; write the values out");
    found_.sites.erase(found_.sites.begin() + static_cast<std::ptrdiff_t>(first_), found_.sites.end());
    sources_.clear();
    return;
  }
  const auto quotes =
      lean_to_single_quotes(root) > 0 ? yaml::ScalarStyle::single_quoted : yaml::ScalarStyle::double_quoted;
  for (std::size_t index = 0; index < sources_.size(); ++index) site(index).quotes = quotes;
  if (aliases_.uses().empty()) return;
  SharedAnchors anchors(passage_, aliases_, root);
  for (std::size_t index = 0; index < sources_.size(); ++index) {
    anchors.add_use(sources_[index].tag, site(index).name);
    anchors.add_use(sources_[index].digest, site(index).name);
  }
  for (std::size_t index = 0; index < sources_.size(); ++index) {
    std::string& refusal = site(index).refusal;
    refusal = anchors.other_meaning(sources_[index].tag, site(index).name);
    if (refusal.empty()) refusal = anchors.other_meaning(sources_[index].digest, site(index).name);
  }
}

}  // namespace towline::sites
