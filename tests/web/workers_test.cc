#include "web/workers.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <memory>
#include <vector>

namespace towline::web {

namespace {

constexpr std::chrono::seconds kPatience{20};

}  // namespace

TEST_CASE("pages that take long leave workers for hooks, and are served once there is room") {
  Workers workers;
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  std::vector<std::future<void>> pages;
  for (int number = 0; number < 100; ++number) {
    auto done = std::make_shared<std::promise<void>>();
    pages.push_back(done->get_future());
    workers.run(Workers::For::page, [done, released] {
      released.wait();
      done->set_value();
    });
  }
  for (int number = 0; number < 100; ++number) {
    auto done = std::make_shared<std::promise<void>>();
    const std::future<void> hook = done->get_future();
    workers.run(Workers::For::hook, [done] { done->set_value(); });
    REQUIRE(hook.wait_for(kPatience) == std::future_status::ready);
  }
  release.set_value();
  for (const auto& page : pages) CHECK(page.wait_for(kPatience) == std::future_status::ready);
}

TEST_CASE("work that waits when the workers end is dropped") {
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  auto workers = std::make_unique<Workers>();
  for (int number = 0; number < 100; ++number) workers->run(Workers::For::page, [released] { released.wait(); });
  std::future<void> ended = std::async(std::launch::async, [&] { workers.reset(); });
  release.set_value();
  CHECK(ended.wait_for(kPatience) == std::future_status::ready);
}

}  // namespace towline::web
