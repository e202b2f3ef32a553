#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/keys.h"
#include "yaml/node.h"

namespace towline::config {

/// Error invalid: "<path>:<line>:<column>: <sentence>" where the node stands.
tl::unexpected<Error> fail_at(std::string_view path, const yaml::Node& node, std::string sentence);

/// Whether the node has the keys of the table and values of their kinds; the first problem otherwise. Whoever reads
/// the node afterwards need not look at kinds again.
Result<void> check_shape(std::string_view path, const yaml::Node& node, const std::vector<KeySpec>& keys);
/// The same for the value of one key, which errors call `name`.
Result<void> check_value(std::string_view path, const yaml::Node& node, const std::string& name, const ValueSpec& spec);

/// The one document of a file, aliases expanded. Error invalid: with path, line and column.
Result<yaml::Node> read_document(std::string_view path, std::string_view text);

}  // namespace towline::config
