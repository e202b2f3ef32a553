#include "base/clock.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>

#include "base/text.h"

namespace towline {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes tokens off the front of a text; once one is missing, everything after fails too.
class Scanner {
 public:
  explicit Scanner(std::string_view rest) : rest_(rest) {}

  int digits(std::size_t count) {
    if (rest_.size() < count ||
        !std::all_of(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count), is_digit)) {
      ok_ = false;
      return 0;
    }
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + (rest_[i] - '0');
    rest_.remove_prefix(count);
    return value;
  }

  void expect(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_[0]) == std::string_view::npos) {
      ok_ = false;
      return;
    }
    rest_.remove_prefix(1);
  }

  /// ".123456789" -> 123 (the rest is below our resolution); 0 when there is no fraction.
  int fraction_milliseconds() {
    if (!rest_.starts_with('.')) return 0;
    rest_.remove_prefix(1);
    std::size_t count = 0;
    int value = 0;
    while (count < rest_.size() && is_digit(rest_[count])) {
      if (count < 3) value = value * 10 + (rest_[count] - '0');
      ++count;
    }
    if (count == 0 || count > 9) ok_ = false;
    for (std::size_t i = count; i < 3; ++i) value *= 10;
    rest_.remove_prefix(count);
    return value;
  }

  char peek() const { return rest_.empty() ? '\0' : rest_[0]; }
  bool at_end() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<minutes> scan_offset(Scanner& scanner) {
  const char first = scanner.peek();
  if (first == 'Z' || first == 'z') {
    scanner.expect("Zz");
    return minutes{0};
  }
  if (first != '+' && first != '-') return std::nullopt;
  scanner.expect("+-");
  const int offset_hours = scanner.digits(2);
  scanner.expect(":");
  const int offset_minutes = scanner.digits(2);
  if (!scanner.ok() || offset_hours > 23 || offset_minutes > 59) return std::nullopt;
  const minutes offset = hours{offset_hours} + minutes{offset_minutes};
  return first == '-' ? -offset : offset;
}

std::optional<TimePoint> scan_time(std::string_view text) {
  Scanner scanner(text);
  const std::chrono::year year{scanner.digits(4)};
  scanner.expect("-");
  const std::chrono::month month{static_cast<unsigned>(scanner.digits(2))};
  scanner.expect("-");
  const std::chrono::day day{static_cast<unsigned>(scanner.digits(2))};
  const std::chrono::year_month_day date{year, month, day};
  if (!scanner.ok() || !date.ok()) return std::nullopt;
  const TimePoint midnight{std::chrono::sys_days{date}};
  if (scanner.at_end()) return midnight;

  scanner.expect("Tt ");
  const int hour = scanner.digits(2);
  scanner.expect(":");
  const int minute = scanner.digits(2);
  int second = 0;
  int millisecond = 0;
  const bool has_seconds = scanner.peek() == ':';
  if (has_seconds) {
    scanner.expect(":");
    second = scanner.digits(2);
    millisecond = scanner.fraction_milliseconds();
  }
  if (!scanner.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const TimePoint local = midnight + hours{hour} + minutes{minute} + seconds{second} + milliseconds{millisecond};
  if (scanner.at_end()) return local;
  const auto offset = scan_offset(scanner);
  if (!offset || !scanner.at_end()) return std::nullopt;
  return local - *offset;
}

struct Unit {
  std::string_view name;
  Duration length;
};
constexpr std::array<Unit, 5> kUnits = {
    {{"d", days{1}}, {"h", hours{1}}, {"m", minutes{1}}, {"s", seconds{1}}, {"ms", milliseconds{1}}}};

std::optional<Duration> scan_duration(std::string_view text) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 4;
  Duration total{0};
  std::size_t next_unit = 0;  // units come from the largest to the smallest, each at most once
  while (!text.empty()) {
    const auto digits = std::find_if_not(text.begin(), text.end(), is_digit) - text.begin();
    if (digits == 0 || digits > 15) return std::nullopt;
    std::int64_t count = 0;
    for (const char c : text.substr(0, static_cast<std::size_t>(digits))) count = count * 10 + (c - '0');
    text.remove_prefix(static_cast<std::size_t>(digits));
    const std::string_view name = text.substr(0, std::min(text.size(), text.find_first_of("0123456789")));
    const auto* const unit =
        std::find_if(kUnits.begin() + next_unit, kUnits.end(), [&](const Unit& u) { return u.name == name; });
    if (unit == kUnits.end() || count > kMost / unit->length.count()) return std::nullopt;
    total += count * unit->length;
    if (total.count() > kMost) return std::nullopt;
    next_unit = static_cast<std::size_t>(unit - kUnits.begin()) + 1;
    text.remove_prefix(name.size());
  }
  return total;
}

}  // namespace

TimePoint SystemClock::now() const {
  return std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now());
}

TimePoint ManualClock::now() const { return TimePoint{Duration{milliseconds_.load()}}; }
void ManualClock::advance(Duration by) { milliseconds_.fetch_add(by.count()); }

std::string format_time(TimePoint time) {
  const auto midnight = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{time - midnight};
  std::array<char, 48> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                                 static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  std::string formatted(text.data(), static_cast<std::size_t>(size));
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    const std::string digits = std::to_string(1000 + fraction);
    formatted += "." + digits.substr(1);
  }
  return formatted + "Z";
}

Result<TimePoint> parse_time(std::string_view text) {
  if (const auto time = scan_time(trim(text))) return *time;
  return fail(ErrorKind::invalid, "'" + printable_utf8(ellipsize(text, 60)) +
                                      "' is not a time; write 2026-11-24T15:00:00Z, 2026-11-24T20:30:00+05:30, "
                                      "\"2026-11-24 15:00\" (UTC) or 2026-11-24");
}

Result<Duration> parse_duration(std::string_view text) {
  const std::string_view trimmed = trim(text);
  if (!trimmed.empty()) {
    if (const auto duration = scan_duration(trimmed)) return *duration;
  }
  return fail(ErrorKind::invalid,
              "'" + printable_utf8(ellipsize(text, 60)) + "' is not a duration; write 30m, 1h30m, 45s, 2d or 500ms");
}

std::string format_duration(Duration duration) {
  std::string text = duration.count() < 0 ? "-" : "";
  Duration rest = std::chrono::abs(duration);
  int shown = 0;
  for (const Unit& unit : kUnits) {
    const auto count = rest / unit.length;
    if (count > 0 && shown < 2) {
      if (shown > 0) text += " ";
      text += std::to_string(count).append(unit.name);
      rest -= count * unit.length;
    }
    // The two units shown are neighbours: "1h", not "1h 3s".
    if (count > 0 || shown > 0) ++shown;
  }
  return shown == 0 ? "0s" : text;
}

}  // namespace towline
