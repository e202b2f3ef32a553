#include "evaluate/discovery_screen.h"

#include <algorithm>

namespace towline::evaluate {
namespace {

/// A file takes some 200 bytes, a path some 100.
std::size_t size_of(const Surveyed& known) { return known.listing->entries.size() + known.survey.size(); }

}  // namespace

std::optional<discovery::TextHints> DiscoveryScreen::known_empty(const BlobId& blob) const {
  const std::lock_guard lock(mutex_);
  const auto found = empty_.find(blob);
  return found == empty_.end() ? std::nullopt : std::optional(found->second);
}

void DiscoveryScreen::remember_empty(const BlobId& blob, discovery::TextHints hints) {
  constexpr std::size_t kMost = 100'000;
  const std::lock_guard lock(mutex_);
  if (empty_.size() >= kMost) empty_.clear();
  empty_.insert_or_assign(blob, hints);
}

DiscoveryScreen::Objects DiscoveryScreen::find_objects(const BlobId& blob) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(blob);
  return found == objects_.end() ? nullptr : found->second;
}

void DiscoveryScreen::remember_objects(const BlobId& blob, Objects objects, std::size_t text_bytes) {
  // Parsed they take thirty times as much.
  constexpr std::size_t kMostBytes = 2u << 20;
  if (text_bytes > kMostBytes / 4) return;
  const std::lock_guard lock(mutex_);
  if (object_bytes_ + text_bytes > kMostBytes) {
    objects_.clear();
    object_bytes_ = 0;
  }
  if (objects_.emplace(blob, std::move(objects)).second) object_bytes_ += text_bytes;
}

DiscoveryScreen::Known DiscoveryScreen::find(const Question& question) {
  const std::lock_guard lock(mutex_);
  const auto found =
      std::find_if(answers_.begin(), answers_.end(), [&](const auto& one) { return one.first == question; });
  if (found == answers_.end()) return nullptr;
  answers_.splice(answers_.begin(), answers_, found);
  return found->second;
}

DiscoveryScreen::Known DiscoveryScreen::find_other(const Question& question, CommitId& commit) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(answers_.begin(), answers_.end(), [&](const auto& one) {
    return one.first.repository == question.repository && one.first.layout == question.layout;
  });
  if (found == answers_.end()) return nullptr;
  commit = found->first.commit;
  return found->second;
}

void DiscoveryScreen::remember(Question question, Known known) {
  constexpr std::size_t kMost = 16;
  constexpr std::size_t kMostSize = 600'000;
  const std::lock_guard lock(mutex_);
  answers_.emplace_front(std::move(question), std::move(known));
  const auto total = [&] {
    std::size_t size = 0;
    for (const auto& [asked, answer] : answers_) size += size_of(*answer);
    return size;
  };
  while (answers_.size() > kMost || (!answers_.empty() && total() > kMostSize)) answers_.pop_back();
}

}  // namespace towline::evaluate
