#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "config/clock_time.h"
#include "config/repository.h"

namespace towline::config {
namespace {

TimePoint at(std::string_view time) { return parse_time(time).value(); }

/// "" when the window does not cover the time.
std::string until(const FreezeWindow& window, std::string_view time) {
  const auto end = frozen_until(window, at(time));
  if (!end) return end.error().message;
  return *end ? format_time(**end) : "";
}

FreezeWindow weekend_in_kolkata() { return {{6, 0}, std::nullopt, std::nullopt, "Asia/Kolkata", "weekend"}; }

FreezeWindow nights(std::string zone) {
  return {{}, std::chrono::hours(22), std::chrono::hours(6), std::move(zone), ""};
}

}  // namespace

TEST_CASE("a time of day is HH:MM in digits") {
  CHECK(parse_clock_time("00:00") == std::chrono::minutes(0));
  CHECK(parse_clock_time("09:05") == std::chrono::minutes(9 * 60 + 5));
  CHECK(parse_clock_time("23:59") == std::chrono::minutes(23 * 60 + 59));
  for (const char* text : {"24:00", "23:60", "9:05", "09.05", "009:5", "", "0/:00", "/9:00", ":0:00", "00:0/", "00:/9",
                           "00:0:", "0a:00", "-1:00", "+1:00"}) {
    INFO(text);
    CHECK_FALSE(parse_clock_time(text));
  }
}

TEST_CASE("whole days are frozen from local midnight to local midnight, one after the other") {
  // Saturday in Kolkata (UTC+5:30) begins on Friday at 18:30 UTC.
  CHECK(until(weekend_in_kolkata(), "2026-11-27T18:29:59Z") == "");
  CHECK(until(weekend_in_kolkata(), "2026-11-27T18:30:00Z") == "2026-11-29T18:30:00Z");
  CHECK(until(weekend_in_kolkata(), "2026-11-29T12:00:00Z") == "2026-11-29T18:30:00Z");
  CHECK(until(weekend_in_kolkata(), "2026-11-29T18:30:00Z") == "");
}

TEST_CASE("a window that ends before it starts ends the next day") {
  CHECK(until(nights("UTC"), "2026-11-24T21:59:59Z") == "");
  CHECK(until(nights("UTC"), "2026-11-24T22:00:00Z") == "2026-11-25T06:00:00Z");
  CHECK(until(nights("UTC"), "2026-11-25T05:59:59Z") == "2026-11-25T06:00:00Z");
  CHECK(until(nights("UTC"), "2026-11-25T06:00:00Z") == "");
}

TEST_CASE("the end follows the clocks when summer time ends") {
  // On 2026-10-25 Berlin goes from UTC+2 to UTC+1.
  CHECK(until(nights("Europe/Berlin"), "2026-10-24T21:00:00Z") == "2026-10-25T05:00:00Z");
}

TEST_CASE("days name the day a window starts on") {
  const FreezeWindow friday_night{{5}, std::chrono::hours(22), std::chrono::hours(6), "UTC", ""};
  CHECK(until(friday_night, "2026-11-28T05:00:00Z") == "2026-11-28T06:00:00Z");
  CHECK(until(friday_night, "2026-11-28T23:00:00Z") == "");
}

TEST_CASE("only 'from' lasts until midnight, only 'to' since midnight") {
  CHECK(until({{}, std::chrono::hours(18), std::nullopt, "UTC", ""}, "2026-11-24T20:00:00Z") == "2026-11-25T00:00:00Z");
  CHECK(until({{}, std::nullopt, std::chrono::hours(8), "UTC", ""}, "2026-11-24T07:00:00Z") == "2026-11-24T08:00:00Z");
}

TEST_CASE("an unknown time zone is told") {
  CHECK(until(nights("Mars/Olympus"), "2026-11-24T12:00:00Z") ==
        "the time zone 'Mars/Olympus' is not known here: use an IANA name such as Europe/Berlin, and see that the "
        "system's tzdata is installed");
}

TEST_CASE("the end of a freeze is later than now and not frozen itself") {
  CHECK(rc::check([] {
    FreezeWindow window;
    window.days = {*rc::gen::inRange(0U, 7U)};
    window.from = std::chrono::minutes(*rc::gen::inRange(0, 24 * 60));
    window.to = std::chrono::minutes(*rc::gen::inRange(0, 24 * 60));
    window.timezone = *rc::gen::element<std::string>("UTC", "Asia/Kolkata", "Europe/Berlin", "America/New_York");
    // Looks in half-hours through a week, so that some of the times are frozen.
    const TimePoint start = at("2026-11-24T12:00:00Z") + std::chrono::hours(24 * *rc::gen::inRange(0, 366));
    for (int step = 0; step < 7 * 48; ++step) {
      const TimePoint now = start + std::chrono::minutes(30 * step);
      const auto end = frozen_until(window, now);
      RC_ASSERT(end.has_value());
      if (!*end) continue;
      RC_ASSERT(**end > now);
      RC_ASSERT(!frozen_until(window, **end)->has_value());
    }
  }));
}

}  // namespace towline::config
