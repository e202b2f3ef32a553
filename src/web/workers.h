#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace towline::web {

/// Threads that answer requests. Some are for hooks alone, so that slow pages never keep a webhook waiting.
class Workers {
 public:
  Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Finishes what is under way; what waits is dropped.
  ~Workers();

  enum class For { hook, page };
  void run(For what, std::function<void()> work);

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> hooks_;
  std::deque<std::function<void()>> pages_;
  std::size_t busy_with_pages_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace towline::web
