#pragma once

#include <span>
#include <string_view>

namespace towline::embedded {

/// A file compiled into the program; the path is relative to its folder.
struct File {
  std::string_view path;
  std::string_view text;
};

/// Everything under `templates/`, sorted by path.
std::span<const File> templates();
/// Everything under `config/sample/` (the sample infra repo), sorted by path.
std::span<const File> sample();

}  // namespace towline::embedded
