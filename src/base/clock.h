#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace towline {

/// Wall-clock time in UTC, milliseconds.
using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;
using Duration = std::chrono::milliseconds;

/// Where the time comes from; a parameter everywhere, so that tests can say what time it is.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
};

/// Stands still until told to move. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start) : milliseconds_(start.time_since_epoch().count()) {}
  TimePoint now() const override;
  void advance(Duration by);

 private:
  std::atomic<Duration::rep> milliseconds_;
};

/// "2026-11-24T15:00:00Z" (RFC 3339, UTC; milliseconds only when they are not zero).
std::string format_time(TimePoint time);
/// RFC 3339 with any offset, or "2026-11-24 15:00" / "2026-11-24" read as UTC. Error: invalid.
Result<TimePoint> parse_time(std::string_view text);
/// "30m", "1h30m", "45s", "2d", "500ms". Error: invalid.
Result<Duration> parse_duration(std::string_view text);
/// "1h 30m", "45s"; the two largest units.
std::string format_duration(Duration duration);

}  // namespace towline
