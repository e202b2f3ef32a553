#pragma once

#include <sys/types.h>

#include <vector>

#include "program/process.h"

namespace towline {

/// Everything a child needs to become the program, made before: until then it shares this
/// process's memory.
struct LimitedProgram {
  const char* path;
  std::vector<char*> arguments;    ///< ends in nullptr
  std::vector<char*> environment;  ///< ends in nullptr
  const char* directory;           ///< "": the current one
  std::vector<int> descriptors;    ///< for 0, 1, 2 and so on; none of them is one of these numbers
  bool new_session;                ///< otherwise a process group of its own
  int landlock = -1;               ///< rules that it is held to; -1: none
};

/// Starts it, held to the limits from its first instruction on. Gives errno, 0 on
/// success. What fails in the child is told on its standard error, and exits with 126.
int spawn_limited(const LimitedProgram& program, const ProcessLimits& limits, pid_t& child);

}  // namespace towline
