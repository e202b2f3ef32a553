#include "yaml/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace towline::yaml {
namespace {

/// An int64 where it fits, else the nearest double, as k8s.io/apimachinery/pkg/util/json has it.
Json integer(const std::string& written) {
  const std::string text = replace_all(written, "_", "");
  std::string_view digits = text;
  bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  constexpr std::array<std::pair<std::string_view, int>, 7> kPrefixes = {
      {{"0x", 16}, {"0X", 16}, {"0b", 2}, {"0B", 2}, {"0o", 8}, {"0O", 8}, {"0", 8}}};
  for (const auto& [prefix, of] : kPrefixes) {
    if (!digits.starts_with(prefix) || digits.size() == prefix.size()) continue;
    digits.remove_prefix(prefix.size());
    base = of;
    break;
  }
  if (base == 2 && digits.starts_with('-')) {  // go-yaml takes "0b-1"
    negative = true;
    digits.remove_prefix(1);
  }
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return written;
  constexpr std::uint64_t kMax = INT64_MAX;
  if (size <= kMax) return negative ? -static_cast<std::int64_t>(size) : static_cast<std::int64_t>(size);
  if (negative && size == kMax + 1) return INT64_MIN;
  return negative ? -static_cast<double>(size) : static_cast<double>(size);
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
      const std::string text = replace_all(node.value, "_", "");
      char* end = nullptr;
      const double number = std::strtod(text.c_str(), &end);
      const bool is_number = *end == '\0' && std::isfinite(number);  // not ".inf" and ".nan"
      return is_number ? Json(number) : Json(node.value);
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
