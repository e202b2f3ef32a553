#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "sites/sites.h"

namespace towline::sites {
namespace {

using Edits = std::vector<yaml::Edit>;

bool is_quoted(const yaml::Node& scalar) {
  return scalar.style == yaml::ScalarStyle::single_quoted || scalar.style == yaml::ScalarStyle::double_quoted;
}

/// Makes the scalar say `value`. Its first `kept` bytes are not touched where the file has them as they are meant.
void set_scalar(const ImageSite& site, const yaml::Node& scalar, std::size_t kept, std::string_view value,
                Edits& edits) {
  if (scalar.value == value) return;
  const std::size_t quote = is_quoted(scalar) ? 1 : 0;
  const bool written_as_meant = scalar.span.size() == scalar.value.size() + 2 * quote;
  if (kept > 0 && written_as_meant) {
    edits.push_back({{scalar.span.begin + quote + kept, scalar.span.end - quote}, std::string(value.substr(kept))});
  } else {
    edits.push_back({scalar.span, yaml::encode_like(scalar, value, site.in_flow, site.quotes)});
  }
}

tl::unexpected<Error> refuse(const ImageSite& site, const image::Version& version, const std::string& why) {
  return fail(ErrorKind::invalid, site.path + ":" + std::to_string(site.line) + ":" + std::to_string(site.column) +
                                      ": " + site.written_name + " cannot be set to " + version.display() + ": " + why);
}

/// What the site says afterwards: a digest that is not renewed stays with its tag and goes with it.
image::Version next_version(const image::Version& present, const image::Version& wanted) {
  image::Version next = wanted;
  if (!next.digest && next.tag == present.tag) next.digest = present.digest;
  return next;
}

Result<Edits> edit_reference(const ImageSite& site, const image::Version& version) {
  Edits edits;
  image::Version next = next_version(site.version, version);
  if (!site.version.tag) {
    if (!next.digest) return refuse(site, version, "it is pinned by a digest alone, and no digest is known");
    next.tag.reset();
  }
  std::string value = site.before_name + site.written_name;
  const std::size_t kept = value.size();
  if (next.tag) value += ":" + next.tag->str();
  if (next.digest) value += "@" + next.digest->str();
  set_scalar(site, *site.reference, kept, value, edits);
  return edits;
}

Result<Edits> edit_pair(const ImageSite& site, const image::Version& version) {
  Edits edits;
  const image::Version next = next_version(site.version, version);
  if (!site.tag) {
    if (!next.digest) return refuse(site, version, "it is pinned by a digest alone, and no digest is known");
    set_scalar(site, *site.digest, 0, next.digest->str(), edits);
    return edits;
  }
  if (!next.tag) return refuse(site, version, "it has a tag, which would be left stale; name the tag as well");
  std::string tag = next.tag->str();
  if (!site.digest && next.digest) tag += "@" + next.digest->str();
  set_scalar(site, *site.tag, 0, tag, edits);
  // An empty digest is none, for Helm charts and for kustomize.
  if (site.digest) set_scalar(site, *site.digest, 0, next.digest ? next.digest->str() : "", edits);
  return edits;
}

}  // namespace

Result<std::vector<yaml::Edit>> edits_for(const ImageSite& site, const image::Version& version) {
  if (!version.tag && !version.digest) return refuse(site, version, "neither a tag nor a digest is named");
  if (!site.refusal.empty()) return refuse(site, version, site.refusal);
  return site.reference ? edit_reference(site, version) : edit_pair(site, version);
}

BumpEdits bump_edits(const std::vector<ImageSite>& sites, const image::ImageName& name, const image::Version& version,
                     const std::function<bool(const ImageSite&)>& wanted) {
  BumpEdits bump;
  for (const ImageSite& site : sites) {
    if (site.name != name || (wanted && !wanted(site))) continue;
    auto edits = edits_for(site, version);
    if (edits) {
      std::move(edits->begin(), edits->end(), std::back_inserter(bump.edits));
    } else {
      bump.refused.push_back(std::move(edits).error());
    }
  }
  return bump;
}

Result<std::string> bump_text(std::string_view path, std::string_view text, const image::ImageName& name,
                              const image::Version& version, const std::function<bool(const ImageSite&)>& wanted) {
  BumpEdits bump = bump_edits(find_sites(path, text, name.short_name()).sites, name, version, wanted);
  if (!bump.refused.empty()) return tl::unexpected<Error>(std::move(bump.refused.front()));
  return yaml::apply_edits(text, std::move(bump.edits));
}

}  // namespace towline::sites
