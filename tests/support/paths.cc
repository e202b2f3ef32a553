#include "support/paths.h"

namespace towline::test {

const std::string& source_dir() {
  static const std::string dir = TOWLINE_SOURCE_DIR;
  return dir;
}

const std::string& binary_dir() {
  static const std::string dir = TOWLINE_BINARY_DIR;
  return dir;
}

}  // namespace towline::test
