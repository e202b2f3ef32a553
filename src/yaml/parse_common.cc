#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "yaml/lexing.h"
#include "yaml/libyaml.h"
#include "yaml/parsers.h"

namespace towline::yaml {

namespace {

class Event {
 public:
  explicit Event(LibyamlParser& parser) : read_(parser.next(event_)) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() {
    if (read_) yaml_event_delete(&event_);
  }
  bool is_read() const { return read_; }
  const yaml_event_t& get() const { return event_; }

 private:
  yaml_event_t event_{};
  bool read_;
};

/// What YAML 1.1, which libyaml reads, and 1.2 tell differently, by its bytes: tabs, a byte order mark, line breaks of
/// Unicode; directives; and '#' behind a comma or a bracket, which begins no comment but is taken for one.
/// A last line of spaces alone ends a block scalar with a line break that libyaml leaves out.
bool has_odd_bytes(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kOdd = {
      "\t", "\xEF\xBB\xBF", "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\n%", ",#", "[#", "{#"};
  return text.starts_with('%') || text.ends_with(' ') ||
         std::any_of(kOdd.begin(), kOdd.end(), [&](std::string_view odd) { return text.find(odd) != text.npos; });
}

/// Turns libyaml's places, which count characters, into bytes.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
    if (std::all_of(text.begin(), text.end(), is_ascii)) return;
    bytes_.reserve(text.size() + 1);
    for (std::size_t at = 0; at < text.size(); at += std::max<std::size_t>(utf8_length(text.substr(at, 4)), 1))
      bytes_.push_back(static_cast<std::uint32_t>(at));
    bytes_.push_back(static_cast<std::uint32_t>(text.size()));
  }

  std::size_t byte(const yaml_mark_t& mark) const {
    return bytes_.empty() ? mark.index : bytes_[std::min(mark.index, bytes_.size() - 1)];
  }
  /// 1-based, bytes.
  std::size_t column(const yaml_mark_t& mark) const {
    if (bytes_.empty()) return mark.column + 1;
    const std::size_t at = byte(mark);
    return at == 0 ? 1 : at - (text_.rfind('\n', at - 1) + 1) + 1;
  }

 private:
  std::string_view text_;
  std::vector<std::uint32_t> bytes_;  ///< of each character, and the end; empty: all are ASCII
};

ScalarStyle style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return ScalarStyle::single_quoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return ScalarStyle::double_quoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return ScalarStyle::literal;
    case YAML_FOLDED_SCALAR_STYLE:
      return ScalarStyle::folded;
    default:
      return ScalarStyle::plain;
  }
}

bool is_null_word(std::string_view value) {
  return value == "~" || value == "null" || value == "Null" || value == "NULL";
}

/// Whether a '?' stands where it says that a key follows: first on its line, or behind an indicator. In brackets
/// libyaml takes it for that whatever follows.
bool has_marked_key(std::string_view text) {
  constexpr std::string_view kIndicators = "\n-:?,[{";
  for (std::size_t at = text.find('?'); at != std::string_view::npos; at = text.find('?', at + 1)) {
    const std::size_t before = at == 0 ? std::string_view::npos : text.find_last_not_of(" \r", at - 1);
    if (before == std::string_view::npos || kIndicators.find(text[before]) != std::string_view::npos) return true;
  }
  return false;
}

/// Builds nodes in place out of libyaml's events; each step gives false for what is left to the other reader.
class Builder {
 public:
  Builder(std::string_view text, const Limits& limits) : text_(text), limits_(limits), places_(text) {}

  std::vector<Document> take_documents() { return std::move(documents_); }

  bool take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT:
        if (++begun_ > limits_.max_documents) return false;
        documents_.push_back({Node{}, event.start_mark.line + 1});
        return true;
      case YAML_DOCUMENT_END_EVENT:
        if (documents_.back().root.is_null()) documents_.pop_back();
        return true;
      case YAML_SCALAR_EVENT:
        return take_scalar(event);
      case YAML_SEQUENCE_START_EVENT: {
        const auto& start = event.data.sequence_start;
        const bool is_flow = start.style == YAML_FLOW_SEQUENCE_STYLE;
        return start.anchor == nullptr && start.tag == nullptr && open(NodeKind::sequence, is_flow, '[', event);
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& start = event.data.mapping_start;
        const bool is_flow = start.style == YAML_FLOW_MAPPING_STYLE;
        return start.anchor == nullptr && start.tag == nullptr && open(NodeKind::mapping, is_flow, '{', event);
      }
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        close(event);
        return true;
      case YAML_ALIAS_EVENT:
        return false;
      default:
        return true;
    }
  }

 private:
  /// An open collection. The pointer stays good: a parent grows only once its child is complete.
  struct Frame {
    Node* node = nullptr;
    bool is_flow = false;
    bool value_next = false;
  };

  bool is_key_next() const {
    return !frames_.empty() && frames_.back().node->is_mapping() && !frames_.back().value_next;
  }

  /// The new node's place in the open collection, or the document's root; nullptr: too many.
  Node* place(const yaml_event_t& event) {
    if (++nodes_ > limits_.max_nodes) return nullptr;
    Node& node = next_place();
    node.line = event.start_mark.line + 1;
    node.column = places_.column(event.start_mark);
    return &node;
  }

  Node& next_place() {
    if (frames_.empty()) return documents_.back().root;
    Frame& frame = frames_.back();
    if (frame.node->is_sequence()) return frame.node->items.emplace_back();
    frame.value_next = !frame.value_next;
    return frame.value_next ? frame.node->entries.emplace_back().first : frame.node->entries.back().second;
  }

  bool take_scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    if (scalar.anchor != nullptr || scalar.tag != nullptr || frames_.empty()) return false;
    const std::string_view value(reinterpret_cast<const char*>(scalar.value), scalar.length);
    const ScalarStyle style = style_of(scalar.style);
    const bool is_plain = style == ScalarStyle::plain;
    const bool is_unwritten = is_plain && value.empty();
    if (is_unwritten && (is_key_next() || frames_.back().is_flow)) return false;
    const std::size_t begin = places_.byte(event.start_mark);
    Node* const node = place(event);
    if (node == nullptr) return false;
    node->kind = is_unwritten || (is_plain && is_null_word(value)) ? NodeKind::null : NodeKind::scalar;
    node->style = style;
    node->value = value;
    node->span.begin = begin;
    const bool is_block = style == ScalarStyle::literal || style == ScalarStyle::folded;
    const auto end = is_block ? scalar_end(text_, begin, style, value) : std::optional(places_.byte(event.end_mark));
    if (!end) return false;
    node->span.end = *end;
    last_end_ = std::max(last_end_, *end);
    return true;
  }

  bool open(NodeKind kind, bool is_flow, char bracket, const yaml_event_t& event) {
    if (frames_.size() >= limits_.max_depth || is_key_next()) return false;
    const std::size_t begin = places_.byte(event.start_mark);
    // A pair without braces in a list.
    if (is_flow && (begin >= text_.size() || text_[begin] != bracket)) return false;
    Node* const node = place(event);
    if (node == nullptr) return false;
    node->kind = kind;
    node->span.begin = begin;
    frames_.push_back({node, is_flow, false});
    return true;
  }

  void close(const yaml_event_t& event) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    const std::size_t end = frame.is_flow ? places_.byte(event.end_mark) : std::max(last_end_, frame.node->span.begin);
    frame.node->span.end = end;
    last_end_ = std::max(last_end_, end);
  }

  std::string_view text_;
  const Limits& limits_;
  Places places_;
  std::vector<Document> documents_;
  std::vector<Frame> frames_;
  std::size_t nodes_ = 0;
  std::size_t begun_ = 0;
  std::size_t last_end_ = 0;  ///< of the nodes so far
};

}  // namespace

std::optional<std::vector<Document>> parse_common(std::string_view text, const Limits& limits) {
  if (has_odd_bytes(text) || has_marked_key(text)) return std::nullopt;
  LibyamlParser parser(text);
  Builder builder(text, limits);
  while (true) {
    const Event event(parser);
    if (!event.is_read() || !builder.take(event.get())) return std::nullopt;
    if (event.get().type == YAML_STREAM_END_EVENT) return builder.take_documents();
  }
}

}  // namespace towline::yaml
