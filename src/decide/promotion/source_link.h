#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "decide/snapshot.h"

namespace towline::decide {

/// The page that compares two revisions of one source: GitHub's, Gitea's and Forgejo's /compare/A...B, GitLab's
/// /-/compare/A...B. Nothing when the images do not tell both, tell different sources, or tell what is no http(s) URL
/// or no revision: labels are whatever the image's builder wrote.
std::optional<SourceLink> source_link(const image::ImageName& name, const ImageSource& from, const ImageSource& to);

/// The links for these changes. `digest_of` gives a version's digest, `source_of` what the image of a digest says.
template <class DigestOf, class SourceOf>
std::vector<SourceLink> source_links(const std::vector<evaluate::ImageChange>& changes, const DigestOf& digest_of,
                                     const SourceOf& source_of) {
  std::vector<SourceLink> links;
  for (const evaluate::ImageChange& change : changes) {
    const std::optional<image::Digest> from = digest_of(change.name, change.from);
    const std::optional<image::Digest> to = digest_of(change.name, change.to);
    if (!from || !to) continue;
    const std::optional<ImageSource> old_source = source_of(*from);
    const std::optional<ImageSource> new_source = source_of(*to);
    if (!old_source || !new_source) continue;
    auto link = source_link(change.name, *old_source, *new_source);
    if (link && std::find(links.begin(), links.end(), *link) == links.end()) links.push_back(*std::move(link));
  }
  return links;
}

}  // namespace towline::decide
