#include "yaml/json.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include "base/text.h"

namespace towline::yaml {
namespace {

Json integer(const std::string& written) {
  const std::string text = replace_all(written, "_", "");
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  for (const auto& [prefix, of] : {std::pair("0x", 16), std::pair("0b", 2), std::pair("0o", 8), std::pair("0", 8)}) {
    if (!digits.starts_with(prefix) || digits.size() == std::string_view(prefix).size()) continue;
    digits.remove_prefix(std::string_view(prefix).size());
    base = of;
    break;
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return written;
  return negative ? -number : number;
}

Json scalar(const Node& node) {
  switch (scalar_type(node)) {
    case ScalarType::null:
      return nullptr;
    case ScalarType::boolean: {
      const std::string word = to_lower(node.value);
      return word == "true" || word == "yes" || word == "on" || word == "y";
    }
    case ScalarType::integer:
      return integer(node.value);
    case ScalarType::floating: {
      const double number = std::strtod(replace_all(node.value, "_", "").c_str(), nullptr);
      return std::isfinite(number) ? Json(number) : Json(node.value);
    }
    case ScalarType::string:
      break;
  }
  return node.value;
}

}  // namespace

Json to_json(const Node& node) {
  switch (node.kind) {
    case NodeKind::sequence: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case NodeKind::mapping: {
      Json object = Json::object();
      for (const auto& [key, value] : node.entries) object[key.value] = to_json(value);
      return object;
    }
    case NodeKind::null:
    case NodeKind::alias:
      return nullptr;
    case NodeKind::scalar:
      break;
  }
  return scalar(node);
}

}  // namespace towline::yaml
