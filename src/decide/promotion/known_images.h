#pragma once

#include <map>
#include <optional>
#include <vector>

#include "decide/snapshot.h"

namespace towline::decide {

/// The tags known of each image: those that were seen, and for a service those that the bot's own open pull request
/// for it says already, so that losing what was seen takes no open pull request back.
class KnownImages {
 public:
  explicit KnownImages(const RepoSnapshot& snapshot);
  /// Each tag once, sorted.
  std::vector<image::TagFacts> tags(const BumpTarget& target, const image::ImageName& name) const;
  /// What is known of one tag.
  image::TagFacts facts(const image::ImageName& name, const image::Tag& tag) const;
  std::optional<image::Digest> digest(const BumpTarget& target, const image::ImageName& name,
                                      const image::Tag& tag) const;
  /// Whether the tag got its digest only after that time: it may have been moved since.
  bool changed_after(const image::ImageName& name, const image::Tag& tag, TimePoint time) const;
  /// What the bot's open pull request for the service changes.
  const std::vector<evaluate::ImageChange>& in_pull_request(const BumpTarget& target) const;

 private:
  struct Entry {
    std::optional<image::Digest> digest;
    TimePoint seen;
    std::optional<TimePoint> created;
  };

  std::map<image::ImageName, std::map<image::Tag, Entry>> seen_;
  std::map<BumpTarget, std::vector<evaluate::ImageChange>> in_pull_requests_;
};

}  // namespace towline::decide
