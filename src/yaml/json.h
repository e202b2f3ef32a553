#pragma once

#include "base/json.h"
#include "yaml/node.h"

namespace towline::yaml {

/// The tree as Kubernetes reads it, with aliases expanded before: scalars by `scalar_type`. Numbers that JSON's types
/// do not hold stay texts.
Json to_json(const Node& node);

}  // namespace towline::yaml
