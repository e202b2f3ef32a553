#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "yaml/node.h"

namespace towline::diff {

/// What an object is made of, for comparing whole objects fast: hashes of paths with values, sorted. Its kind, name and
/// namespace are left out, and its name inside other values does not count.
using Features = std::vector<std::uint64_t>;
Features features_of(const yaml::Node& body, std::string_view name);

/// The part of the features that both have, of the larger's, in thousandths.
std::size_t likeness(const Features& a, const Features& b);

}  // namespace towline::diff
