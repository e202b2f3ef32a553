#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace towline::decide {

/// "<!-- towline:bump digest=… -->" at the end of a bump's description: what the bot wrote there last, so that the
/// description is rewritten only when there is something new to say, and people may add to it meanwhile.
std::string bump_marker(std::string_view digest);
std::optional<std::string> find_bump_digest(std::string_view body);

}  // namespace towline::decide
