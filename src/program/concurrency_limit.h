#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace towline {

/// A counting semaphore: at most that many hold a Turn at a time.
class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(std::size_t most) : free_(most) {}

  class Turn {
   public:
    explicit Turn(ConcurrencyLimit& limit) : limit_(limit) {
      std::unique_lock lock(limit_.mutex_);
      limit_.freed_.wait(lock, [&] { return limit_.free_ > 0; });
      --limit_.free_;
    }
    ~Turn() {
      {
        const std::lock_guard lock(limit_.mutex_);
        ++limit_.free_;
      }
      limit_.freed_.notify_one();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    ConcurrencyLimit& limit_;
  };

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::size_t free_;
};

}  // namespace towline
