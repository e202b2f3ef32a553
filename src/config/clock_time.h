#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace towline::config {

/// "18:00" as time since midnight; nullopt when it is not HH:MM from 00:00 to 23:59.
std::optional<Duration> parse_clock_time(std::string_view text);

}  // namespace towline::config
