#include "decide/markers.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "decide/decide.h"
#include "decide/seal.h"

namespace towline::decide {
namespace {

constexpr std::string_view kReport = "<!-- towline:report ";
constexpr std::string_view kReply = "<!-- towline:reply to=";
constexpr std::string_view kBump = "<!-- towline:bump digest=";
constexpr std::string_view kEnd = " -->";
constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string marker(std::string_view start, std::string_view value) {
  return std::string(start) + std::string(value) + std::string(kEnd);
}

/// The last one counts: the bot writes its marker behind everything else.
std::optional<std::string> find_last(std::string_view body, std::string_view start, std::string_view alphabet) {
  const std::size_t at = body.rfind(start);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = body.substr(at + start.size());
  const std::size_t length = rest.find(kEnd);
  if (length == std::string_view::npos || length == 0) return std::nullopt;
  const std::string_view value = rest.substr(0, length);
  if (value.find_first_not_of(alphabet) != std::string_view::npos) return std::nullopt;
  return std::string(value);
}

/// The same where nothing stands behind the marker: what somebody wrote and the bot quotes is none.
std::optional<std::string> find_at_end(std::string_view body, std::string_view start, std::string_view alphabet) {
  body = trim(without_seal(body));
  const auto found = find_last(body, start, alphabet);
  return found && body.ends_with(marker(start, *found)) ? found : std::nullopt;
}

std::optional<std::int64_t> number_in(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return problem == std::errc() ? std::optional(number) : std::nullopt;
}

}  // namespace

std::string report_marker(const ReportMark& mark) {
  std::string words = mark.part == 1 ? "" : "part=" + std::to_string(mark.part) + " ";
  words += "digest=" + mark.digest;
  if (!mark.others.empty()) words += " others=" + join(mark.others, ",");
  return marker(kReport, words);
}
std::string reply_marker(std::int64_t to) { return marker(kReply, std::to_string(to)); }
std::string bump_marker(std::string_view digest) { return marker(kBump, digest); }

std::optional<ReportMark> find_report_mark(std::string_view body) {
  const auto words = find_at_end(body, kReport, "0123456789abcdefghijklmnopqrstuvwxyz=, ");
  if (!words) return std::nullopt;
  ReportMark mark;
  for (const std::string_view word : split(*words, ' ')) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string_view name = word.substr(0, equals);
    const std::string_view value = word.substr(std::min(equals + 1, word.size()));
    if (name == "digest") mark.digest = value;
    if (name == "part") mark.part = static_cast<std::size_t>(number_in(value).value_or(0));
    if (name != "others") continue;
    for (const std::string_view digest : split(value, ',')) mark.others.emplace_back(digest);
  }
  if (mark.digest.empty() || mark.digest.find_first_not_of(kHexDigits) != std::string::npos) return std::nullopt;
  if (mark.part == 0) return std::nullopt;
  return mark;
}
std::optional<std::string> find_bump_digest(std::string_view body) { return find_last(body, kBump, kHexDigits); }

std::optional<std::int64_t> find_reply_target(std::string_view body) {
  const auto digits = find_at_end(body, kReply, "0123456789");
  return digits ? number_in(*digits) : std::nullopt;
}

}  // namespace towline::decide
