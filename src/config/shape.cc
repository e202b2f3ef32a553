#include "config/shape.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "config/clock_time.h"

namespace towline::config {
namespace {

std::string quoted(std::string_view text) { return "'" + ellipsize(printable_utf8(text), 80) + "'"; }

std::string known_names(const std::vector<std::string>& names) { return join(names, ", "); }

/// ", did you mean 'x'?" or what there is to choose from.
std::string choice(std::string_view word, const std::vector<std::string>& names) {
  const std::string near = nearest(word, names);
  return near.empty() ? "; known here: " + known_names(names) : ", did you mean '" + near + "'?";
}

class ShapeCheck {
 public:
  explicit ShapeCheck(std::string_view path) : path_(path) {}

  Result<void> mapping(const yaml::Node& node, const std::string& where, const std::vector<KeySpec>& keys,
                       bool exactly_one) const {
    if (!node.is_mapping()) return wrong(node, where, "a mapping with " + known_names(names_of(keys)));
    CHECK_OK(keys_once(node, where));
    for (const auto& [key, value] : node.entries) {
      const std::string_view name = key.text();
      const auto spec = std::find_if(keys.begin(), keys.end(), [&](const KeySpec& row) { return row.name == name; });
      if (spec == keys.end()) {
        return fail_at(path_, key, "unknown key " + quoted(name) + choice(name, names_of(keys)));
      }
      CHECK_OK(values(value, below(where, spec->name), spec->value));
    }
    for (const KeySpec& spec : keys) {
      if (!spec.required || node.find(spec.name) != nullptr) continue;
      return fail_at(path_, node, "the key '" + below(where, spec.name) + "' is missing: " + std::string(spec.help));
    }
    if (exactly_one && node.entries.size() != 1) {
      return fail_at(path_, node, "'" + where + "' must have exactly one of " + known_names(names_of(keys)));
    }
    return {};
  }

  Result<void> values(const yaml::Node& node, const std::string& where, const ValueSpec& spec) const {
    if (!spec.list) return value(node, where, spec);
    if (!node.is_sequence()) return wrong(node, where, "a list");
    for (const yaml::Node& item : node.items) CHECK_OK(value(item, where, spec));
    return {};
  }

 private:
  static std::string below(const std::string& where, std::string_view name) {
    return where.empty() ? std::string(name) : where + "." + std::string(name);
  }

  static std::vector<std::string> names_of(const std::vector<KeySpec>& keys) {
    std::vector<std::string> names;
    names.reserve(keys.size());
    for (const KeySpec& key : keys) names.emplace_back(key.name);
    return names;
  }

  tl::unexpected<Error> wrong(const yaml::Node& node, const std::string& where, const std::string& expected) const {
    const std::string what = where.empty() ? "the file" : "'" + where + "'";
    return fail_at(path_, node, what + " must be " + expected);
  }

  Result<void> keys_once(const yaml::Node& node, const std::string& where) const {
    std::map<std::string, std::size_t, std::less<>> seen;
    for (const auto& [key, value] : node.entries) {
      if (!key.is_scalar()) return fail_at(path_, key, "a key must be a word");
      const auto [first, fresh] = seen.try_emplace(key.value, key.line);
      if (fresh) continue;
      return fail_at(
          path_, key,
          "the key '" + below(where, key.value) + "' is given twice, first on line " + std::to_string(first->second));
    }
    return {};
  }

  Result<void> value(const yaml::Node& node, const std::string& where, const ValueSpec& spec) const {
    switch (spec.kind) {
      case ValueKind::mapping:
        return mapping(node, where, *spec.keys, spec.exactly_one);
      case ValueKind::text_or_mapping:
        if (node.is_mapping()) return mapping(node, where, *spec.keys, false);
        if (node.is_scalar()) return text(node, where);
        return wrong(node, where, "text, or a mapping with " + known_names(names_of(*spec.keys)));
      case ValueKind::named_mappings:
        return named_mappings(node, where, spec);
      case ValueKind::named_texts:
        return named_texts(node, where);
      case ValueKind::word:
        return word(node, where, spec);
      case ValueKind::text:
        return text(node, where);
      case ValueKind::whole_number:
        if (is_whole_number(node)) return {};
        return wrong(node, where, "a whole number from 0 to 999");
      case ValueKind::duration:
        if (node.is_scalar() && parse_duration(node.text())) return {};
        return wrong(node, where, "a duration such as 45s, 30m or 1h30m");
      case ValueKind::clock_time:
        if (node.is_scalar() && parse_clock_time(node.text())) return {};
        return wrong(node, where, "a time of day such as \"18:00\"");
    }
    return {};
  }

  Result<void> named_mappings(const yaml::Node& node, const std::string& where, const ValueSpec& spec) const {
    if (!node.is_mapping() || node.entries.empty()) {
      return wrong(node, where, "a mapping from names to what they have, with at least one");
    }
    CHECK_OK(keys_once(node, where));
    for (const auto& [key, value] : node.entries) {
      CHECK_OK(mapping(value, below(where, key.value), *spec.keys, false));
    }
    return {};
  }

  Result<void> named_texts(const yaml::Node& node, const std::string& where) const {
    if (!node.is_mapping()) return wrong(node, where, "a mapping from names to texts");
    CHECK_OK(keys_once(node, where));
    for (const auto& [key, value] : node.entries) {
      if (!value.is_scalar()) return wrong(value, below(where, key.value), "text");
    }
    return {};
  }

  Result<void> word(const yaml::Node& node, const std::string& where, const ValueSpec& spec) const {
    const std::vector<std::string> words(spec.words.begin(), spec.words.end());
    if (!node.is_scalar()) return wrong(node, where, "one of " + known_names(words));
    if (std::find(words.begin(), words.end(), node.value) != words.end()) return {};
    const std::string near = nearest(node.text(), words);
    return wrong(node, where,
                 "one of " + known_names(words) + ", not " + quoted(node.text()) +
                     (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }

  Result<void> text(const yaml::Node& node, const std::string& where) const {
    if (!node.is_scalar()) return wrong(node, where, "text");
    // A plain 1.20 is what its writer typed, not a number: tags and ranges look like that.
    const yaml::ScalarType type = yaml::scalar_type(node);
    if (type == yaml::ScalarType::boolean || type == yaml::ScalarType::null) {
      return wrong(node, where, "text; put " + quoted(node.text()) + " in quotes if it is meant as such");
    }
    if (trim(node.text()).empty()) return wrong(node, where, "text, and it is empty");
    return {};
  }

  static bool is_whole_number(const yaml::Node& node) {
    constexpr std::size_t kMostDigits = 3;
    const std::string_view digits = node.text();
    return node.is_scalar() && node.style == yaml::ScalarStyle::plain && !digits.empty() &&
           digits.size() <= kMostDigits && digits.find_first_not_of("0123456789") == std::string_view::npos;
  }

  std::string_view path_;
};

}  // namespace

tl::unexpected<Error> fail_at(std::string_view path, const yaml::Node& node, std::string sentence) {
  const std::size_t line = std::max<std::size_t>(node.line, 1);
  const std::size_t column = std::max<std::size_t>(node.column, 1);
  return fail(ErrorKind::invalid, std::string(path) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
                                      std::move(sentence));
}

Result<void> check_shape(std::string_view path, const yaml::Node& node, const std::vector<KeySpec>& keys) {
  return ShapeCheck(path).mapping(node, "", keys, false);
}

Result<void> check_value(std::string_view path, const yaml::Node& node, const std::string& name,
                         const ValueSpec& spec) {
  return ShapeCheck(path).values(node, name, spec);
}

}  // namespace towline::config
