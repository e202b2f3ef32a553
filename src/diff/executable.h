#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace towline::diff {

/// Whether a program may run what stands at the entry `key` of the mapping: commands, arguments and scripts of any kind
/// of object (probes and hooks have a "command" too), files that are scripts by their name or their first line, and
/// values of variables that change what a program runs (LD_PRELOAD, BASH_ENV).
bool is_executable(const yaml::Node& mapping, std::string_view key, const yaml::Node& value);

/// Where executable text of `head` has a masked part and does not stand in `base` (may be nullptr) as it is: the keys
/// of its entries, "command", "run.sh", each once, in their order. Both are masked and canonical.
std::vector<std::string> hidden_code(const yaml::Node* base, const yaml::Node& head);

}  // namespace towline::diff
