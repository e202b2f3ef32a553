#pragma once

#include <string>
#include <vector>

#include "diff/diff.h"
#include "yaml/node.h"

namespace towline::diff::test {

/// The body that comes of applying the changes of one resource to its body at base.
yaml::Node apply_changes(const yaml::Node& base, const std::vector<FieldChange>& fields);

}  // namespace towline::diff::test
