#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "render/renderer.h"

namespace towline::render {

/// A render that was done, and whether the same input will give it again.
struct Outcome {
  Rendered rendered;
  bool lasting = true;     ///< false: a program was missing or too slow; asking again may help
  bool from_disk = false;  ///< what a program wrote earlier was known
};

/// The most recently used renders by key. Callers that ask for one key at the same time share one render.
class RenderCache {
 public:
  explicit RenderCache(std::size_t entries) : capacity_(entries) {}

  /// The render of this key, made by `make` (on one caller's thread) unless it is known or under way.
  Result<Rendered> get(const std::string& key, const std::function<Result<Outcome>()>& make);
  Renderer::Counters counters() const;

 private:
  struct Flight;
  using Shared = std::shared_ptr<const Rendered>;
  using Entries = std::list<std::pair<std::string, Shared>>;

  /// The known render, moved to the front; nullptr when there is none. Called under the lock.
  Shared find(const std::string& key);
  void remember(const std::string& key, Shared rendered);
  Result<Rendered> lead(const std::string& key, const std::shared_ptr<Flight>& flight,
                        const std::function<Result<Outcome>()>& make);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Entries entries_;  ///< newest first
  std::unordered_map<std::string, Entries::iterator> by_key_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
  Renderer::Counters counters_;
};

}  // namespace towline::render
