#pragma once

#include <sys/types.h>

#include <array>
#include <vector>

#include "base/process.h"

namespace towline {

/// Everything a child needs to become the program, made before it is forked: it must not allocate.
struct LimitedProgram {
  const char* path;
  std::vector<char*> arguments;    ///< ends in nullptr
  std::vector<char*> environment;  ///< ends in nullptr
  const char* directory;           ///< "": the current one
  std::array<int, 3> descriptors;  ///< for 0, 1 and 2; all above 2
};

/// Starts it in a process group of its own, held to the limits from its first instruction on. Gives errno, 0 on
/// success. What fails behind the fork is told on its standard error, and exits with 126.
int spawn_limited(const LimitedProgram& program, const ProcessLimits& limits, pid_t& child);

}  // namespace towline
