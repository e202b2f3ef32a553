#pragma once

#include <filesystem>

#include "base/result.h"

namespace towline::git {

/// Gives a bare repository that Towline made its own `config`, and removes what could make git run a program or read
/// another directory: hooks, alternates, attributes, nested repositories. What differs from how Towline leaves it is
/// logged as a warning. Cheap when nothing differs; called before every run of git on a mirror.
/// Errors: internal or forbidden (it cannot be repaired, so git must not run there).
Result<void> secure_mirror(const std::filesystem::path& repository);

/// The same for a repository that was just made, of which nothing is worth a warning.
Result<void> settle_new_mirror(const std::filesystem::path& repository);

}  // namespace towline::git
