#include "web/workers.h"

#include <utility>

namespace towline::web {

namespace {

/// Webhooks share a commit to the store: the more at once, the cheaper each.
constexpr std::size_t kThreads = 48;
constexpr std::size_t kMostForPages = 24;

}  // namespace

Workers::Workers() {
  threads_.reserve(kThreads);
  for (std::size_t number = 0; number < kThreads; ++number) threads_.emplace_back([this] { serve(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::run(For what, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    (what == For::hook ? hooks_ : pages_).push_back(std::move(work));
  }
  wake_.notify_one();
}

void Workers::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto page_may = [this] { return !pages_.empty() && busy_with_pages_ < kMostForPages; };
    wake_.wait(lock, [&] { return stopping_ || !hooks_.empty() || page_may(); });
    if (stopping_) return;
    const bool page = hooks_.empty();
    auto& queue = page ? pages_ : hooks_;
    const std::function<void()> work = std::move(queue.front());
    queue.pop_front();
    if (page) ++busy_with_pages_;
    lock.unlock();
    work();
    lock.lock();
    if (page) --busy_with_pages_;
    // A page may have had to wait for this one.
    if (page && page_may()) wake_.notify_one();
  }
}

}  // namespace towline::web
