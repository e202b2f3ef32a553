#include "yaml/agreement.h"

#include <algorithm>
#include <string>
#include <utility>

#include "yaml/lexing.h"
#include "yaml/libyaml.h"

namespace towline::yaml {
namespace {

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

/// An event, deleted at the end of the scope.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t& get() { return event_; }
  yaml_event_type_t type() const { return event_.type; }
  std::size_t line() const { return event_.start_mark.line + 1; }
  const yaml_event_t* operator->() const { return &event_; }

 private:
  yaml_event_t event_{};
};

bool is_null_word(std::string_view value) {
  return value.empty() || value == "~" || value == "null" || value == "Null" || value == "NULL";
}

bool is_null(const Event& event) {
  const auto& scalar = event->data.scalar;
  const std::string_view value(reinterpret_cast<const char*>(scalar.value), scalar.length);
  return scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nullptr && is_null_word(value);
}

bool is_same_scalar(const Event& event, const Node& node) {
  const auto& scalar = event->data.scalar;
  const std::string_view value(reinterpret_cast<const char*>(scalar.value), scalar.length);
  const bool is_plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (node.value != value || node.anchor != text_of(scalar.anchor)) return false;
  if (node.is_null()) return is_null(event);
  if (!node.is_scalar() || node.tag != text_of(scalar.tag)) return false;
  return (node.style == ScalarStyle::plain) == is_plain && !is_null(event);
}

class Agreement {
 public:
  Agreement(std::string_view text, std::size_t separators) : parser_(text), separators_(separators) {}

  Result<void> check(const std::vector<Document>& documents) {
    auto next = documents.begin();
    std::size_t explicit_starts = 0;
    while (true) {
      Event event;
      CHECK_OK(read(event));
      if (event.type() == YAML_STREAM_END_EVENT) break;
      if (event.type() != YAML_DOCUMENT_START_EVENT) continue;
      CHECK_OK(check_start(event));
      explicit_starts += event->data.document_start.implicit == 0 ? 1U : 0U;
      Event root;
      CHECK_OK(read(root));
      if (root.type() == YAML_SCALAR_EVENT && is_null(root)) continue;
      if (next == documents.end()) return differ(root.line());
      CHECK_OK(check_node(root, next->root));
      ++next;
    }
    if (next != documents.end()) return differ(next->line);
    if (explicit_starts == separators_) return {};
    return tl::unexpected<Error>(
        error_at({1, 1}, "the lines with '---' are not where the documents begin; Kubernetes splits the file there"));
  }

 private:
  static tl::unexpected<Error> differ(std::size_t line) {
    return tl::unexpected<Error>(
        error_at({line, 1}, "YAML readers differ in what this means; write it in plain block style"));
  }

  Result<void> read(Event& event) {
    if (parser_.next(event.get())) return {};
    return tl::unexpected<Error>(error_at({parser_.problem_line(), 1}, parser_.problem()));
  }

  static Result<void> check_start(const Event& event) {
    const auto& start = event->data.document_start;
    if (start.version_directive == nullptr && start.tag_directives.start == start.tag_directives.end) return {};
    return tl::unexpected<Error>(error_at({event.line(), 1}, "directives (%YAML, %TAG) are refused by Kubernetes"));
  }

  Result<void> check_node(const Event& event, const Node& node) {
    const auto agrees = [&](bool same) -> Result<void> { return same ? Result<void>() : differ(event.line()); };
    switch (event.type()) {
      case YAML_ALIAS_EVENT:
        return agrees(node.kind == NodeKind::alias && node.value == text_of(event->data.alias.anchor));
      case YAML_SCALAR_EVENT:
        return agrees(is_same_scalar(event, node));
      case YAML_SEQUENCE_START_EVENT: {
        const auto& start = event->data.sequence_start;
        if (!node.is_sequence() || node.tag != text_of(start.tag) || node.anchor != text_of(start.anchor)) break;
        return check_children(
            node.items.size(), [&](std::size_t at) -> const Node& { return node.items[at]; }, event);
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& start = event->data.mapping_start;
        if (!node.is_mapping() || node.tag != text_of(start.tag) || node.anchor != text_of(start.anchor)) break;
        const auto child = [&](std::size_t at) -> const Node& {
          const auto& entry = node.entries[at / 2];
          return at % 2 == 0 ? entry.first : entry.second;
        };
        return check_children(2 * node.entries.size(), child, event);
      }
      default:
        break;
    }
    return differ(event.line());
  }

  template <class ChildAt>
  Result<void> check_children(std::size_t count, const ChildAt& child_at, const Event& parent) {
    for (std::size_t at = 0;; ++at) {
      Event event;
      CHECK_OK(read(event));
      if (event.type() == YAML_SEQUENCE_END_EVENT || event.type() == YAML_MAPPING_END_EVENT) {
        return at == count ? Result<void>() : differ(parent.line());
      }
      if (at == count) return differ(event.line());
      CHECK_OK(check_node(event, child_at(at)));
    }
  }

  LibyamlParser parser_;
  std::size_t separators_;
};

}  // namespace

Result<void> check_agreement(std::string_view text, const std::vector<Document>& documents, std::size_t separators) {
  return Agreement(text, separators).check(documents);
}

}  // namespace towline::yaml
