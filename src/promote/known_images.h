#pragma once

#include <map>
#include <optional>
#include <vector>

#include "promote/snapshot.h"

namespace towline::promote {

/// The tags known of each image: those that were seen, and for a service those that the bot's own open pull request
/// for it says already, so that losing what was seen takes no open pull request back.
class KnownImages {
 public:
  explicit KnownImages(const RepoSnapshot& snapshot);
  std::vector<image::Tag> tags(const BumpTarget& target, const image::ImageName& name) const;
  std::optional<image::Digest> digest(const BumpTarget& target, const image::ImageName& name,
                                      const image::Tag& tag) const;
  /// Whether the tag got its digest only after that time: it may have been moved since.
  bool changed_after(const image::ImageName& name, const image::Tag& tag, TimePoint time) const;

 private:
  struct Entry {
    std::optional<image::Digest> digest;
    TimePoint seen;
  };
  const std::vector<ImageChange>& in_pull_request(const BumpTarget& target) const;

  std::map<image::ImageName, std::map<image::Tag, Entry>> seen_;
  std::map<BumpTarget, std::vector<ImageChange>> in_pull_requests_;
};

}  // namespace towline::promote
