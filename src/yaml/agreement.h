#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace towline::yaml {

/// Checks that libyaml reads the text as exactly these documents (kinds, values, plain or not, tags, anchors), without
/// directives, and with as many explicit document starts as `separators`. (For libyaml each document but the first has
/// one.)
/// Error invalid: where they differ.
Result<void> check_agreement(std::string_view text, const std::vector<Document>& documents, std::size_t separators);

}  // namespace towline::yaml
