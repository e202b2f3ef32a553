#include <algorithm>
#include <set>

#include "yaml/node.h"
#include "yaml/plain.h"

namespace towline::yaml {

namespace {

constexpr std::size_t kIndent = 2;
/// YAML allows 1024 characters between the begin of a key and its colon; longer ones stand behind "? ".
constexpr std::size_t kMaxSimpleKey = 1000;

bool is_empty_collection(const Node& node) {
  return (node.is_mapping() && node.entries.empty()) || (node.is_sequence() && node.items.empty());
}

bool is_block_collection(const Node& node) {
  return (node.is_mapping() || node.is_sequence()) && !is_empty_collection(node);
}

void collect_aliases(const Node& node, std::set<std::string_view>& names) {
  if (node.kind == NodeKind::alias) names.insert(node.value);
  for (const Node& item : node.items) collect_aliases(item, names);
  for (const auto& [key, value] : node.entries) {
    collect_aliases(key, names);
    collect_aliases(value, names);
  }
}

/// Several lines that a literal block can hold as they are.
bool can_be_literal(std::string_view value) {
  if (value.find('\n') == std::string_view::npos || value.find_first_not_of(" \t\n") == std::string_view::npos)
    return false;
  // White space at a line's end is lost on the reader's screen, and a tab in front confuses parsers.
  const bool fragile = value.find(" \n") != std::string_view::npos || value.find("\t\n") != std::string_view::npos ||
                       value.find("\n\t") != std::string_view::npos || value.front() == '\t' || value.back() == ' ' ||
                       value.back() == '\t';
  return !fragile && !needs_escapes(value);
}

class Emitter {
 public:
  explicit Emitter(const Node& root) { collect_aliases(root, aliased_); }

  std::string emit(const Node& root) {
    if (is_block_collection(root)) {
      if (has_properties(root)) out_ += properties(root) + "\n";
      write_block(root, 0);
    } else {
      out_ += inline_text(root);
      out_ += '\n';
    }
    return std::move(out_);
  }

 private:
  bool has_properties(const Node& node) const { return !node.anchor.empty() && aliased_.contains(node.anchor); }
  std::string properties(const Node& node) const { return has_properties(node) ? "&" + node.anchor : std::string(); }

  /// Scalars, aliases and empty collections on one line.
  std::string inline_text(const Node& node) const {
    std::string prefix = properties(node);
    if (!prefix.empty()) prefix += ' ';
    switch (node.kind) {
      case NodeKind::null:
        return prefix + "null";
      case NodeKind::alias:
        return "*" + node.value;
      case NodeKind::sequence:
        return prefix + "[]";
      case NodeKind::mapping:
        return prefix + "{}";
      case NodeKind::scalar:
        break;
    }
    const bool text = scalar_type(node) == ScalarType::string;
    const bool plain = can_be_plain(node.value, false) && (!text || !is_ambiguous(node.value));
    // A plain scalar that only some readers take for a date stays as it was written.
    const bool written_plain = node.style == ScalarStyle::plain && node.tag.empty() && can_be_plain(node.value, false);
    return prefix + (plain || written_plain ? node.value : double_quoted(node.value));
  }

  void write_literal(const Node& node, std::size_t indent) {
    const std::string_view value = node.value;
    out_ += has_properties(node) ? properties(node) + " |" : "|";
    if (value.front() == ' ' || value.front() == '\n') out_ += std::to_string(kIndent);
    const std::size_t last = value.find_last_not_of('\n');
    const std::size_t trailing = value.size() - last - 1;
    if (trailing == 0) out_ += '-';
    if (trailing > 1) out_ += '+';
    out_ += '\n';
    const std::string_view body = trailing == 0 ? value : value.substr(0, value.size() - 1);
    for (std::size_t begin = 0; begin <= body.size();) {
      const std::size_t end = std::min(body.find('\n', begin), body.size());
      if (end > begin) out_.append(indent, ' ').append(body.substr(begin, end - begin));
      out_ += '\n';
      begin = end + 1;
    }
  }

  /// What follows "key:" or "? key"; `indent` is the mapping's.
  void write_value(const Node& value, std::size_t indent) {
    if (value.is_scalar() && can_be_literal(value.value)) {
      out_ += ' ';
      write_literal(value, indent + kIndent);
    } else if (is_block_collection(value)) {
      out_ += has_properties(value) ? " " + properties(value) + "\n" : "\n";
      write_block(value, value.is_sequence() ? indent : indent + kIndent);
    } else {
      out_ += ' ' + inline_text(value) + '\n';
    }
  }

  /// What follows "- " or "? ": the first line stands behind the indicator, which is at `indent`.
  void write_compact(const Node& node, std::size_t indent) {
    if (node.is_scalar() && can_be_literal(node.value)) {
      write_literal(node, indent + kIndent);
    } else if (!is_block_collection(node)) {
      out_ += inline_text(node) + '\n';
    } else if (has_properties(node)) {
      out_ += properties(node) + '\n';
      write_block(node, indent + kIndent);
    } else {
      write_block(node, indent + kIndent, true);
    }
  }

  /// `started`: the first line's indentation stands already.
  void write_block(const Node& node, std::size_t indent, bool started = false) {
    const auto begin_line = [&] {
      if (!started) out_.append(indent, ' ');
      started = false;
    };
    for (const Node& item : node.items) {
      begin_line();
      out_ += "- ";
      write_compact(item, indent);
    }
    for (const auto& [key, value] : node.entries) {
      begin_line();
      const std::string simple = is_block_collection(key) ? std::string() : inline_text(key);
      if (simple.empty() || simple.size() > kMaxSimpleKey) {
        out_ += "? ";
        write_compact(key, indent);
        out_.append(indent, ' ');
      } else {
        out_ += simple;
        if (key.kind == NodeKind::alias) out_ += ' ';
      }
      out_ += ':';
      write_value(value, indent);
    }
  }

  std::string out_;
  std::set<std::string_view> aliased_;
};

}  // namespace

std::string emit(const Node& node) { return Emitter(node).emit(node); }

}  // namespace towline::yaml
