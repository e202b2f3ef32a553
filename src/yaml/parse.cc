#include <algorithm>
#include <array>
#include <istream>
#include <streambuf>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "yaml/lexing.h"
#include "yaml/node.h"
#include "yaml/parsers.h"

namespace towline::yaml {

namespace {

constexpr std::string_view kTextAfterEnd = "text after the end of the document; a new document begins with '---'";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Reads from memory without a copy.
class MemoryBuffer : public std::streambuf {
 public:
  explicit MemoryBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());  // streambuf's interface; it is only read
    setg(begin, begin, begin + text.size());
  }
};

/// What yaml-cpp cannot read though YAML 1.2 allows it, by the message that it gives then, and what can be done.
struct Hint {
  std::string_view message;
  std::string_view hint;
};
constexpr std::array<Hint, 4> kHints = {{
    {"end of map flow not found",
     "a '}' is missing, or a key in braces is parted from its colon or value by a line break, which is not supported: "
     "write both on one line"},
    {"unknown token",
     "a scalar that begins with '@', '`' or '%', or in brackets with '?' or ':', is not supported without quotes"},
    {"illegal tab when looking for indentation",
     "tabs in front of a line's text, also of an empty line, are not supported: use spaces"},
    {kTextAfterEnd, "a block scalar that is a whole document is supported only with its lines indented"},
}};

std::string with_hint(std::string_view message) {
  const auto* const row =
      std::find_if(kHints.begin(), kHints.end(), [&](const Hint& hint) { return hint.message == message; });
  std::string text(message);
  return row == kHints.end() ? text : text.append("; ").append(row->hint);
}

/// Leaves the parser early; never leaves parse().
struct Refused {
  Error error;
};

/// Line breaks that a scalar has by the rules of YAML 1.2 (6.5, 8.1.1) and yaml-cpp leaves out: in quotes around
/// nothing but white space, and at the end of a text whose last line is white space of a block scalar.
void add_lost_breaks(std::string_view text, Node& scalar) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::string_view written = text.substr(scalar.span.begin, scalar.span.size());
  const auto breaks = std::count(written.begin(), written.end(), '\n');
  switch (scalar.style) {
    case ScalarStyle::single_quoted:
    case ScalarStyle::double_quoted:
      if (!scalar.value.empty() || breaks < 2) return;
      if (written.find_first_not_of(kBlank, 1) == written.size() - 1)
        scalar.value.assign(static_cast<std::size_t>(breaks) - 1, '\n');
      return;
    case ScalarStyle::literal:
    case ScalarStyle::folded: {
      const std::size_t last_line = text.rfind('\n') + 1;
      const bool is_last = text.size() > last_line && text.find_first_not_of(kBlank, scalar.span.end) == text.npos &&
                           text.find_first_not_of(' ', last_line) == text.npos;
      const std::string_view header = written.substr(0, written.find_first_of(" \r\n"));
      const bool kept = header.find('+') != header.npos;
      const bool clipped = !kept && header.find('-') == header.npos && scalar.value.ends_with(' ');
      if (is_last && (clipped || (kept && scalar.value.empty()))) scalar.value += '\n';
      return;
    }
    case ScalarStyle::plain:
      return;
  }
}

/// yaml-cpp gives the code points of "\N" and "\_" as a byte each, which is no UTF-8; everything else in the value is.
void encode_lone_bytes(std::string& value) {
  std::string encoded;
  for (std::size_t at = 0; at < value.size();) {
    const auto first = static_cast<unsigned char>(value[at]);
    const std::size_t length = first < 0x80 ? 1 : utf8_length(std::string_view(value).substr(at, 4));
    if (length == 0) encoded += '\xC2';
    const std::size_t bytes = std::max<std::size_t>(length, 1);
    encoded.append(value, at, bytes);
    at += bytes;
  }
  value = std::move(encoded);
}

/// Builds nodes in place out of yaml-cpp's events. An event's mark is the byte offset of the node's first
/// token (an anchor or a tag, where it has one); where the node ends is found in the text.
class Builder : public YAML::EventHandler {
 public:
  /// `offset`: bytes at the front of `text` that the parser does not see.
  Builder(std::string_view text, std::size_t offset, const Limits& limits)
      : text_(text), offset_(offset), limits_(limits) {}

  std::vector<Document> take() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (begun_ > 0 && !is_separated(at(mark))) refuse(mark, with_hint(kTextAfterEnd));
    if (++begun_ > limits_.max_documents)
      refuse(mark, "more than " + std::to_string(limits_.max_documents) + " documents in one file");
    documents_.push_back({Node{}, static_cast<std::size_t>(mark.line) + 1});
    anchors_.clear();
  }

  void OnDocumentEnd() override {
    if (documents_.back().root.is_null()) documents_.pop_back();
  }

  void OnAnchor(const YAML::Mark& /*mark*/, const std::string& name) override { anchors_.push_back(name); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const bool as_value = !frames_.empty() && (frames_.back().node->is_sequence() || frames_.back().value_next);
    Node& node = place(mark);
    const Properties properties = begin_node(node, mark, anchor, kNoTag);
    const std::size_t word = null_word_at(text_, properties.content, as_value);
    if (word > 0) {
      node.value = std::string(text_.substr(properties.content, word));
      set_span(node, properties.content, properties.content + word);
    } else if (properties.anchor) {
      set_unwritten(node, mark, properties);
    } else {
      // The mark names the next token; the place is just after the colon or the dash.
      const auto [before, indicator] = sibling_before(node);
      if (before == nullptr) return;
      const std::size_t from = std::max(last_end_, before->span.begin);
      const std::size_t found = skip_blank(text_, from);
      const std::size_t place = found < text_.size() && text_[found] == indicator ? found + 1 : from;
      node.line = before->line;
      node.column = before->column;
      move_to(node, before->span.begin, place);
      set_span(node, place, place);
    }
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node& node = place(mark);
    begin_node(node, mark, YAML::NullAnchor, kNoTag);
    node.kind = NodeKind::alias;
    node.value = anchor_name(anchor);
    set_span(node, at(mark), at(mark) + 1 + node.value.size());
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node& node = place(mark);
    const Properties properties = begin_node(node, mark, anchor, tag);
    node.kind = NodeKind::scalar;
    node.value = value;
    node.style = style_at(text_, properties.content);
    const bool has_properties = properties.tag || properties.anchor;
    if (value.empty() && has_properties && !is_empty_scalar_at(text_, properties.content)) {
      node.style = ScalarStyle::plain;
      set_unwritten(node, mark, properties);
      return;
    }
    const auto end = scalar_end(text_, properties.content, node.style, value);
    if (!end) {
      const bool quoted = node.style == ScalarStyle::single_quoted || node.style == ScalarStyle::double_quoted;
      refuse(mark,
             quoted ? "the quote opened here is never closed" : "a scalar that cannot be read back from the text");
    }
    set_span(node, properties.content, *end);
    if (frames_.empty() && is_cut_by_percent(node))
      refuse(mark, "a block scalar that is a whole document is not supported where a line of it begins with '%'");
    add_lost_breaks(text_, node);
    const std::string_view written = text_.substr(node.span.begin, node.span.size());
    const bool escaped = written.find("\\N") != written.npos || written.find("\\_") != written.npos;
    if (node.style == ScalarStyle::double_quoted && escaped) encode_lone_bytes(node.value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    begin_collection(NodeKind::sequence, '[', mark, tag, anchor);
  }
  void OnSequenceEnd() override { end_collection(']'); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    begin_collection(NodeKind::mapping, '{', mark, tag, anchor);
  }
  void OnMapEnd() override { end_collection('}'); }

 private:
  /// An open collection. The pointer stays good: a parent grows only once its child is complete.
  struct Frame {
    Node* node = nullptr;
    bool bracketed = false;
    bool value_next = false;
  };

  /// What yaml-cpp reports for an untagged node that is not quoted ("!" for one that is).
  inline static const std::string kNoTag = "?";

  std::size_t at(const YAML::Mark& mark) const { return static_cast<std::size_t>(mark.pos) + offset_; }

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string_view message) {
    throw Refused{
        error_at({static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1}, message)};
  }

  /// A document that is not the first begins with '---', or follows '...'; yaml-cpp takes anything.
  bool is_separated(std::size_t begin) const {
    if (text_.substr(begin, 3) == "---") return true;
    const std::size_t from = std::min(last_end_, begin);
    return text_.substr(from, begin - from).find("\n...") != std::string_view::npos;
  }

  /// yaml-cpp takes the line behind the header for a directive.
  bool is_cut_by_percent(const Node& scalar) const {
    const bool block = scalar.style == ScalarStyle::literal || scalar.style == ScalarStyle::folded;
    return block && scalar.value.empty() && text_.substr(std::min(scalar.span.end, text_.size())).starts_with("\n%");
  }

  /// The new node's place in the open collection, or the document's root.
  Node& place(const YAML::Mark& mark) {
    if (++nodes_ > limits_.max_nodes)
      refuse(mark, "more than " + std::to_string(limits_.max_nodes) + " nodes in one file");
    if (frames_.empty()) return documents_.back().root;
    Frame& frame = frames_.back();
    if (frame.node->is_sequence()) return frame.node->items.emplace_back();
    frame.value_next = !frame.value_next;
    if (frame.value_next) return frame.node->entries.emplace_back().first;
    return frame.node->entries.back().second;
  }

  struct Sibling {
    const Node* node = nullptr;
    char indicator = '\0';
  };
  /// What stands before the node just placed (its key, the item before it, or the sequence that it begins),
  /// and the indicator between; nothing for a key and for a root.
  Sibling sibling_before(const Node& node) const {
    if (frames_.empty()) return {};
    const Node& parent = *frames_.back().node;
    if (parent.is_sequence()) {
      const std::size_t count = parent.items.size();
      return {count > 1 ? &parent.items[count - 2] : &parent, frames_.back().bracketed ? ',' : '-'};
    }
    const auto& entry = parent.entries.back();
    return &entry.second == &node ? Sibling{&entry.first, ':'} : Sibling{};
  }

  /// A node of which only the properties are written stands at their end.
  void set_unwritten(Node& node, const YAML::Mark& mark, const Properties& properties) {
    node.line = static_cast<std::size_t>(mark.line) + 1;
    node.column = static_cast<std::size_t>(mark.column) + 1;
    move_to(node, at(mark), properties.end);
    set_span(node, properties.end, properties.end);
  }

  /// Fills in anchor, tag and position; gives where the node's own bytes begin.
  Properties begin_node(Node& node, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& tag) {
    node.line = static_cast<std::size_t>(mark.line) + 1;
    node.column = static_cast<std::size_t>(mark.column) + 1;
    const bool anchored = anchor != YAML::NullAnchor;
    const bool tagged = tag != kNoTag && !tag.empty();
    const Properties properties = skip_properties(text_, at(mark), anchored, tagged);
    if (properties.odd_tag) refuse(mark, "a tag with a character that YAML allows in none");
    if (anchored) node.anchor = anchor_name(anchor);
    if (properties.tag) node.tag = tag;
    move_to(node, at(mark), properties.content);
    return properties;
  }

  /// Corrects line and column of a node that turned out to stand at `to`, not at `from` before it.
  void move_to(Node& node, std::size_t from, std::size_t to) const {
    const std::string_view between = text_.substr(from, to - from);
    const std::size_t feed = between.rfind('\n');
    if (feed == std::string_view::npos) {
      node.column += between.size();
      return;
    }
    node.line += static_cast<std::size_t>(std::count(between.begin(), between.end(), '\n'));
    node.column = between.size() - feed;
  }

  void set_span(Node& node, std::size_t begin, std::size_t end) {
    node.span = {begin, end};
    last_end_ = std::max(last_end_, end);
  }

  void begin_collection(NodeKind kind, char bracket, const YAML::Mark& mark, const std::string& tag,
                        YAML::anchor_t anchor) {
    if (frames_.size() >= limits_.max_depth)
      refuse(mark, "more than " + std::to_string(limits_.max_depth) + " levels of nesting");
    Node& node = place(mark);
    const Properties properties = begin_node(node, mark, anchor, tag);
    node.kind = kind;
    node.span.begin = properties.content;
    const bool bracketed = properties.content < text_.size() && text_[properties.content] == bracket;
    frames_.push_back({&node, bracketed, false});
  }

  void end_collection(char bracket) {
    const Frame frame = frames_.back();
    frames_.pop_back();
    const std::size_t begin = frame.node->span.begin;
    const std::size_t inner = std::max(last_end_, frame.bracketed ? begin + 1 : begin);
    set_span(*frame.node, begin, frame.bracketed ? flow_end(text_, inner, bracket).value_or(inner) : inner);
  }

  const std::string& anchor_name(YAML::anchor_t anchor) const { return anchors_.at(anchor - 1); }

  std::string_view text_;
  std::size_t offset_;
  const Limits& limits_;
  std::vector<Document> documents_;
  std::vector<Frame> frames_;
  std::vector<std::string> anchors_;  ///< of this document, in the order of yaml-cpp's numbers, which begin at 1
  std::size_t nodes_ = 0;
  std::size_t begun_ = 0;
  std::size_t last_end_ = 0;  ///< of the nodes so far
};

}  // namespace

Result<std::vector<Document>> parse_whole(std::string_view text, const Limits& limits) {
  const std::size_t offset = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  MemoryBuffer buffer(text.substr(offset));
  std::istream stream(&buffer);
  Builder builder(text, offset, limits);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return tl::unexpected<Error>(refused.error);
  } catch (const YAML::Exception& exception) {
    const bool placed = !exception.mark.is_null();
    const auto line = placed ? static_cast<std::size_t>(exception.mark.line) + 1 : 1;
    const auto column = placed ? static_cast<std::size_t>(exception.mark.column) + 1 : 1;
    return tl::unexpected<Error>(error_at({line, column}, with_hint(exception.msg)));
  }
  return builder.take();
}

Result<std::vector<Document>> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.max_bytes)
    return tl::unexpected<Error>(error_at({1, 1}, "the file has " + std::to_string(text.size()) + " bytes; at most " +
                                                      std::to_string(limits.max_bytes) + " are read"));
  CHECK_OK(check_characters(text));
  if (auto documents = parse_common(text, limits)) return *std::move(documents);
  return parse_whole(text, limits);
}

}  // namespace towline::yaml
