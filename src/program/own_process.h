#pragma once

#include <string>
#include <vector>

// What a process that holds credentials does to keep them.
namespace towline {

/// From now on this process makes files that only its user can read, writes no core dump, and cannot be read through
/// /proc or ptrace by other processes of its user. Programs that it starts can again.
void keep_process_private();

/// Removes these variables from the environment and overwrites their values, which /proc/PID/environ would show.
/// Not thread-safe: to be called before threads are started.
void erase_variables(const std::vector<std::string>& names);

}  // namespace towline
