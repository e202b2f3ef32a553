#include "decide/promotion/known_images.h"

#include <algorithm>
#include <set>

namespace towline::decide {

KnownImages::KnownImages(const RepoSnapshot& snapshot) {
  for (const KnownImage& known : snapshot.known) {
    Entry& entry =
        seen_[known.name].try_emplace(known.tag, Entry{known.digest, known.seen, known.created}).first->second;
    const bool newer = known.seen >= entry.seen;
    if (known.digest && (newer || !entry.digest)) entry.digest = known.digest;
    if (known.created && (newer || !entry.created)) entry.created = known.created;
    if (newer) entry.seen = known.seen;
  }
  for (const BotPull& pull : snapshot.open) {
    if (pull.foreign_commits) continue;
    auto& images = in_pull_requests_[pull.target];
    images.insert(images.end(), pull.images.begin(), pull.images.end());
  }
}

std::vector<image::TagFacts> KnownImages::tags(const BumpTarget& target, const image::ImageName& name) const {
  std::set<image::Tag> tags;
  if (const auto image = seen_.find(name); image != seen_.end()) {
    for (const auto& [tag, entry] : image->second) tags.insert(tag);
  }
  for (const evaluate::ImageChange& change : in_pull_request(target)) {
    if (change.name == name && change.to.tag) tags.insert(*change.to.tag);
  }
  std::vector<image::TagFacts> all;
  all.reserve(tags.size());
  for (const image::Tag& tag : tags) all.push_back(facts(name, tag));
  return all;
}

image::TagFacts KnownImages::facts(const image::ImageName& name, const image::Tag& tag) const {
  const auto image = seen_.find(name);
  if (image == seen_.end()) return {tag};
  const auto entry = image->second.find(tag);
  return entry == image->second.end() ? image::TagFacts{tag} : image::TagFacts{tag, entry->second.created};
}

bool KnownImages::changed_after(const image::ImageName& name, const image::Tag& tag, TimePoint time) const {
  const auto image = seen_.find(name);
  if (image == seen_.end()) return false;
  const auto entry = image->second.find(tag);
  return entry != image->second.end() && entry->second.digest &&
         std::chrono::floor<std::chrono::seconds>(entry->second.seen) > std::chrono::floor<std::chrono::seconds>(time);
}

std::optional<image::Digest> KnownImages::digest(const BumpTarget& target, const image::ImageName& name,
                                                 const image::Tag& tag) const {
  if (const auto image = seen_.find(name); image != seen_.end()) {
    const auto entry = image->second.find(tag);
    if (entry != image->second.end() && entry->second.digest) return entry->second.digest;
  }
  for (const evaluate::ImageChange& change : in_pull_request(target)) {
    if (change.name == name && change.to.tag == tag && change.to.digest) return change.to.digest;
  }
  return std::nullopt;
}

const std::vector<evaluate::ImageChange>& KnownImages::in_pull_request(const BumpTarget& target) const {
  static const std::vector<evaluate::ImageChange> kNone;
  const auto images = in_pull_requests_.find(target);
  return images == in_pull_requests_.end() ? kNone : images->second;
}

}  // namespace towline::decide
