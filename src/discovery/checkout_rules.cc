#include "discovery/checkout_rules.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"
#include "manifest/paths.h"

namespace towline::discovery {
namespace {

constexpr std::string_view kBlank = " \t\r";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kMacro = "[attr]";
/// Git ignores longer lines; older versions do not.
constexpr std::size_t kLongestLine = 2'048;
/// Of more all are taken to change files.
constexpr std::size_t kMostMacros = 200;

struct AttributeLine {
  std::size_t number = 0;
  std::string_view pattern;
  std::string_view macro;  ///< the name that the line defines; "": it has a pattern
  bool matches_all = false;
  std::vector<std::string_view> attributes;
};

std::vector<std::string_view> tokens_of(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> tokens;
  while (true) {
    const std::size_t start = text.find_first_not_of(separators);
    if (start == std::string_view::npos) return tokens;
    text.remove_prefix(start);
    tokens.push_back(text.substr(0, text.find_first_of(separators)));
    text.remove_prefix(tokens.back().size());
  }
}

std::optional<AttributeLine> read_line(std::size_t number, std::string_view text) {
  text = text.substr(0, text.find('\0'));
  const std::size_t start = text.find_first_not_of(kBlank);
  if (start == std::string_view::npos || text[start] == '#') return std::nullopt;
  text.remove_prefix(start);
  AttributeLine line;
  line.number = number;
  // A quoted pattern may hold blanks and escapes: every word of the line is taken for an attribute.
  const bool is_quoted = text.front() == '"';
  line.attributes = tokens_of(text, is_quoted ? " \t\r\"" : kBlank);
  line.matches_all = is_quoted || text.size() > kLongestLine;
  if (is_quoted) {
    line.pattern = text;
    return line;
  }
  line.pattern = line.attributes.front();
  line.attributes.erase(line.attributes.begin());
  if (line.pattern.starts_with('!')) return std::nullopt;  // Git ignores negative patterns
  if (line.pattern.size() > kMacro.size() && line.pattern.starts_with(kMacro)) {
    line.macro = line.pattern.substr(kMacro.size());
  }
  return line;
}

std::vector<AttributeLine> read_lines(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<AttributeLine> lines;
  std::size_t number = 0;
  for (const std::string_view one : split(text, '\n')) {
    if (auto line = read_line(++number, one)) lines.push_back(*std::move(line));
  }
  return lines;
}

/// An attribute as it is set: "name", or "name=value".
struct Setting {
  std::string_view name;
  std::optional<std::string> value;  ///< in lower case
};

struct ChangingAttribute {
  std::string_view name;
  bool (*changes)(const Setting& setting);
};
/// `text` and `crlf` are not among them: on Linux they change what is committed, not what is checked out.
constexpr std::array<ChangingAttribute, 4> kChanging = {{
    {"working-tree-encoding",
     [](const Setting& setting) { return setting.value != "" && setting.value != "utf-8" && setting.value != "utf8"; }},
    {"filter", [](const Setting& setting) { return setting.value.has_value(); }},
    {"ident", [](const Setting& setting) { return !setting.value.has_value(); }},
    {"eol", [](const Setting& setting) { return setting.value == "crlf"; }},
}};

/// What to say of it; "" when it changes no file.
std::string changing(std::string_view attribute, const CheckoutMacros& macros) {
  constexpr std::size_t kLongest = 80;
  std::string shown = printable_utf8(ellipsize(attribute, kLongest));
  if (attribute.starts_with('-') || attribute.starts_with('!')) {
    // Git refuses to check out a file for which this is false.
    return attribute == "-working-tree-encoding" ? shown : "";
  }
  const std::size_t equals = attribute.find('=');
  Setting setting{attribute.substr(0, equals), std::nullopt};
  if (equals != std::string_view::npos) setting.value = to_lower(attribute.substr(equals + 1));
  if (macros.contains(setting.name)) return shown;
  const auto known = std::find_if(kChanging.begin(), kChanging.end(),
                                  [&](const ChangingAttribute& one) { return one.name == setting.name; });
  return known != kChanging.end() && known->changes(setting) ? shown : "";
}

}  // namespace

bool CheckoutChange::may_match(std::string_view path) const {
  if (matches_all || pattern.find_first_of("[\\") != std::string::npos) return true;
  if (pattern.ends_with('/')) return false;  // of directories, which have no such attributes
  if (pattern.find('/') == std::string::npos) return glob_match(pattern, manifest::base_name(path));
  const std::string from_here = pattern.starts_with('/') ? pattern.substr(1) : pattern;
  return glob_match(replace_all(from_here, "**/", "**"), path);
}

CheckoutMacros checkout_macros(const std::vector<std::string>& texts) {
  std::vector<AttributeLine> definitions;
  for (const std::string& text : texts) {
    for (AttributeLine& line : read_lines(text)) {
      if (!line.macro.empty()) definitions.push_back(std::move(line));
    }
  }
  CheckoutMacros macros;
  const auto sets_some = [&](const AttributeLine& line) {
    return definitions.size() > kMostMacros ||
           std::any_of(line.attributes.begin(), line.attributes.end(),
                       [&](std::string_view attribute) { return !changing(attribute, macros).empty(); });
  };
  // A macro may name one that is defined later: until nothing is added.
  for (std::size_t before = 1; before != macros.size();) {
    before = macros.size();
    for (const AttributeLine& line : definitions) {
      if (!macros.contains(line.macro) && sets_some(line)) macros.emplace(line.macro);
    }
  }
  return macros;
}

std::vector<CheckoutChange> checkout_changes(std::string_view text, const CheckoutMacros& macros) {
  std::vector<CheckoutChange> changes;
  for (const AttributeLine& line : read_lines(text)) {
    for (const std::string_view attribute : line.attributes) {
      std::string sets = changing(attribute, macros);
      if (sets.empty()) continue;
      changes.push_back({line.number, std::string(line.pattern), std::move(sets), line.matches_all});
    }
  }
  return changes;
}

}  // namespace towline::discovery
