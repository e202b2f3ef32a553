// Debian's libdate-tz is built like this; the header must be read the same way. It then uses the system's tzdata
// and never downloads anything.
#define USE_OS_TZDB 1
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>

#include <algorithm>
#include <exception>

#include "config/clock_time.h"
#include "config/repository.h"

namespace towline::config {
namespace {

using LocalTime = date::local_time<Duration>;

constexpr Duration kDay = std::chrono::hours(24);
// A freeze that never ends (every day, the whole day) is told to end after this long, and then looked at again.
constexpr int kMostDays = 14;

bool starts_on(const FreezeWindow& window, date::local_days day) {
  const unsigned weekday = date::weekday(day).c_encoding();
  return window.days.empty() || std::find(window.days.begin(), window.days.end(), weekday) != window.days.end();
}

/// When the window that starts on `day` ends, if it does start there and covers `at`.
std::optional<LocalTime> end_of(const FreezeWindow& window, date::local_days day, LocalTime at) {
  if (!starts_on(window, day)) return std::nullopt;
  const Duration from = window.from.value_or(Duration(0));
  Duration to = window.to.value_or(kDay);
  if (to <= from) to += kDay;
  const LocalTime midnight = day;
  if (at < midnight + from || at >= midnight + to) return std::nullopt;
  return midnight + to;
}

/// The end of the windows that cover `at` one after the other without a gap.
std::optional<LocalTime> end_of_run(const FreezeWindow& window, LocalTime at) {
  std::optional<LocalTime> end;
  for (int step = 0; step < kMostDays; ++step) {
    const LocalTime look = end.value_or(at);
    const auto today = date::floor<date::days>(look);
    auto next = end_of(window, today, look);
    if (!next) next = end_of(window, today - date::days(1), look);
    if (!next) break;
    end = next;
  }
  return end;
}

}  // namespace

std::optional<Duration> parse_clock_time(std::string_view text) {
  const auto digit = [&](std::size_t index) {
    return text[index] >= '0' && text[index] <= '9' ? text[index] - '0' : 99;
  };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  if (hour > 23 || minute > 59) return std::nullopt;
  return std::chrono::hours(hour) + std::chrono::minutes(minute);
}

Result<std::optional<TimePoint>> frozen_until(const FreezeWindow& window, TimePoint now) {
  // UTC needs no database, so that it works where none is installed.
  if (window.timezone == "UTC") {
    const auto end = end_of_run(window, LocalTime(now.time_since_epoch()));
    return end ? std::optional(TimePoint(end->time_since_epoch())) : std::nullopt;
  }
  try {
    const date::time_zone* zone = date::locate_zone(window.timezone);
    const auto end = end_of_run(window, zone->to_local(now));
    if (!end) return std::optional<TimePoint>();
    return std::optional(TimePoint(zone->to_sys(*end, date::choose::earliest)));
  } catch (const std::exception&) {
    return fail(ErrorKind::invalid, "the time zone '" + window.timezone +
                                        "' is not known here: use an IANA name such as Europe/Berlin, and see that "
                                        "the system's tzdata is installed");
  }
}

}  // namespace towline::config
