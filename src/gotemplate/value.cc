#include "gotemplate/value.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "base/json.h"
#include "yaml/kubernetes.h"

namespace towline::gotemplate {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

tl::unexpected<Error> too_deep() {
  return fail(ErrorKind::invalid, "a value is nested deeper than " + std::to_string(kMaxGoDepth) + " levels");
}

std::int64_t base_of(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char letter = digits[1];
  const std::int64_t base = letter == 'x' || letter == 'X' ? 16 : letter == 'b' || letter == 'B' ? 2 : 8;
  digits.remove_prefix(letter >= '0' && letter <= '9' ? 1 : 2);
  return base;
}

/// The double that an integer of YAML becomes on its way through JSON.
double integer_value(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  std::string_view rest = digits;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const auto base = static_cast<int>(base_of(rest));
  std::uint64_t magnitude = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), magnitude, base);
  const auto value = static_cast<double>(magnitude);
  return negative ? -value : value;
}

GoValue scalar_value(const yaml::Node& node) {
  switch (yaml::scalar_type(node)) {
    case yaml::ScalarType::null:
      return {};
    case yaml::ScalarType::boolean: {
      const char first = node.value.empty() ? 'f' : node.value[0];
      const bool on =
          node.value.size() == 2 && (node.value[1] == 'n' || node.value[1] == 'N') && (first == 'o' || first == 'O');
      return first == 't' || first == 'T' || first == 'y' || first == 'Y' || on;
    }
    case yaml::ScalarType::integer:
      return integer_value(node.value);
    case yaml::ScalarType::floating:
      return std::strtod(node.value.c_str(), nullptr);
    case yaml::ScalarType::string:
      return node.value;
  }
  return node.value;
}

/// JSON's keys are texts: YAML's booleans become "true" and "false", numbers stay as they are written.
std::string key_text(const yaml::Node& key) {
  if (!key.is_scalar() || yaml::scalar_type(key) != yaml::ScalarType::boolean) return key.value;
  return is_true(scalar_value(key)) ? "true" : "false";
}

Result<std::string> print_nested(const GoValue& value, int depth) {
  if (depth > kMaxGoDepth) return too_deep();
  const auto nested = [depth](const GoValue& item) { return print_nested(item, depth + 1); };
  return std::visit(Overloaded{
                        [](std::monostate) -> Result<std::string> { return "<nil>"; },
                        [](bool is_set) -> Result<std::string> { return is_set ? "true" : "false"; },
                        [](std::int64_t number) -> Result<std::string> { return std::to_string(number); },
                        [](double number) -> Result<std::string> { return print_double(number); },
                        [](const std::string& text) -> Result<std::string> { return text; },
                        [&](const GoList& list) -> Result<std::string> {
                          std::string out = "[";
                          for (const GoValue& item : list.items) {
                            TRY(const std::string text, nested(item));
                            out += (out.size() > 1 ? " " : "") + text;
                          }
                          return out + "]";
                        },
                        [&](const GoValue::MapRef& map) -> Result<std::string> {
                          std::string out = "map[";
                          for (const auto& [key, item] : map->entries) {
                            TRY(const std::string text, nested(item));
                            if (out.size() > 4) out += ' ';
                            out.append(key).append(":").append(text);
                          }
                          return out + "]";
                        },
                    },
                    value.data);
}

/// encoding/json's floats: like JavaScript's.
Json number_json(double number) {
  if (std::abs(number) < 1e15 && number == std::floor(number)) return static_cast<std::int64_t>(number);
  return number;
}

Result<Json> json_of(const GoValue& value, int depth) {
  if (depth > kMaxGoDepth) return too_deep();
  return std::visit(Overloaded{
                        [](std::monostate) -> Result<Json> { return Json(nullptr); },
                        [](double number) -> Result<Json> { return number_json(number); },
                        [&](const GoList& list) -> Result<Json> {
                          Json out = Json::array();
                          for (const GoValue& item : list.items) {
                            TRY(Json json, json_of(item, depth + 1));
                            out.push_back(std::move(json));
                          }
                          return out;
                        },
                        [&](const GoValue::MapRef& map) -> Result<Json> {
                          Json out = Json::object();
                          for (const auto& [key, item] : map->entries) {
                            TRY(out[key], json_of(item, depth + 1));
                          }
                          return out;
                        },
                        [](const auto& plain) -> Result<Json> { return Json(plain); },
                    },
                    value.data);
}

Result<void> flatten_below(const std::string& prefix, const GoValue& value,
                           std::map<std::string, std::string, std::less<>>& out, int depth) {
  if (depth > kMaxGoDepth) return too_deep();
  const std::string below = prefix.empty() ? "" : prefix + ".";
  if (const GoMap* map = value.map(); map != nullptr && !map->of_text) {
    for (const auto& [key, item] : map->entries) CHECK_OK(flatten_below(below + key, item, out, depth + 1));
    return {};
  }
  if (const GoList* list = value.list(); list != nullptr && !list->of_text) {
    std::size_t at = 0;
    for (const GoValue& item : list->items) {
      CHECK_OK(flatten_below(below + std::to_string(at++), item, out, depth + 1));
    }
    return {};
  }
  TRY(out[prefix], print(value));
  return {};
}

Result<void> merge_at(GoMap& into, const GoMap& from, bool override_present, int depth) {
  if (depth > kMaxGoDepth) return too_deep();
  for (const auto& [key, value] : from.entries) {
    GoValue& present = into.entries[key];
    if (value.map() != nullptr && present.map() != nullptr) {
      if (value.map() != present.map()) CHECK_OK(merge_at(*present.map(), *value.map(), override_present, depth + 1));
    } else if (override_present || !is_true(present)) {
      present = value;
    }
  }
  return {};
}

Result<GoValue> copy_at(const GoValue& value, int depth) {
  if (depth > kMaxGoDepth) return too_deep();
  if (const GoMap* map = value.map()) {
    GoMap copy;
    copy.of_text = map->of_text;
    for (const auto& [key, item] : map->entries) {
      TRY(copy.entries[key], copy_at(item, depth + 1));
    }
    return GoValue(std::move(copy));
  }
  if (const GoList* list = value.list()) {
    GoList copy;
    copy.of_text = list->of_text;
    for (const GoValue& item : list->items) {
      TRY(GoValue one, copy_at(item, depth + 1));
      copy.items.push_back(std::move(one));
    }
    return GoValue(std::move(copy));
  }
  return value;
}

Result<std::size_t> weight_at(const GoValue& value, int depth) {
  constexpr std::size_t kBytesOfAWeight = 64;
  if (depth > kMaxGoDepth) return too_deep();
  std::size_t weight = 1;
  if (const std::string* text = value.text()) weight += text->size() / kBytesOfAWeight;
  if (const GoList* list = value.list()) {
    for (const GoValue& item : list->items) {
      TRY(const std::size_t one, weight_at(item, depth + 1));
      weight += one;
    }
  }
  if (const GoMap* map = value.map()) {
    for (const auto& [key, item] : map->entries) {
      TRY(const std::size_t one, weight_at(item, depth + 1));
      weight += one;
    }
  }
  return weight;
}

Result<bool> holds_at(const GoValue& value, const GoMap* map, int depth) {
  if (depth > kMaxGoDepth) return too_deep();
  if (value.map() == map) return true;
  const auto check = [&](const GoValue& item) { return holds_at(item, map, depth + 1); };
  if (const GoList* list = value.list()) {
    for (const GoValue& item : list->items) {
      TRY(const bool is_there, check(item));
      if (is_there) return true;
    }
  }
  if (const GoMap* other = value.map()) {
    for (const auto& [key, item] : other->entries) {
      TRY(const bool is_there, check(item));
      if (is_there) return true;
    }
  }
  return false;
}

}  // namespace

GoMap::~GoMap() {
  std::vector<GoValue> pending;
  const auto take_all = [&](GoMap& map) {
    for (auto& [key, value] : map.entries) {
      if (value.map() != nullptr || value.list() != nullptr) pending.push_back(std::move(value));
    }
    map.entries.clear();
  };
  take_all(*this);
  while (!pending.empty()) {
    GoValue value = std::move(pending.back());
    pending.pop_back();
    if (auto* list = std::get_if<GoList>(&value.data)) {
      std::move(list->items.begin(), list->items.end(), std::back_inserter(pending));
      list->items.clear();
    } else if (auto* map = std::get_if<GoValue::MapRef>(&value.data); map != nullptr && map->use_count() == 1) {
      take_all(**map);
    }
  }
}

Result<bool> holds_map(const GoValue& value, const GoMap* map) { return holds_at(value, map, 0); }

Result<yaml::Node> read_yaml(std::string_view text) {
  yaml::Limits limits;
  limits.max_nodes = 2 * text.size() + 10'000;
  TRY(const std::vector<yaml::Document> documents, yaml::parse_as_kubernetes(text, limits));
  if (documents.empty()) return yaml::Node();
  return yaml::decode_as_kubernetes(documents.front().root, limits);
}

Result<std::size_t> weight_of(const GoValue& value) { return weight_at(value, 0); }

GoValue text_list(const std::vector<std::string>& texts) {
  GoList list;
  list.of_text = true;
  for (const std::string& text : texts) list.items.emplace_back(text);
  return list;
}

GoValue go_value_of(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::NodeKind::null:
    case yaml::NodeKind::alias:
      return {};
    case yaml::NodeKind::scalar:
      return scalar_value(node);
    case yaml::NodeKind::sequence: {
      GoList list;
      for (const yaml::Node& item : node.items) list.items.push_back(go_value_of(item));
      return list;
    }
    case yaml::NodeKind::mapping: {
      GoMap map;
      for (const auto& [key, value] : node.entries) map.entries[key_text(key)] = go_value_of(value);
      return map;
    }
  }
  return {};
}

yaml::Node node_of(const GoValue& value) {
  yaml::Node node;
  node.kind = yaml::NodeKind::scalar;
  if (value.is_null()) {
    node.kind = yaml::NodeKind::null;
    node.value = "null";
  } else if (const std::string* text = value.text()) {
    node.value = *text;
    yaml::Node plain = node;
    if (text->empty() || yaml::scalar_type(plain) != yaml::ScalarType::string)
      node.style = yaml::ScalarStyle::double_quoted;
  } else if (const GoList* list = value.list()) {
    node.kind = yaml::NodeKind::sequence;
    for (const GoValue& item : list->items) node.items.push_back(node_of(item));
  } else if (const GoMap* map = value.map()) {
    node.kind = yaml::NodeKind::mapping;
    for (const auto& [key, item] : map->entries) node.entries.emplace_back(node_of(key), node_of(item));
  } else {
    node.value = to_json(value).value_or("null");
  }
  return node;
}

std::string_view kind_of(const GoValue& value) {
  static constexpr std::array<std::string_view, 7> kKinds = {"invalid", "bool",  "int", "float64",
                                                             "string",  "slice", "map"};
  return kKinds.at(value.data.index());
}

bool is_true(const GoValue& value) {
  return std::visit(Overloaded{
                        [](std::monostate) { return false; },
                        [](const std::string& text) { return !text.empty(); },
                        [](const GoList& list) { return !list.items.empty(); },
                        [](const GoValue::MapRef& map) { return !map->entries.empty(); },
                        [](auto number) { return number != 0; },
                    },
                    value.data);
}

bool equal(const GoValue& a, const GoValue& b) {
  if (a.data.index() != b.data.index()) return false;
  if (const GoList* list = a.list()) {
    const auto& others = b.list()->items;
    if (list->items.size() != others.size()) return false;
    for (std::size_t i = 0; i < others.size(); ++i) {
      if (!equal(list->items[i], others[i])) return false;
    }
    return true;
  }
  if (a.map() != nullptr) {
    const auto one = to_json(a);
    const auto other = to_json(b);
    return one && other && *one == *other;
  }
  return std::visit(
      [&](const auto& value) {
        using Type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Type, GoList> || std::is_same_v<Type, GoValue::MapRef>) {
          return false;
        } else {
          return value == std::get<Type>(b.data);
        }
      },
      a.data);
}

std::string print_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 64> buffer{};
  const auto write = [&](std::chars_format format) {
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
    return error == std::errc() ? std::string(buffer.data(), end) : std::string();
  };
  // strconv.FormatFloat(value, 'g', -1, 64): with an exponent from 1e+06 on, and below 1e-04.
  const std::string scientific = write(std::chars_format::scientific);
  const int exponent = std::atoi(scientific.substr(scientific.find('e') + 1).c_str());
  return value != 0 && (exponent < -4 || exponent >= 6) ? scientific : write(std::chars_format::fixed);
}

Result<std::string> print(const GoValue& value) { return print_nested(value, 0); }

Result<std::string> to_json(const GoValue& value, bool raw, int indent) {
  TRY(const Json json, json_of(value, 0));
  const std::string text = dump_json(json, indent);
  if (raw) return text;
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

Result<GoValue> deep_copy(const GoValue& value) { return copy_at(value, 0); }

Result<std::map<std::string, std::string, std::less<>>> flatten(const GoMap& map) {
  std::map<std::string, std::string, std::less<>> out;
  for (const auto& [key, value] : map.entries) CHECK_OK(flatten_below(key, value, out, 1));
  return out;
}

Result<void> merge_into(GoMap& into, const GoMap& from, bool override_present) {
  return merge_at(into, from, override_present, 0);
}

}  // namespace towline::gotemplate
