#pragma once

#include <vector>

#include "diff/diff.h"
#include "yaml/node.h"

namespace towline::diff {

/// The fields in which two canonical nodes differ.
std::vector<FieldChange> compare(const yaml::Node& base, const yaml::Node& head);

}  // namespace towline::diff
