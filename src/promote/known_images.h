#pragma once

#include <map>
#include <optional>
#include <vector>

#include "promote/snapshot.h"

namespace towline::promote {

/// The tags known of each image: those that were seen, and those that the bot's own open pull requests already say,
/// so that losing what was seen takes no open pull request back.
class KnownImages {
 public:
  explicit KnownImages(const RepoSnapshot& snapshot);
  std::vector<image::Tag> tags(const image::ImageName& name) const;
  std::optional<image::Digest> digest(const image::ImageName& name, const image::Tag& tag) const;

 private:
  struct Entry {
    std::optional<image::Digest> digest;
    TimePoint seen;
  };
  std::map<image::ImageName, std::map<image::Tag, Entry>> images_;
};

}  // namespace towline::promote
