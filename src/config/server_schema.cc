#include <nlohmann/json.hpp>

#include "config/server.h"
#include "config/server_keys.h"

namespace towline::config {

namespace {

using config::KeySpec;
using config::ValueKind;
using config::ValueSpec;
using Schema = nlohmann::ordered_json;

Schema object_of(const std::vector<KeySpec>& keys, bool exactly_one);

Schema schema_of(const ValueSpec& spec) {
  if (spec.kind == ValueKind::mapping) return object_of(*spec.keys, spec.exactly_one);
  if (spec.kind == ValueKind::word) return {{"enum", spec.words}};
  if (spec.kind == ValueKind::whole_number) return {{"type", "integer"}, {"minimum", 0}, {"maximum", 999}};
  if (spec.kind == ValueKind::duration) return {{"type", "string"}, {"pattern", "^([0-9]+(ms|s|m|h|d))+$"}};
  return {{"type", "string"}, {"minLength", 1}};
}

Schema object_of(const std::vector<KeySpec>& keys, bool exactly_one) {
  Schema object = {{"type", "object"}, {"additionalProperties", false}, {"properties", Schema::object()}};
  for (const KeySpec& key : keys) {
    Schema value = key.value.list ? Schema{{"type", "array"}, {"items", schema_of(key.value)}} : schema_of(key.value);
    if (key.value.list && key.required) value["minItems"] = 1;
    value["description"] = key.help;
    object["properties"][std::string(key.name)] = std::move(value);
    if (key.required) object["required"].push_back(key.name);
  }
  if (exactly_one) object.update({{"minProperties", 1}, {"maxProperties", 1}});
  return object;
}

}  // namespace

std::string server_config_schema() {
  Schema schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", "towline.yaml"},
                   {"description", "What `towline serve` does, and with which credentials"}};
  schema.update(object_of(server_config_keys(), false));
  return schema.dump(2) + "\n";
}

}  // namespace towline::config
