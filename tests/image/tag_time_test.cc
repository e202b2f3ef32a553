#include <string>
#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "image/tag_time.h"

using namespace towline;
using namespace towline::image;

namespace {

std::string found(std::string_view tag) {
  const auto time = time_in_tag(tag);
  return time ? format_time(*time) : "none";
}

}  // namespace

TEST_CASE("the timestamps that tags carry are found") {
  struct Case {
    std::string tag;
    std::string time;
  };
  const std::vector<Case> cases = {
      {"20261123T235959Z", "2026-11-23T23:59:59Z"},
      {"20261123t235959z", "2026-11-23T23:59:59Z"},
      {"20261123235959", "2026-11-23T23:59:59Z"},
      {"202611232359", "2026-11-23T23:59:00Z"},
      {"20261123-235959", "2026-11-23T23:59:59Z"},
      {"20261123_2359", "2026-11-23T23:59:00Z"},
      {"2026-11-23", "2026-11-23T00:00:00Z"},
      {"2026.11.23", "2026-11-23T00:00:00Z"},
      {"20261123", "2026-11-23T00:00:00Z"},
      {"RELEASE.2026-11-23T23-59-59Z", "2026-11-23T23:59:59Z"},
      {"v2026.11.23-2", "2026-11-23T00:00:00Z"},
      {"main-20261123235959-a1b2c3d", "2026-11-23T23:59:59Z"},
      {"main-a1b2c3d-1763942399", "2025-11-23T23:59:59Z"},
      {"1763942399", "2025-11-23T23:59:59Z"},
      {"1763942399123", "2025-11-23T23:59:59.123Z"},
      {"20261123-a1b2c3d", "2026-11-23T00:00:00Z"},
      {"20261123-1234567", "2026-11-23T00:00:00Z"},
      {"20240229", "2024-02-29T00:00:00Z"},
      // The first that is one.
      {"99999999-20261123", "2026-11-23T00:00:00Z"},
      {"20261301-20261123", "2026-11-23T00:00:00Z"},
  };
  for (const Case& example : cases) {
    INFO(example.tag);
    CHECK(found(example.tag) == example.time);
  }
}

TEST_CASE("numbers that are no time of an image are not taken for one") {
  for (const char* tag : {"", "latest", "1.2.3", "123", "12345678", "20230229", "20261323", "20261123246060",
                          "0000000001", "19700101", "20121231", "21130101", "a20261123b", "120261123", "202611231",
                          "99999999999999999", "9999999999999", "1.20261"}) {
    INFO(tag);
    CHECK(found(tag) == "none");
  }
}

TEST_CASE("an image is built in an age that has images") {
  CHECK(is_build_time(*parse_time("2013-01-01")));
  CHECK(is_build_time(*parse_time("2026-11-23")));
  CHECK_FALSE(is_build_time(*parse_time("2012-12-31")));
  CHECK_FALSE(is_build_time(*parse_time("1970-01-01")));
  CHECK_FALSE(is_build_time(*parse_time("2113-01-01")));
}

TEST_CASE("every second since there are images is found in seconds, milliseconds and as a date") {
  CHECK(rc::check([] {
    const auto seconds = *rc::gen::inRange<std::int64_t>(1356998400, 4070908800);
    const TimePoint time{std::chrono::seconds(seconds)};
    std::string compact = format_time(time);
    std::erase_if(compact, [](char c) { return c == '-' || c == ':'; });

    RC_ASSERT(time_in_tag("x-" + std::to_string(seconds)) == time);
    RC_ASSERT(time_in_tag(std::to_string(seconds) + "000-x") == time);
    RC_ASSERT(time_in_tag(compact) == time);
  }));
}
