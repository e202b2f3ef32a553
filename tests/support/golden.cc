#include "support/golden.h"
#include "support/paths.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace towline::test {

std::string golden_difference(std::string_view name, std::string_view actual) {
  const std::filesystem::path file = std::filesystem::path(towline::test::source_dir()) / "tests/golden" / name;
  if (const char* update = std::getenv("TOWLINE_UPDATE_GOLDEN"); update != nullptr && std::string_view(update) == "1") {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << actual;
    return {};
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return "golden file " + file.string() + " is missing; run with TOWLINE_UPDATE_GOLDEN=1 to write it";
  std::stringstream buffer;
  buffer << stream.rdbuf();
  const std::string expected = buffer.str();
  if (expected == actual) return {};
  const auto different = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  const auto line = 1 + std::count(expected.begin(), different.first, '\n');
  return "differs from golden file " + std::string(name) + " at line " + std::to_string(line) + "\n--- actual ---\n" +
         std::string(actual);
}

}  // namespace towline::test
