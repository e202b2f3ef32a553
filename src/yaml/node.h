#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace towline::yaml {

/// Half-open range of bytes in the file's text.
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
  bool operator==(const Span&) const = default;
};

enum class NodeKind { null, scalar, sequence, mapping, alias };
enum class ScalarStyle { plain, single_quoted, double_quoted, literal, folded };

/// A node as it is written, with where it stands. Value semantics; aliases are not expanded.
struct Node {
  NodeKind kind = NodeKind::null;
  ScalarStyle style = ScalarStyle::plain;
  std::string value;   ///< scalar: the text after unescaping; alias: the anchor's name; null: the word, or ""
  std::string tag;     ///< explicit tag ("!!str" gives "tag:yaml.org,2002:str"), else ""
  std::string anchor;  ///< name after '&', else ""
  /// Scalars and nulls: the scalar's own bytes, quotes included, without anchor and tag. A block scalar ends before its
  /// last line break. Where nothing is written: the empty range just after the colon, the dash, the anchor or the tag.
  /// Others: from the first to the last byte as far as known; begin is always right.
  Span span;
  std::size_t line = 0;                        ///< 1-based
  std::size_t column = 0;                      ///< 1-based, bytes
  std::vector<Node> items;                     ///< sequence
  std::vector<std::pair<Node, Node>> entries;  ///< mapping, in file order, duplicates kept

  // Declared, since a pair of a type that is not complete yet keeps clang from making them by itself.
  Node();
  Node(const Node& other);
  Node(Node&& other) noexcept;
  Node& operator=(const Node& other);
  Node& operator=(Node&& other) noexcept;
  ~Node();

  bool is_mapping() const { return kind == NodeKind::mapping; }
  bool is_sequence() const { return kind == NodeKind::sequence; }
  bool is_scalar() const { return kind == NodeKind::scalar; }
  bool is_null() const { return kind == NodeKind::null; }
  /// The value of the last entry with that scalar key; nullptr when absent or not a mapping.
  const Node* find(std::string_view key) const;
  /// find() along a path of keys; nullptr as soon as one is missing.
  const Node* find_path(std::initializer_list<std::string_view> keys) const;
  /// The scalar's text; "" for anything else.
  std::string_view text() const;
};

/// What a scalar means to Kubernetes (sigs.k8s.io/yaml, which is go-yaml v2, resolve.go): YAML 1.1 booleans
/// "y/n/yes/no/on/off" are booleans, "0o17" and "1_000" are integers, dates are strings. Quoted scalars are strings
/// unless a tag says otherwise.
enum class ScalarType { string, null, boolean, integer, floating };
ScalarType scalar_type(const Node& scalar);

struct Limits {
  std::size_t max_bytes = 16u << 20;
  std::size_t max_depth = 128;
  std::size_t max_nodes = 2'000'000;
  std::size_t max_documents = 20'000;
};

struct Document {
  Node root;  ///< null for an empty document
  std::size_t line = 0;
};

/// All documents of a file (YAML 1.2 or JSON; BOM and CRLF accepted). Empty documents are left out.
/// Error invalid: "line 3, column 7: …", also when a limit is passed.
Result<std::vector<Document>> parse(std::string_view text, const Limits& limits = {});

/// The node with every alias replaced by what its anchor holds and "<<" merge keys applied. A copied node keeps the
/// position of its original; anchors are gone.
/// Error invalid: an unknown anchor, or more than `max_nodes` nodes or `max_depth` levels come of it.
Result<Node> expand(const Node& root, const Limits& limits = {});

/// Block-style YAML that parses to the same tree, keys in the order given. For display and for `render`. Tags are left
/// out, but for what they make of a scalar; an anchor is written only when an alias names it.
std::string emit(const Node& node);

}  // namespace towline::yaml
