#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"

namespace towline::cli {

/// What a user of the program sees.
struct Ran {
  int exit_code = -1;
  std::string out;
  std::string err;
};

using Variables = std::vector<std::pair<std::string, std::string>>;

inline constexpr int kDone = 0;
inline constexpr int kAnswerIsNo = 1;
inline constexpr int kWrongUse = 2;
inline constexpr int kSomethingBroke = 3;

/// Runs the program that was built with these tests, in this directory, with a small environment.
Ran towline(const std::vector<std::string>& arguments, const std::filesystem::path& directory = {},
            const Variables& variables = {});
/// Runs `script` in a shell where $TOWLINE is the program: for redirections and terminals.
Ran shell(const std::string& script, const std::filesystem::path& directory = {}, const Variables& variables = {});

struct File {
  std::string path;
  std::string text;
};

/// A temporary directory with files.
class Place {
 public:
  Place() = default;
  explicit Place(std::initializer_list<File> files) {
    for (const File& file : files) put(file.path, file.text);
  }
  const std::filesystem::path& path() const { return directory_.path(); }
  /// Makes the directories on the way.
  void put(const std::string& path, const std::string& text) const;
  std::string read(const std::string& path) const;

 private:
  TemporaryDirectory directory_ = *TemporaryDirectory::create("towline-cli");
};

/// The sample infra repository of the sources.
std::filesystem::path sample();

}  // namespace towline::cli
