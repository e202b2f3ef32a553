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

namespace towline::sites {

enum class SiteKind {
  image_field,     ///< `image: name:tag@digest` of any object, compose file or pipeline; GitLab's `image: {name: …}`
  image_volume,    ///< `image: {reference: …}` of a pod's volume
  helm_values,     ///< a name and its version under two keys of one mapping: `repository:` with `tag:`, and the like
  helm_parameter,  ///< Argo CD `helm.parameters`: `{name: image.tag, value: …}`
  kustomize_images,  ///< an entry of a kustomization's `images:` (name, newName, newTag, digest), also Flux's
  kustomize_option,  ///< Argo CD `kustomize.images`: `old=name:tag`
  marked,            ///< any scalar with a comment `# towline: NAME[:tag|:digest]`, or Flux's `{"$imagepolicy": …}`
};
std::string_view to_string(SiteKind kind);

/// One place in a file that writes an image's version.
struct ImageSite {
  SiteKind kind = SiteKind::image_field;
  std::string path;  ///< of the file, as given to find_sites
  std::size_t line =
      0;  ///< of the scalar that holds the tag (else the digest, else the name), or of its alias; 1-based
  std::size_t column = 0;
  image::ImageName name;     ///< the image that runs (kustomize: newName when set)
  std::string written_name;  ///< as the file has it
  image::Version version;
  /// The scalars that hold it, as they stand in the file (those in a block scalar as well); a site has `reference`, or
  /// some of `tag` and `digest`.
  std::optional<yaml::Node> reference;
  std::optional<yaml::Node> tag;
  std::optional<yaml::Node> digest;
  std::string before_name;  ///< what `reference` has before the name ("old=" of an Argo CD override)
  bool in_flow = false;
  /// The quotes that the file uses, for a plain scalar that comes to need some.
  yaml::ScalarStyle quotes = yaml::ScalarStyle::double_quoted;
  /// Why the site must not be edited: its scalar is an anchor that means something else in another place; else "".
  std::string refusal;
};

struct FileSites {
  std::vector<ImageSite> sites;
  /// Why parts of the file (or all of it) were not read: "line 4: templated text is not YAML".
  std::vector<std::string> skipped;
};

/// Every site of one file, in the order of the file. Never fails: what cannot be read is told in `skipped`. A place
/// that shares its scalar with another by an alias or a merge key is a site too, unless both are in the very same
/// mapping.
/// `mentioning`: documents without this word (an image's last path component, which each of its sites has) are neither
/// parsed nor told of.
FileSites find_sites(std::string_view path, std::string_view text, std::string_view mentioning = "");

/// The edits that make the site say `version`. Where the version has a digest and the site no place for it,
/// it is written behind the tag ("1.5.0@sha256:…"). A version without a digest drops the old digest of the
/// site when the tag changes. Error invalid: the site cannot say it, with why (a shared anchor, a mere digest).
Result<std::vector<yaml::Edit>> edits_for(const ImageSite& site, const image::Version& version);

/// What a bump of one file comes to.
struct BumpEdits {
  std::vector<yaml::Edit> edits;
  std::vector<Error> refused;  ///< one for each site that cannot say it: "FILE:LINE:COLUMN: …"
};
/// The edits that make the sites of `name` that `wanted` accepts say `version`.
BumpEdits bump_edits(const std::vector<ImageSite>& sites, const image::ImageName& name, const image::Version& version,
                     const std::function<bool(const ImageSite&)>& wanted = {});

/// The text with every site of `name` accepted by `wanted` made to say `version`; equal text when nothing had to
/// change. Error: that of the first site that cannot say it.
Result<std::string> bump_text(std::string_view path, std::string_view text, const image::ImageName& name,
                              const image::Version& version, const std::function<bool(const ImageSite&)>& wanted = {});

}  // namespace towline::sites
