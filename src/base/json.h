#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/result.h"

namespace towline {

using Json = nlohmann::json;

/// Parses foreign JSON. Error invalid: not JSON (with line and column), deeper than `max_depth`, or not UTF-8.
Result<Json> parse_json(std::string_view text, std::size_t max_depth = 64);

/// Reads `a.b.c` ("/a/b/c" as JSON pointer) without throwing; the default when absent or of another type.
std::string json_string(const Json& json, std::string_view pointer, std::string_view otherwise = "");
std::int64_t json_integer(const Json& json, std::string_view pointer, std::int64_t otherwise = 0);
bool json_bool(const Json& json, std::string_view pointer, bool otherwise = false);

/// Never throws: bad UTF-8 is replaced.
std::string dump_json(const Json& json, int indent = -1);

}  // namespace towline
