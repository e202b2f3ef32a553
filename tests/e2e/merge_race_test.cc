// Two pull requests that become ready at the same time.
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

/// Holds the first merge back until another pass wants to merge too, whether it waits for its turn or not.
class Meeting {
 public:
  void arrange() {
    const std::lock_guard lock(mutex_);
    arranged_ = true;
  }

  void at(std::string_view point) {
    if (point != "merging" && point != "merge-waits") return;
    std::unique_lock lock(mutex_);
    if (!arranged_) return;
    ++arrived_;
    waited_ = waited_ || point == "merge-waits";
    changed_.notify_all();
    if (arrived_ > 1 || point != "merging") return;
    met_ = changed_.wait_for(lock, std::chrono::minutes(2), [&] { return arrived_ > 1; });
    arranged_ = false;
  }

  bool met() const { return met_; }
  /// The other one waited for its turn instead of merging.
  bool waited() const { return waited_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool arranged_ = false;
  int arrived_ = 0;
  bool met_ = false;
  bool waited_ = false;
};

}  // namespace

TEST_CASE("two pull requests that are ready at once are merged one after the other, each on the base it was seen on") {
  // Given two updates of prod that wait for an approval
  Meeting meeting;
  World world(sample_files(), [&](std::string_view point) { meeting.at(point); });
  const Town& town = world.town();
  world.push_image("ghcr.io/acme/pay", "1.5.0");
  world.push_image("ghcr.io/acme/ledger", "2.1.0");
  world.settle();
  const auto pay = town.pull_on("towline/prod/pay");
  const auto ledger = town.pull_on("towline/prod/ledger");
  REQUIRE((pay.open && ledger.open));

  // When both are approved, and two workers have them in hand
  meeting.arrange();
  town.say(pay.number, "alice", "/approve");
  town.say(ledger.number, "alice", "/approve");
  town.sandbox->flush_webhooks();
  std::atomic<bool> drained{true};
  const auto work = [&] {
    if (!world.engine().drain()) drained = false;
  };
  std::thread one(work);
  std::thread other(work);
  one.join();
  other.join();
  REQUIRE(drained);
  REQUIRE(meeting.met());
  world.settle();

  // Then both are merged, and each is what was evaluated
  CHECK(meeting.waited());
  CHECK(town.pull_on("towline/prod/pay").merged);
  CHECK(town.pull_on("towline/prod/ledger").merged);
  const auto records = world.store().audit(std::nullopt, std::nullopt).value();
  std::size_t checked = 0;
  for (const store::AuditRecord& record : records) {
    if (record.action != "check-merge") continue;
    ++checked;
    CHECK(record.why == "the merged tree is the one that was evaluated");
  }
  CHECK(checked == 4);
}
