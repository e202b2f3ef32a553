#include "promote/markers.h"

#include <charconv>

#include "promote/decide.h"

namespace towline::promote {
namespace {

constexpr std::string_view kReport = "<!-- towline:report digest=";
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

}  // namespace

std::string report_marker(std::string_view digest) { return marker(kReport, digest); }
std::string reply_marker(std::int64_t to) { return marker(kReply, std::to_string(to)); }
std::string bump_marker(std::string_view digest) { return marker(kBump, digest); }

std::optional<std::string> find_report_digest(std::string_view body) { return find_last(body, kReport, kHexDigits); }
std::optional<std::string> find_bump_digest(std::string_view body) { return find_last(body, kBump, kHexDigits); }

std::optional<std::int64_t> find_reply_target(std::string_view body) {
  const auto digits = find_last(body, kReply, "0123456789");
  if (!digits) return std::nullopt;
  std::int64_t target = 0;
  const auto [end, problem] = std::from_chars(digits->data(), digits->data() + digits->size(), target);
  return problem == std::errc() ? std::optional(target) : std::nullopt;
}

}  // namespace towline::promote
