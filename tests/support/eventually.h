#pragma once

#include <chrono>
#include <thread>

namespace towline::test {

/// Asks until the condition holds; false when it still does not at the deadline. For what happens in another
/// thread or process, where there is nothing to wait on.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds deadline = std::chrono::seconds{20}) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  return true;
}

}  // namespace towline::test
