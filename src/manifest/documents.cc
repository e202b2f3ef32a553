#include "manifest/documents.h"

#include <string>
#include <utility>

#include "base/json.h"
#include "manifest/positions.h"
#include "yaml/kubernetes.h"

namespace towline::manifest {
namespace {

constexpr std::size_t kMaxJsonDepth = 128;

/// The first key that is no scalar; nullptr when there is none. YAML allows them, Kubernetes does not, and
/// "name: {{ .Values.name }}" is one.
const yaml::Node* complex_key(const yaml::Node& node) {
  for (const yaml::Node& item : node.items) {
    if (const yaml::Node* found = complex_key(item)) return found;
  }
  for (const auto& [key, value] : node.entries) {
    if (key.is_mapping() || key.is_sequence()) return &key;
    if (const yaml::Node* found = complex_key(value)) return found;
  }
  return nullptr;
}

}  // namespace

ParsedDocuments parse_documents(std::string_view path, std::string_view text) {
  ParsedDocuments parsed;
  const auto problem = [&](std::size_t line, std::string message) {
    parsed.problems.push_back({std::string(path), line, std::move(message)});
  };
  if (text.starts_with(kLfsPointer)) {
    problem(1, "this is a Git LFS pointer, and the file that it stands for is not read");
    return parsed;
  }
  const auto documents = yaml::parse_as_kubernetes(text);
  if (!documents) {
    problem(line_of(documents.error()), unreadable_reason(text, documents.error()));
    return parsed;
  }
  if (path.ends_with(".json")) {
    if (const auto json = parse_json(text, kMaxJsonDepth); !json) {
      problem(0, "Argo CD reads this file as JSON, which it is not: " + json.error().message);
      return parsed;
    }
  }
  for (const yaml::Document& document : *documents) {
    if (const yaml::Node* key = complex_key(document.root)) {
      problem(key->line, "a mapping stands where a key should, as unrendered templates do ({{ ... }})");
      continue;
    }
    if (auto root = yaml::decode_as_kubernetes(document.root)) {
      parsed.roots.push_back(*std::move(root));
    } else {
      const std::size_t line = line_of(root.error());
      problem(line == 0 ? document.line : line, root.error().message);
    }
  }
  return parsed;
}

const std::vector<yaml::Node>* list_items(const yaml::Node& root) {
  const yaml::Node* items = root.find("items");
  return items != nullptr && items->is_sequence() ? &items->items : nullptr;
}

}  // namespace towline::manifest
