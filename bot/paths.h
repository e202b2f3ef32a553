#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace towline::bot {

/// A YAML or JSON file of a working directory.
struct LocalFile {
  std::filesystem::path disk;  ///< where to read and write it
  std::string shown;           ///< as people named it: the argument, then the path below it
};

/// The manifest files that the arguments name: files as they are, directories with all below them (no `.git`,
/// no symlinks), sorted. Error not_found: an argument that does not exist.
Result<std::vector<LocalFile>> manifest_files(const std::vector<std::string>& arguments);

}  // namespace towline::bot
