#include "base/clock.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace towline {
namespace {

using std::chrono::milliseconds;

struct TimeCase {
  std::string text;
  std::string in_utc;
};

TEST_CASE("times are read with any offset and written in UTC") {
  const auto c = GENERATE(values<TimeCase>({
      {"2026-11-24T15:00:00Z", "2026-11-24T15:00:00Z"},
      {"2026-11-24T20:30:00+05:30", "2026-11-24T15:00:00Z"},
      {"2026-11-23T23:00:00-02:00", "2026-11-24T01:00:00Z"},
      {"2026-11-24t15:00:00.5z", "2026-11-24T15:00:00.500Z"},
      {"2026-11-24T15:00:00.123456789Z", "2026-11-24T15:00:00.123Z"},
      {"2026-11-24 15:00", "2026-11-24T15:00:00Z"},
      {"2026-11-24", "2026-11-24T00:00:00Z"},
      {"2024-02-29", "2024-02-29T00:00:00Z"},
      {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
  }));
  CAPTURE(c.text);
  const auto time = parse_time(c.text);
  REQUIRE(time);
  CHECK(format_time(*time) == c.in_utc);
}

TEST_CASE("what is no time is refused") {
  const auto* const text = GENERATE("", "yesterday", "2026-13-01", "2026-02-29", "2026-11-24T25:00:00Z",
                                    "2026-11-24T15", "2026-11-24T15:60", "2026-11-24T15:00:00.Z",
                                    "2026-11-24T15:00:00+25:00", "2026-11-24T15:00:00Zulu", "26-11-24", "2026-11-24T");
  CAPTURE(text);
  CHECK_FALSE(parse_time(text));
}

TEST_CASE("the error for a time shows how to write one") {
  CHECK(parse_time("noon").error().message ==
        "'noon' is not a time; write 2026-11-24T15:00:00Z, 2026-11-24T20:30:00+05:30, \"2026-11-24 15:00\" (UTC) or "
        "2026-11-24");
}

TEST_CASE("a time that was written is read back the same") {
  CHECK(rc::check([] {
    const auto count = *rc::gen::inRange<std::int64_t>(-62'135'596'800'000, 253'402'300'799'999);
    const TimePoint time{milliseconds{count}};
    RC_ASSERT(parse_time(format_time(time)) == time);
  }));
}

struct DurationCase {
  std::string text;
  std::int64_t in_milliseconds;
};

TEST_CASE("durations are numbers with units, the largest first") {
  const auto c = GENERATE(values<DurationCase>({{"30m", 1'800'000},
                                                {"1h30m", 5'400'000},
                                                {"45s", 45'000},
                                                {"2d", 172'800'000},
                                                {"500ms", 500},
                                                {"0s", 0},
                                                {"1d2h3m4s5ms", 93'784'005}}));
  CAPTURE(c.text);
  const auto duration = parse_duration(c.text);
  REQUIRE(duration);
  CHECK(duration->count() == c.in_milliseconds);
}

TEST_CASE("what is no duration is refused") {
  const auto* const text =
      GENERATE("", "30", "m", "1x", "-5m", "1m1h", "1m1m", "1.5h", "1h 30m", "9999999999999999s", "999999999999999d");
  CAPTURE(text);
  CHECK_FALSE(parse_duration(text));
}

TEST_CASE("the error for a duration shows how to write one") {
  CHECK(parse_duration("soon").error().message == "'soon' is not a duration; write 30m, 1h30m, 45s, 2d or 500ms");
}

struct FormatCase {
  std::int64_t in_milliseconds;
  std::string text;
};

TEST_CASE("durations are shown by their two largest units") {
  const auto c = GENERATE(values<FormatCase>({{0, "0s"},
                                              {45'000, "45s"},
                                              {5'400'000, "1h 30m"},
                                              {5'459'999, "1h 30m"},
                                              {3'603'000, "1h"},
                                              {90'061'000, "1d 1h"},
                                              {250, "250ms"},
                                              {1'250, "1s 250ms"},
                                              {-60'000, "-1m"}}));
  CHECK(format_duration(milliseconds{c.in_milliseconds}) == c.text);
}

TEST_CASE("a manual clock moves only when told to") {
  ManualClock clock(*parse_time("2026-11-24"));
  CHECK(format_time(clock.now()) == "2026-11-24T00:00:00Z");
  clock.advance(std::chrono::minutes{90});
  CHECK(format_time(clock.now()) == "2026-11-24T01:30:00Z");
}

}  // namespace
}  // namespace towline
