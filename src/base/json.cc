#include "base/json.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "base/text.h"

namespace towline {
namespace {

std::string position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n');
  const std::size_t column = line_start == std::string_view::npos ? offset + 1 : offset - line_start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// Where nesting first exceeds `max_depth`. The library parses any depth but copies and prints recursively.
std::optional<std::size_t> find_too_deep(std::string_view text, std::size_t max_depth) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) return i;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

const Json* step_into(const Json& json, const std::string& key) {
  if (json.is_object()) {
    const auto member = json.find(key);
    return member == json.end() ? nullptr : &*member;
  }
  const bool is_index = !key.empty() && key.size() <= 9 && key.find_first_not_of("0123456789") == std::string::npos;
  if (!json.is_array() || !is_index) return nullptr;
  const auto index = static_cast<std::size_t>(std::stoul(key));
  return index < json.size() ? &json[index] : nullptr;
}

/// RFC 6901.
const Json* find(const Json& json, std::string_view pointer) {
  if (pointer.empty()) return &json;
  if (!pointer.starts_with('/')) return nullptr;
  const Json* found = &json;
  for (const std::string_view token : split(pointer.substr(1), '/')) {
    found = step_into(*found, replace_all(replace_all(std::string(token), "~1", "/"), "~0", "~"));
    if (found == nullptr) return nullptr;
  }
  return found;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t max_depth) {
  if (!is_valid_utf8(text)) return fail(ErrorKind::invalid, "the text is not JSON: it is not UTF-8");
  if (const auto offset = find_too_deep(text, max_depth)) {
    return fail(ErrorKind::invalid,
                "the JSON is nested deeper than " + plural(max_depth, "level") + " at " + position_of(text, *offset));
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    // The library's own sentence quotes the text, which may hold secrets.
    const std::size_t offset = error.byte > 0 ? std::min(error.byte - 1, text.size()) : 0;
    const std::string_view what = offset >= text.size() ? "it ends too early, at " : "it is broken at ";
    return fail(ErrorKind::invalid, "the text is not JSON: " + std::string(what) + position_of(text, offset));
  } catch (const Json::exception&) {
    return fail(ErrorKind::invalid, "the text is not JSON: it has a number that is out of range");
  }
}

std::string json_string(const Json& json, std::string_view pointer, std::string_view otherwise) {
  const Json* found = find(json, pointer);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string(otherwise);
}

std::int64_t json_integer(const Json& json, std::string_view pointer, std::int64_t otherwise) {
  const Json* found = find(json, pointer);
  if (found == nullptr || !found->is_number_integer()) return otherwise;
  if (found->is_number_unsigned() &&
      found->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return otherwise;
  }
  return found->get<std::int64_t>();
}

bool json_bool(const Json& json, std::string_view pointer, bool otherwise) {
  const Json* found = find(json, pointer);
  return found != nullptr && found->is_boolean() ? found->get<bool>() : otherwise;
}

std::string dump_json(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace towline
