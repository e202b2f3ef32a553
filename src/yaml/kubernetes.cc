#include "yaml/kubernetes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "yaml/agreement.h"
#include "yaml/json.h"
#include "yaml/lexing.h"
#include "yaml/parsers.h"
#include "yaml/plain.h"

namespace towline::yaml {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kSeparator = "---";
constexpr std::string_view kDocumentEnd = "...";
constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

Result<void> check_encoding(std::string_view text) {
  // Argo CD decodes UTF-16 by its byte order mark (utfutil); in UTF-32 the same two bytes come first, or two zeros.
  const bool marked = text.starts_with("\xFE\xFF") || text.starts_with("\xFF\xFE");
  if (!marked && !text.starts_with(std::string_view("\0\0\xFE\xFF", 4))) return {};
  return tl::unexpected<Error>(error_at({1, 1}, "the file is in UTF-16 or UTF-32; save it as UTF-8"));
}

/// What the lines say about where documents begin and end.
struct Lines {
  std::size_t separators = 0;
  bool has_document_end = false;
};

Result<Lines> look_at_lines(std::string_view text) {
  Lines lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::string_view rest = text.substr(begin);
    lines.has_document_end = lines.has_document_end || rest.starts_with(kDocumentEnd);
    if (rest.starts_with(kByteOrderMark)) {
      return tl::unexpected<Error>(error_at(position_of(text, begin), "a byte order mark within the file; remove it"));
    }
    const std::size_t feed = text.find('\n', begin);
    if (rest.starts_with(kSeparator)) {
      ++lines.separators;
      const std::string_view line = text.substr(begin, feed == text.npos ? text.npos : feed - begin);
      const std::string_view after = line.substr(kSeparator.size());
      const std::size_t more = after.find_first_not_of(" \t\r");
      const bool is_comment = more != after.npos && more > 0 && after[more] == '#';
      if (more != after.npos && !is_comment) {
        return tl::unexpected<Error>(
            error_at(position_of(text, begin), "Kubernetes allows only a comment after '---'; begin a new line there"));
      }
    }
    if (feed == text.npos) break;
    begin = feed + 1;
  }
  return lines;
}

/// Checks that no plain scalar in brackets has a '?', where it ends for go-yaml and not for libyaml.
Result<void> check_flow(std::string_view text, const Node& node, bool in_flow) {
  const bool is_collection = node.is_mapping() || node.is_sequence();
  if (!is_collection && in_flow && node.style == ScalarStyle::plain) {
    const std::string_view written = text.substr(node.span.begin, node.span.size());
    if (written.find('?') != std::string_view::npos) {
      return tl::unexpected<Error>(
          error_at({node.line, node.column}, "Kubernetes reads this differently in brackets without quotes; quote it"));
    }
  }
  const bool is_flow =
      in_flow || (node.span.begin < text.size() && (text[node.span.begin] == '[' || text[node.span.begin] == '{'));
  for (const Node& item : node.items) CHECK_OK(check_flow(text, item, is_flow));
  for (const auto& [key, value] : node.entries) {
    CHECK_OK(check_flow(text, key, is_flow));
    CHECK_OK(check_flow(text, value, is_flow));
  }
  return {};
}

Error at_node(const Node& node, std::string_view message) { return error_at({node.line, node.column}, message); }

/// Whether go-yaml takes the value for what the tag says. False too for a tag that is not supported (binary, own ones).
bool fits_its_tag(const Node& scalar) {
  std::string_view name = scalar.tag;
  if (!name.starts_with(kTagPrefix)) return false;
  name.remove_prefix(kTagPrefix.size());
  const ScalarType type = plain_type(scalar.value);
  if (name == "str") return true;
  if (name == "int") return type == ScalarType::integer;
  if (name == "float") return type == ScalarType::floating || type == ScalarType::integer;
  if (name == "bool") return type == ScalarType::boolean;
  return name == "null" && type == ScalarType::null;
}

bool is_known_collection_tag(const Node& node) {
  if (node.tag.empty()) return true;
  return node.tag == std::string(kTagPrefix) + (node.is_mapping() ? "map" : "seq");
}

/// strconv.FormatFloat(…, 'g', -1, 32), as sigs.k8s.io/yaml writes a key; nullopt: with an exponent, or no number.
std::optional<std::string> float_key(const std::string& written) {
  const auto number = static_cast<float>(std::strtod(written.c_str(), nullptr));
  const float size = std::fabs(number);
  if (!std::isfinite(number) || size >= 1e6F || (size < 1e-4F && size > 0)) return std::nullopt;
  std::array<char, 64> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  return std::string(buffer.data(), end);
}

/// The string that JSON has for a key; nullopt: it is refused, or not known.
std::optional<std::string> key_text(const Node& key, ScalarType type) {
  switch (type) {
    case ScalarType::string:
      return key.value;
    case ScalarType::boolean:
      return to_json(key).get<bool>() ? "true" : "false";
    case ScalarType::integer: {
      const Json number = to_json(key);
      if (!number.is_number_integer()) return std::nullopt;
      return number.dump();
    }
    case ScalarType::floating:
      return float_key(key.value);
    case ScalarType::null:
      break;
  }
  return std::nullopt;
}

/// Makes keys that are no strings the strings that JSON has for them.
Result<void> settle_key_types(Node& mapping) {
  std::map<std::string, ScalarType, std::less<>> types;
  for (auto& [key, value] : mapping.entries) {
    const ScalarType type = scalar_type(key);
    auto text = key_text(key, type);
    if (!text) return tl::unexpected<Error>(at_node(key, "this key is no string; write it in quotes"));
    if (const auto [known, is_new] = types.emplace(*text, type); !is_new && known->second != type) {
      return tl::unexpected<Error>(
          at_node(key, "the key '" + *text + "' is written twice, as a string and as another type; keep one"));
    }
    if (type == ScalarType::string || key.value == *text) continue;
    key.value = *std::move(text);
    key.style = ScalarStyle::double_quoted;
    key.tag.clear();
  }
  return {};
}

/// Checks tags, and makes keys what JSON has for them.
Result<void> settle(Node& node) {
  const bool is_scalar = node.is_scalar() || node.is_null();
  if (is_scalar && !node.tag.empty() && !fits_its_tag(node)) {
    return tl::unexpected<Error>(
        at_node(node, "a scalar with the tag '" + node.tag + "', which is not supported for this value"));
  }
  if (is_scalar && scalar_type(node) == ScalarType::floating && !to_json(node).is_number()) {
    return tl::unexpected<Error>(at_node(node, "'" + node.value + "' is a number that JSON does not have; quote it"));
  }
  if (!is_scalar && !is_known_collection_tag(node)) {
    return tl::unexpected<Error>(at_node(node, "the tag '" + node.tag + "' is not supported"));
  }
  for (Node& item : node.items) CHECK_OK(settle(item));
  bool has_other_keys = false;
  for (auto& [key, value] : node.entries) {
    if (key.is_mapping() || key.is_sequence()) {
      return tl::unexpected<Error>(
          at_node(key, "a mapping or a list stands where a key should, which Kubernetes refuses"));
    }
    CHECK_OK(settle(key));
    CHECK_OK(settle(value));
    has_other_keys = has_other_keys || scalar_type(key) != ScalarType::string;
  }
  return has_other_keys ? settle_key_types(node) : Result<void>();
}

}  // namespace

namespace {

Result<std::vector<Document>> read_documents(std::string_view text, const Lines& lines, const Limits& limits) {
  const std::string_view content = text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
  if (auto documents = parse_common(text, limits)) {
    if (lines.has_document_end) CHECK_OK(check_agreement(content, *documents, lines.separators));
    return *std::move(documents);
  }
  TRY(auto documents, parse_whole(text, limits));
  CHECK_OK(check_agreement(content, documents, lines.separators));
  return documents;
}

}  // namespace

Result<std::vector<Document>> parse_as_kubernetes(std::string_view text, const Limits& limits) {
  CHECK_OK(check_encoding(text));
  if (text.size() > limits.max_bytes) return parse(text, limits);  // which refuses it
  CHECK_OK(check_characters(text));
  TRY(const Lines lines, look_at_lines(text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text));
  // Kubernetes reads lines, and gives each of them a line feed.
  const std::string ended = text.empty() || text.ends_with('\n') ? std::string() : std::string(text) + '\n';
  const std::string_view read = ended.empty() ? text : ended;
  TRY(auto documents, read_documents(read, lines, limits));
  if (read.find('?') == std::string_view::npos) return documents;
  for (const Document& document : documents) CHECK_OK(check_flow(read, document.root, false));
  return documents;
}

Result<Node> decode_as_kubernetes(const Node& root, const Limits& limits) {
  TRY(Node expanded, expand_in_order(root, limits));
  CHECK_OK(settle(expanded));
  return expanded;
}

}  // namespace towline::yaml
