#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "image/reference.h"
#include "yaml/edit.h"
#include "yaml/node.h"

namespace towline::manifest {

enum class SiteKind {
  image_field,       ///< `image: name:tag@digest` of a Kubernetes object
  kustomize_images,  ///< an entry of a kustomization's `images:` (name, newName, newTag, digest)
  helm_values,       ///< `repository:` with `tag:` (and `registry:`, `digest:`) under one mapping
};
std::string_view to_string(SiteKind kind);

/// One place in a file that writes an image's version.
struct ImageSite {
  SiteKind kind = SiteKind::image_field;
  std::string path;      ///< of the file, as given to find_sites
  std::size_t line = 0;  ///< of the scalar that holds the tag (else the digest, else the name); 1-based
  std::size_t column = 0;
  image::ImageName name;     ///< the image that runs (kustomize: newName when set)
  std::string written_name;  ///< as the file has it
  image::Version version;
  /// The scalars that hold it; a site has `reference`, or some of `tag` and `digest`.
  std::optional<yaml::Node> reference;
  std::optional<yaml::Node> tag;
  std::optional<yaml::Node> digest;
  bool in_flow = false;
};

struct FileSites {
  std::vector<ImageSite> sites;
  /// Why parts of the file (or all of it) were not read: "line 4: templated text is not YAML".
  std::vector<std::string> skipped;
};

/// Every site of one file. Never fails: what cannot be read is told in `skipped`.
FileSites find_sites(std::string_view path, std::string_view text);

/// The edits that make the site say `version`. Where the version has a digest and the site no place for it,
/// it is written behind the tag ("1.5.0@sha256:…"). A version without a digest drops the old digest of the
/// site when the tag changes. Error invalid: the site cannot say it, with why (an alias, a mere digest).
Result<std::vector<yaml::Edit>> edits_for(const ImageSite& site, const image::Version& version);

/// The text with every site of `name` accepted by `wanted` made to say `version`; equal text when nothing had to
/// change.
Result<std::string> bump_text(std::string_view path, std::string_view text, const image::ImageName& name,
                              const image::Version& version, const std::function<bool(const ImageSite&)>& wanted = {});

}  // namespace towline::manifest
