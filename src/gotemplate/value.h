#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "yaml/node.h"

namespace towline::gotemplate {

struct GoValue;

/// A slice. `of_text`: its type is []string and not []any, which shows when it is flattened. `unordered`: in Go its
/// order is random, because it is made of a map's keys or values.
struct GoList {
  std::vector<GoValue> items;
  bool of_text = false;
  bool unordered = false;
};

/// A map with text keys, which every value that holds it shares. `of_text`: its type is map[string]string.
struct GoMap {
  std::map<std::string, GoValue, std::less<>> entries;
  bool of_text = false;

  GoMap() = default;
  GoMap(const GoMap&) = default;
  GoMap(GoMap&&) = default;
  GoMap& operator=(const GoMap&) = default;
  GoMap& operator=(GoMap&&) = default;
  /// Without recursion: a template can chain more maps than there is stack.
  ~GoMap();
};

/// A value as Go's templates see one. A number of JSON or YAML is a double, as encoding/json reads it; integers come
/// of template literals and functions.
struct GoValue {
  using MapRef = std::shared_ptr<GoMap>;
  std::variant<std::monostate, bool, std::int64_t, double, std::string, GoList, MapRef> data;

  GoValue() = default;
  GoValue(bool value) : data(value) {}                                       // NOLINT(google-explicit-constructor)
  GoValue(std::int64_t value) : data(value) {}                               // NOLINT(google-explicit-constructor)
  GoValue(double value) : data(value) {}                                     // NOLINT(google-explicit-constructor)
  GoValue(std::string value) : data(std::move(value)) {}                     // NOLINT(google-explicit-constructor)
  GoValue(const char* value) : data(std::string(value)) {}                   // NOLINT(google-explicit-constructor)
  GoValue(GoList value) : data(std::move(value)) {}                          // NOLINT(google-explicit-constructor)
  GoValue(GoMap value) : data(std::make_shared<GoMap>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
  GoValue(MapRef value) : data(std::move(value)) {}                          // NOLINT(google-explicit-constructor)

  bool is_null() const { return std::holds_alternative<std::monostate>(data); }
  /// nullptr when it is of another type.
  const std::string* text() const { return std::get_if<std::string>(&data); }
  const GoList* list() const { return std::get_if<GoList>(&data); }
  GoMap* map() const {
    const MapRef* found = std::get_if<MapRef>(&data);
    return found == nullptr ? nullptr : found->get();
  }
};

/// How many bytes of YAML are parsed at the price of a step.
inline constexpr std::size_t kYamlBytesOfAStep = 4;

/// A list of texts, typed so.
GoValue text_list(const std::vector<std::string>& texts);

/// The first document of a YAML or JSON text, without aliases; null when there is none. Error invalid: not YAML, or its
/// aliases make much more of it than is written.
Result<yaml::Node> read_yaml(std::string_view text);

/// How many values it is of, itself included, and a text one for each 64 bytes. Error invalid: deeper than kMaxGoDepth.
Result<std::size_t> weight_of(const GoValue& value);

/// What sigs.k8s.io/yaml makes of a node without aliases.
GoValue go_value_of(const yaml::Node& node);
/// The node that stands for the value, with texts quoted; for yaml::emit.
yaml::Node node_of(const GoValue& value);

/// Go's kind: "string", "float64", "int", "bool", "slice", "map", "invalid".
std::string_view kind_of(const GoValue& value);
/// What `{{ if }}` asks: not the zero value, not empty.
bool is_true(const GoValue& value);
bool equal(const GoValue& a, const GoValue& b);

/// Values within values deeper than this are an error: a map may hold itself.
inline constexpr int kMaxGoDepth = 64;

/// What fmt's %v prints. Error invalid: deeper than kMaxGoDepth.
Result<std::string> print(const GoValue& value);
/// What encoding/json writes: keys sorted, '<', '>' and '&' escaped unless `raw`. Error invalid: deeper than
/// kMaxGoDepth.
Result<std::string> to_json(const GoValue& value, bool raw = false, int indent = -1);
/// The shortest text that reads back the same, as strconv's 'g' writes it.
std::string print_double(double value);

/// Whether the map is the value, or somewhere within it. Error invalid: deeper than kMaxGoDepth.
Result<bool> holds_map(const GoValue& value, const GoMap* map);

/// A copy that shares no map. Error invalid: deeper than kMaxGoDepth.
Result<GoValue> deep_copy(const GoValue& value);

/// github.com/jeremywohl/flatten with dots: {"a": {"b": [1]}} gives a.b.0 = "1". Typed lists and maps stay whole.
Result<std::map<std::string, std::string, std::less<>>> flatten(const GoMap& map);

/// dario.cat/mergo: what `from` has is added to `into`, maps within maps too; where both have a value that of `from`
/// wins if `override` or if the other is empty. Error invalid: deeper than kMaxGoDepth.
Result<void> merge_into(GoMap& into, const GoMap& from, bool override_present);

}  // namespace towline::gotemplate
