#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace towline::image {

/// No image was built before containers had images (2013), nor a century after: what says otherwise is no build time.
/// Reproducible builds write 1970-01-01 or 0001-01-01, and a run's number looks like a date.
bool is_build_time(TimePoint time);

/// The first timestamp in a tag, read as UTC: 20261123T235959Z, 20261123235959, 202611232359, 2026-11-23,
/// 2026.11.23-23-59-59, 20261123, seconds (10 digits) and milliseconds (13) since 1970. Digits that are part of a
/// longer number are none. nullopt when there is none that is_build_time().
std::optional<TimePoint> time_in_tag(std::string_view text);

}  // namespace towline::image
