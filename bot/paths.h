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
/// no symlinks), sorted, each once. Error invalid: an argument that does not exist.
Result<std::vector<LocalFile>> manifest_files(const std::vector<std::string>& arguments);

/// The file's text; of a pipe ("<(kustomize build .)" in a shell) all that is written to it.
Result<std::string> read_local(const LocalFile& file);

}  // namespace towline::bot
