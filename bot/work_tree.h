#pragma once

#include <filesystem>

#include "base/result.h"

namespace towline::bot {

/// Where a write to the path ends up: the path with its links followed; what does not exist yet stays as written.
/// Error invalid: the path as written is in a git work tree, and links in it lead out of that tree. Whoever wrote the
/// tree chose them, not the person who runs Towline.
Result<std::filesystem::path> write_target(const std::filesystem::path& path);

}  // namespace towline::bot
