#include "image/tag_time.h"

#include <array>
#include <string>

#include <re2/re2.h>

namespace towline::image {

namespace {

constexpr TimePoint kFirst{std::chrono::sys_days{std::chrono::year{2013} / 1 / 1}};
constexpr TimePoint kEnd{std::chrono::sys_days{std::chrono::year{2113} / 1 / 1}};

enum Group : std::size_t { kYear = 1, kMonth, kDay, kHour, kMinute, kSecond, kMilliseconds, kSeconds, kGroups };
using Groups = std::array<re2::StringPiece, kGroups>;

/// RE2 takes the first alternative that matches at a place, and of each the longest way to read it.
const RE2& timestamp() {
  static const RE2 kTimestamp(R"((?:^|[^0-9])(?:)"
                              R"(([0-9]{4})[._-]?([0-9]{2})[._-]?([0-9]{2}))"
                              R"((?:[Tt._-]?([0-9]{2})[._-]?([0-9]{2})(?:[._-]?([0-9]{2}))?[Zz]?)?)"
                              R"(|([0-9]{13})|([0-9]{10})))"
                              R"((?:[^0-9A-Za-z]|$))");
  return kTimestamp;
}

/// At most 13 digits; 0 for a group that did not take part.
std::int64_t number(const re2::StringPiece& digits) {
  std::int64_t value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

std::optional<TimePoint> time_of(const Groups& groups) {
  if (!groups[kMilliseconds].empty()) return TimePoint(std::chrono::milliseconds(number(groups[kMilliseconds])));
  if (!groups[kSeconds].empty()) return TimePoint(std::chrono::seconds(number(groups[kSeconds])));
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(groups[kYear]))),
                                        std::chrono::month(static_cast<unsigned>(number(groups[kMonth]))),
                                        std::chrono::day(static_cast<unsigned>(number(groups[kDay])))};
  const std::int64_t hour = number(groups[kHour]);
  const std::int64_t minute = number(groups[kMinute]);
  const std::int64_t second = number(groups[kSecond]);
  // 60 is a leap second.
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return TimePoint(std::chrono::sys_days(day)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace

bool is_build_time(TimePoint time) { return time >= kFirst && time < kEnd; }

std::optional<TimePoint> time_in_tag(std::string_view text) {
  const re2::StringPiece piece(text.data(), text.size());
  std::array<re2::StringPiece, kGroups> groups;
  std::size_t from = 0;
  while (timestamp().Match(piece, from, piece.size(), RE2::UNANCHORED, groups.data(), kGroups)) {
    const auto time = time_of(groups);
    if (time && is_build_time(*time)) return time;
    from = static_cast<std::size_t>(groups[0].data() - piece.data()) + 1;
  }
  return std::nullopt;
}

}  // namespace towline::image
