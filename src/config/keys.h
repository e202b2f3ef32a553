#pragma once

#include <string_view>
#include <vector>

namespace towline::config {

/// What a value of `.towline.yaml` looks like.
enum class ValueKind {
  text,             ///< any scalar but a boolean or null, as it is written
  whole_number,     ///< 0, 1, 2, ...
  duration,         ///< "30m", "1h30m"
  clock_time,       ///< "18:00"
  word,             ///< one of `words`
  mapping,          ///< with `keys`
  text_or_mapping,  ///< text, which is short for one of `keys`, or a mapping with them
  named_mappings,   ///< any names, each a mapping with `keys`
  named_texts,      ///< any names, each a text, which may look like another scalar
};

struct KeySpec;

struct ValueSpec {
  ValueKind kind = ValueKind::text;
  bool list = false;  ///< a list of such values
  std::vector<std::string_view> words;
  const std::vector<KeySpec>* keys = nullptr;
  bool exactly_one = false;  ///< of the keys must be there
};

/// A row of the tables that the parser, its suggestions and the JSON schema come from.
struct KeySpec {
  std::string_view name;
  ValueSpec value;
  bool required = false;
  std::string_view help;
};

/// The keys of the file's top level; the others hang below it.
const std::vector<KeySpec>& repo_config_keys();
/// The value of `select`: from the table of policies.
const ValueSpec& select_value();

}  // namespace towline::config
