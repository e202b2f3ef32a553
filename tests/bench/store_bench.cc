// How fast deliveries become durable: 50 concurrent senders, first at 1,000 a second together, then as fast as
// they can. Beside it one sender alone, and one bare fdatasync, which is what a commit cannot be cheaper than.
// Usage: bench_store [seconds]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "store/store.h"

namespace {

using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;
using towline::store::Store;

struct Run {
  std::string name;
  int senders;
  int per_second;  ///< all senders together; 0: each sends again at once
};

/// The latencies in milliseconds of one sender. `pace` is its time between two deliveries.
std::vector<double> send(Store& store, const std::string& name, Steady::duration pace, Steady::time_point until) {
  std::vector<double> latencies;
  Steady::time_point next = Steady::now();
  for (std::size_t number = 0; next < until; ++number) {
    std::this_thread::sleep_until(next);
    const Steady::time_point start = pace.count() > 0 ? next : Steady::now();
    const towline::store::Intake intake{
        "forge/gitea",
        name + std::to_string(number),
        towline::TimePoint(std::chrono::milliseconds(static_cast<std::int64_t>(number))),
        {"pull:gitea/acme/infra#" + std::to_string(number % 40)},
        {},
        {},
        {}};
    if (!store.take_in(intake)) std::abort();
    latencies.push_back(Milliseconds(Steady::now() - start).count());
    next = pace.count() > 0 ? next + pace : Steady::now();
  }
  return latencies;
}

void measure(const Run& run, int seconds) {
  const auto directory = towline::TemporaryDirectory::create("towline-bench").value();
  const auto store = towline::store::open_sqlite(directory.path() / "towline.db").value();
  const auto pace = run.per_second == 0 ? Steady::duration::zero()
                                        : Steady::duration(std::chrono::seconds(run.senders)) / run.per_second;
  const auto until = Steady::now() + std::chrono::seconds(seconds);
  std::vector<std::vector<double>> results(static_cast<std::size_t>(run.senders));
  std::vector<std::thread> threads;
  for (std::size_t sender = 0; sender < results.size(); ++sender) {
    threads.emplace_back([&, sender] { results[sender] = send(*store, std::to_string(sender) + "-", pace, until); });
  }
  std::vector<double> all;
  for (std::size_t sender = 0; sender < results.size(); ++sender) {
    threads[sender].join();
    all.insert(all.end(), results[sender].begin(), results[sender].end());
  }
  std::sort(all.begin(), all.end());
  std::printf("%-34s %8.0f/s   median %7.3f ms   p99 %7.3f ms\n", run.name.c_str(),
              static_cast<double>(all.size()) / seconds, all[all.size() / 2], all[all.size() * 99 / 100]);
}

void measure_sync() {
  const auto directory = towline::TemporaryDirectory::create("towline-bench").value();
  const int file = open((directory.path() / "file").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  const std::string page(4096, 'x');
  std::vector<double> all;
  for (int number = 0; number < 200; ++number) {
    const auto start = Steady::now();
    if (pwrite(file, page.data(), page.size(), number * 4096L) != 4096 || fdatasync(file) != 0) std::abort();
    all.push_back(Milliseconds(Steady::now() - start).count());
  }
  close(file);
  std::sort(all.begin(), all.end());
  std::printf("%-34s              median %7.3f ms   p99 %7.3f ms\n", "one page and fdatasync", all[100], all[198]);
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 5;
  measure_sync();
  for (const Run& run : {Run{"1 sender, one after the other", 1, 0}, Run{"50 senders, 1,000 a second", 50, 1000},
                         Run{"50 senders, as fast as they can", 50, 0}}) {
    measure(run, seconds);
  }
}
