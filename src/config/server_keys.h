#pragma once

#include <vector>

#include "config/keys.h"

namespace towline::config {

/// The kind of a registry that is asked, beside those of registry::receivers(), which tell.
inline constexpr std::string_view kOciKind = "oci";

/// The keys of the top level of `towline.yaml`; the others hang below it. What parser, suggestions and schema share.
const std::vector<config::KeySpec>& server_config_keys();

}  // namespace towline::config
