#include "promote/known_images.h"

namespace towline::promote {

KnownImages::KnownImages(const RepoSnapshot& snapshot) {
  for (const KnownImage& known : snapshot.known) {
    Entry& entry = images_[known.name].try_emplace(known.tag, Entry{known.digest, known.seen}).first->second;
    const bool newer = known.seen >= entry.seen;
    if (known.digest && (newer || !entry.digest)) entry.digest = known.digest;
    if (newer) entry.seen = known.seen;
  }
  for (const BotPull& pull : snapshot.open) {
    if (pull.foreign_commits) continue;
    for (const ImageChange& change : pull.images) {
      if (!change.to.tag) continue;
      Entry& entry = images_[change.name][*change.to.tag];
      if (!entry.digest) entry.digest = change.to.digest;
    }
  }
}

std::vector<image::Tag> KnownImages::tags(const image::ImageName& name) const {
  std::vector<image::Tag> tags;
  if (const auto image = images_.find(name); image != images_.end()) {
    for (const auto& [tag, entry] : image->second) tags.push_back(tag);
  }
  return tags;
}

std::optional<image::Digest> KnownImages::digest(const image::ImageName& name, const image::Tag& tag) const {
  const auto image = images_.find(name);
  if (image == images_.end()) return std::nullopt;
  const auto entry = image->second.find(tag);
  return entry == image->second.end() ? std::nullopt : entry->second.digest;
}

}  // namespace towline::promote
