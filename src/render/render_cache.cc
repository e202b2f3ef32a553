#include "render/render_cache.h"

#include <condition_variable>
#include <optional>
#include <utility>

namespace towline::render {

/// A render under way, and the callers that wait for it.
struct RenderCache::Flight {
  std::condition_variable landed;
  bool done = false;
  std::optional<Result<Shared>> result;  ///< absent when the leader was unwound by an exception
};

Result<Rendered> RenderCache::get(const std::string& key, const std::function<Result<Outcome>()>& make) {
  std::shared_ptr<Flight> flight;
  {
    std::unique_lock lock(mutex_);
    if (const Shared known = find(key)) {
      ++counters_.hits;
      return *known;
    }
    auto& slot = flights_[key];
    if (slot != nullptr) {
      flight = slot;
      ++counters_.hits;
      flight->landed.wait(lock, [&] { return flight->done; });
      if (!flight->result) return fail(ErrorKind::internal, "the render that this one waited for was broken off");
      if (!*flight->result) return tl::unexpected(flight->result->error());
      return ***flight->result;
    }
    slot = std::make_shared<Flight>();
    flight = slot;
    ++counters_.misses;
  }
  return lead(key, flight, make);
}

Result<Rendered> RenderCache::lead(const std::string& key, const std::shared_ptr<Flight>& flight,
                                   const std::function<Result<Outcome>()>& make) {
  // Whatever happens, those who wait are told.
  struct Landing {
    RenderCache& cache;
    const std::string& key;
    Flight& flight;
    ~Landing() {
      const std::lock_guard lock(cache.mutex_);
      flight.done = true;
      cache.flights_.erase(key);
      flight.landed.notify_all();
    }
  } landing{*this, key, *flight};

  Result<Outcome> outcome = make();
  const std::lock_guard lock(mutex_);
  if (!outcome) {
    flight->result = tl::unexpected(outcome.error());
    return tl::unexpected(std::move(outcome).error());
  }
  if (outcome->from_disk) {
    ++counters_.hits;
    --counters_.misses;
  }
  auto rendered = std::make_shared<const Rendered>(std::move(outcome->rendered));
  flight->result = Shared(rendered);
  if (outcome->lasting) remember(key, rendered);
  return *rendered;
}

RenderCache::Shared RenderCache::find(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void RenderCache::remember(const std::string& key, Shared rendered) {
  if (capacity_ == 0) return;
  entries_.emplace_front(key, std::move(rendered));
  by_key_[key] = entries_.begin();
  while (entries_.size() > capacity_) {
    by_key_.erase(entries_.back().first);
    entries_.pop_back();
  }
}

Renderer::Counters RenderCache::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace towline::render
