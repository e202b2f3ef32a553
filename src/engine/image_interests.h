#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "decide/snapshot.h"
#include "image/reference.h"

namespace towline::engine {

/// Why an image is looked at: what runs of it, and by which rules its newer tags are picked.
struct ImageInterest {
  std::vector<image::Version> running;
  std::vector<config::ImageRule> rules;
};

/// The images that the services of all repositories run, as far as these have been observed. Thread-safe.
class ImageInterests {
 public:
  /// What that repository's snapshot has takes the place of what it had before.
  void replace(const std::string& repository, const decide::RepoSnapshot& snapshot);
  /// nullopt: no service runs it.
  std::optional<ImageInterest> of(const image::ImageName& name) const;
  std::set<image::ImageName> names() const;

 private:
  using OfRepository = std::map<image::ImageName, ImageInterest>;
  mutable std::mutex mutex_;
  std::map<std::string, OfRepository> repositories_;
};

}  // namespace towline::engine
