#include "sites/passage.h"

#include <algorithm>

#include "yaml/block.h"

namespace towline::sites {
namespace {

/// A line that begins a document ends whatever was open before it, even a quoted scalar (YAML 1.2.2, 9.1.2), so the
/// text may be cut there without reading it.
bool begins_document(std::string_view text, std::size_t at) {
  if (text.substr(at, 3) != "---") return false;
  return at + 3 == text.size() || std::string_view(" \t\r\n").find(text[at + 3]) != std::string_view::npos;
}

bool has_directives(std::string_view text) {
  return text.starts_with('%') || text.find("\n%") != std::string_view::npos;
}

std::size_t count_lines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

Passage::Passage(std::string_view text, std::size_t offset, std::size_t line)
    : text_(text), offset_(offset), first_line_(line) {}

std::optional<Passage> Passage::within(const Passage& outer, const yaml::Node& block_scalar) {
  const std::string_view text = outer.text();
  const auto content = yaml::block_content(text, block_scalar);
  if (!content) return std::nullopt;
  const std::size_t line =
      block_scalar.line + count_lines(text.substr(block_scalar.span.begin, content->begin - block_scalar.span.begin));
  Passage passage({}, 0, outer.line_in_file(line));
  passage.embedded_ = true;
  passage.indent_ = outer.indent_ + content->indent;
  passage.own_.reserve(content->end - content->begin);
  for (std::size_t at = content->begin; at < content->end;) {
    const std::size_t feed = std::min(text.find('\n', at), content->end);
    const std::size_t next = std::min(feed + 1, content->end);
    const std::size_t spaces = std::min(text.find_first_not_of(' ', at), feed) - at;
    const std::size_t from = at + std::min(spaces, content->indent);
    passage.lines_.push_back({passage.own_.size(), outer.offset_in_file(from)});
    passage.own_ += text.substr(from, next - from);
    at = next;
  }
  return passage;
}

std::size_t Passage::offset_in_file(std::size_t offset) const {
  if (!embedded_) return offset_ + offset;
  const auto after = std::upper_bound(lines_.begin(), lines_.end(), offset,
                                      [](std::size_t wanted, const LineBegin& line) { return wanted < line.here; });
  const LineBegin& line = after == lines_.begin() ? *after : *(after - 1);
  return line.in_file + (offset - line.here);
}

yaml::Span Passage::span_in_file(yaml::Span span) const {
  return {offset_in_file(span.begin), offset_in_file(span.end)};
}

yaml::Node Passage::in_file(const yaml::Node& scalar) const {
  yaml::Node moved = scalar;
  moved.span = span_in_file(scalar.span);
  moved.line = line_in_file(scalar.line);
  moved.column += indent_;
  return moved;
}

std::vector<Passage> documents_of(std::string_view text) {
  std::vector<Passage> documents;
  std::size_t begin = 0;
  std::size_t line = 1;
  const auto close = [&](std::size_t end) {
    const std::string_view document = text.substr(begin, end - begin);
    if (!document.empty()) documents.emplace_back(document, begin, line);
    line += count_lines(document);
    begin = end;
  };
  if (!has_directives(text)) {
    constexpr std::string_view kMarker = "\n---";
    for (std::size_t feed = text.find(kMarker); feed != std::string_view::npos; feed = text.find(kMarker, feed + 1)) {
      if (begins_document(text, feed + 1)) close(feed + 1);
    }
  }
  close(text.size());
  return documents;
}

}  // namespace towline::sites
