#include <nlohmann/json.hpp>

#include "config/keys.h"
#include "config/repository.h"

namespace towline::config {
namespace {

using Schema = nlohmann::ordered_json;

Schema object_of(const std::vector<KeySpec>& keys, bool exactly_one);

Schema schema_of(const ValueSpec& spec) {
  switch (spec.kind) {
    case ValueKind::text:
      return {{"type", "string"}, {"minLength", 1}};
    case ValueKind::whole_number:
      return {{"type", "integer"}, {"minimum", 0}, {"maximum", 999}};
    case ValueKind::duration:
      return {{"type", "string"}, {"pattern", "^([0-9]+(ms|s|m|h|d))+$"}};
    case ValueKind::clock_time:
      return {{"type", "string"}, {"pattern", "^([01][0-9]|2[0-3]):[0-5][0-9]$"}};
    case ValueKind::word:
      return {{"enum", spec.words}};
    case ValueKind::mapping:
      return object_of(*spec.keys, spec.exactly_one);
    case ValueKind::text_or_mapping:
      return {{"anyOf", Schema::array({{{"type", "string"}, {"minLength", 1}}, object_of(*spec.keys, false)})}};
    case ValueKind::named_texts:
      return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
    case ValueKind::named_mappings:
      return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", object_of(*spec.keys, false)}};
  }
  return {};
}

Schema object_of(const std::vector<KeySpec>& keys, bool exactly_one) {
  Schema properties = Schema::object();
  Schema required = Schema::array();
  for (const KeySpec& key : keys) {
    Schema value = key.value.list ? Schema{{"type", "array"}, {"items", schema_of(key.value)}} : schema_of(key.value);
    value["description"] = key.help;
    properties[std::string(key.name)] = std::move(value);
    if (key.required) required.push_back(key.name);
  }
  Schema object = {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) object["required"] = std::move(required);
  if (exactly_one) {
    object["minProperties"] = 1;
    object["maxProperties"] = 1;
  }
  return object;
}

}  // namespace

std::string repo_config_schema() {
  Schema schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                   {"title", ".towline.yaml"},
                   {"description", "How Towline treats this repository"}};
  schema.update(object_of(repo_config_keys(), false));
  schema["properties"]["version"] = {{"const", 1}, {"description", repo_config_keys().front().help}};
  return schema.dump(2);
}

}  // namespace towline::config
