#include "yaml/lexing.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace towline::yaml {

namespace {

/// The scanner keeps every token of a flow collection in memory until it is closed; real files stay far below.
constexpr std::size_t kMaxFlowIndicators = 500'000;

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kFlowIndicators = ",[]{}";

enum class ByteClass : std::uint8_t { ordinary, control, flow_indicator, carriage_return, multi_byte };

constexpr std::array<ByteClass, 256> make_byte_classes() {
  std::array<ByteClass, 256> classes{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) classes[byte] = ByteClass::control;
  classes['\t'] = ByteClass::ordinary;
  classes['\n'] = ByteClass::ordinary;
  classes['\r'] = ByteClass::carriage_return;
  classes[0x7f] = ByteClass::control;
  for (const char indicator : kFlowIndicators)
    classes[static_cast<unsigned char>(indicator)] = ByteClass::flow_indicator;
  for (std::size_t byte = 0x80; byte < 0x100; ++byte) classes[byte] = ByteClass::multi_byte;
  return classes;
}
constexpr std::array<ByteClass, 256> kByteClasses = make_byte_classes();

bool is_blank(char c) { return kBlank.find(c) != std::string_view::npos; }
bool is_flow_indicator(char c) { return kFlowIndicators.find(c) != std::string_view::npos; }

/// YAML 1.2.2, 5.6, ns-tag-char, with the '!' of a handle.
bool is_tag_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || std::string_view("-#;/?:@&=+$_.~*'()%!").find(c) != std::string_view::npos;
}

std::size_t end_of_word(std::string_view text, std::size_t begin) {
  while (begin < text.size() && !is_blank(text[begin]) && !is_flow_indicator(text[begin])) ++begin;
  return begin;
}

std::optional<std::size_t> end_of_quoted(std::string_view text, std::size_t begin, char quote) {
  for (std::size_t at = begin + 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (text[at] == quote) {
      const bool doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
      if (!doubled) return at + 1;
      ++at;
    }
  }
  return std::nullopt;
}

/// Walks source and value side by side: a run of white space with line breaks in the source is what folding
/// made one space of (one break) or one line feed less than there are breaks.
std::optional<std::size_t> end_of_plain(std::string_view text, std::size_t begin, std::string_view value) {
  if (text.substr(begin, value.size()) == value) return begin + value.size();
  std::size_t at = begin;
  std::size_t read = 0;
  while (read < value.size()) {
    if (at >= text.size()) return std::nullopt;
    if (!is_blank(text[at])) {
      if (text[at++] != value[read++]) return std::nullopt;
      continue;
    }
    const std::size_t run_end = std::min(text.find_first_not_of(kBlank, at), text.size());
    const std::string_view run = text.substr(at, run_end - at);
    const auto breaks = static_cast<std::size_t>(std::count(run.begin(), run.end(), '\n'));
    const std::string folded = breaks == 0   ? std::string(run)
                               : breaks == 1 ? std::string(" ")
                                             : std::string(breaks - 1, '\n');
    if (value.substr(read, folded.size()) != folded) return std::nullopt;
    read += folded.size();
    at = run_end;
  }
  return at;
}

struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;   ///< without the line break
  std::size_t next = 0;  ///< begin of the next line; the text's size for the last
};

Line line_at(std::string_view text, std::size_t begin) {
  const std::size_t feed = text.find('\n', begin);
  if (feed == std::string_view::npos) return {begin, text.size(), text.size()};
  const bool carriage = feed > begin && text[feed - 1] == '\r';
  return {begin, carriage ? feed - 1 : feed, feed + 1};
}

bool is_document_marker(std::string_view line) {
  const bool marker = line.starts_with("---") || line.starts_with("...");
  return marker && (line.size() == 3 || is_blank(line[3]));
}

std::size_t leading_spaces(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

std::optional<std::size_t> end_of_block(std::string_view text, std::size_t begin, std::string_view value) {
  const Line header = line_at(text, begin);
  const std::size_t indicators = text.find_first_not_of("+-0123456789", begin + 1);
  const bool keep = text.substr(begin, indicators - begin).find('+') != std::string_view::npos;
  std::size_t end = begin + std::min(text.substr(begin, header.end - begin).find('#'), header.end - begin);
  while (end > begin && is_blank(text[end - 1])) --end;
  std::size_t at = header.next;
  if (const auto indent = block_indent(text, at, value)) {
    for (std::size_t look = at; look < text.size();) {
      const Line line = line_at(text, look);
      const std::string_view bytes = text.substr(line.begin, line.end - line.begin);
      const std::size_t spaces = leading_spaces(bytes);
      const bool blank = spaces == bytes.size() && spaces <= *indent;
      if (!blank && (spaces < *indent || (*indent == 0 && is_document_marker(bytes)))) break;
      look = line.next;
      if (blank) continue;
      end = line.end;
      at = line.next;
    }
  }
  if (!keep) return end;
  const std::size_t last = value.find_last_not_of('\n');
  std::size_t blank_lines = value.size() - (last == std::string_view::npos ? 0 : last + 2);
  if (last != std::string_view::npos && last + 1 == value.size()) blank_lines = 0;
  for (; blank_lines > 0 && at < text.size(); --blank_lines) {
    const Line line = line_at(text, at);
    end = line.end;
    at = line.next;
  }
  return end;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t index) -> unsigned {
    return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
  };
  const unsigned lead = byte(0);
  const unsigned second = byte(1);
  const auto continues = [&](std::size_t index) { return (byte(index) & 0xc0U) == 0x80U; };
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if ((lead == 0xe0 && second < 0xa0) || (lead == 0xed && second > 0x9f)) return 0;
    return continues(1) && continues(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if ((lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f)) return 0;
    return continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

std::optional<std::size_t> block_indent(std::string_view text, std::size_t content, std::string_view value) {
  const std::size_t value_mark = value.find_first_not_of(" \n");
  if (value_mark == std::string_view::npos) return std::nullopt;
  const std::size_t value_line = value.rfind('\n', value_mark);
  const std::size_t value_spaces = value_line == std::string_view::npos ? value_mark : value_mark - value_line - 1;
  const std::size_t text_mark = text.find_first_not_of(" \r\n", content);
  if (text_mark == std::string_view::npos) return std::nullopt;
  const std::size_t text_spaces = text_mark - text.rfind('\n', text_mark) - 1;
  if (text_spaces < value_spaces) return std::nullopt;
  return text_spaces - value_spaces;
}

Position position_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::size_t feed = before.rfind('\n');
  return {line, feed == std::string_view::npos ? offset + 1 : offset - feed};
}

Error error_at(Position position, std::string_view message) {
  return {ErrorKind::invalid,
          "line " + std::to_string(position.line) + ", column " + std::to_string(position.column) + ": " +
              std::string(message),
          {}};
}

Result<void> check_characters(std::string_view text) {
  std::size_t flow_indicators = 0;
  const auto refuse = [&](std::size_t at, std::string_view message) {
    return tl::unexpected<Error>(error_at(position_of(text, at), message));
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    switch (kByteClasses[static_cast<unsigned char>(text[at])]) {
      case ByteClass::ordinary:
        break;
      case ByteClass::flow_indicator:
        ++flow_indicators;
        break;
      case ByteClass::control:
        return refuse(at, "a control character, which YAML does not allow; remove or escape it");
      case ByteClass::carriage_return:
        if (at + 1 < text.size() && text[at + 1] == '\n') break;
        return refuse(at, "a carriage return without a line feed; save the file with LF or CRLF line ends");
      case ByteClass::multi_byte: {
        const std::size_t length = utf8_length(text.substr(at, 4));
        if (length == 0) return refuse(at, "a byte that is not UTF-8; save the file as UTF-8");
        at += length - 1;
      }
    }
  }
  if (flow_indicators > kMaxFlowIndicators)
    return refuse(0, "more than " + std::to_string(kMaxFlowIndicators) +
                         " brackets, braces and commas in one file, which is more than is read");
  return {};
}

std::size_t skip_blank(std::string_view text, std::size_t begin) {
  while (begin < text.size()) {
    if (is_blank(text[begin])) {
      ++begin;
    } else if (text[begin] == '#' && (begin == 0 || is_blank(text[begin - 1]))) {
      begin = std::min(text.find('\n', begin), text.size());
    } else {
      break;
    }
  }
  return begin;
}

Properties skip_properties(std::string_view text, std::size_t begin, bool anchor, bool tag) {
  Properties found{begin, begin, false, false, false};
  while (found.content < text.size()) {
    const char first = text[found.content];
    if (first == '&' && anchor && !found.anchor) {
      found.anchor = true;
      found.end = end_of_word(text, found.content + 1);
    } else if (first == '!' && tag && !found.tag) {
      found.tag = true;
      const bool verbatim = text.substr(found.content).starts_with("!<");
      const std::size_t close = verbatim ? text.find('>', found.content) : std::string_view::npos;
      found.end = close != std::string_view::npos ? close + 1 : end_of_word(text, found.content + 1);
      const std::string_view word = text.substr(found.content, found.end - found.content);
      found.odd_tag = close == std::string_view::npos && !std::all_of(word.begin(), word.end(), is_tag_character);
    } else {
      break;
    }
    found.content = skip_blank(text, found.end);
  }
  return found;
}

ScalarStyle style_at(std::string_view text, std::size_t begin) {
  switch (begin < text.size() ? text[begin] : '\0') {
    case '\'':
      return ScalarStyle::single_quoted;
    case '"':
      return ScalarStyle::double_quoted;
    case '|':
      return ScalarStyle::literal;
    case '>':
      return ScalarStyle::folded;
    default:
      return ScalarStyle::plain;
  }
}

std::optional<std::size_t> scalar_end(std::string_view text, std::size_t begin, ScalarStyle style,
                                      std::string_view value) {
  switch (style) {
    case ScalarStyle::plain:
      return end_of_plain(text, begin, value);
    case ScalarStyle::single_quoted:
      return end_of_quoted(text, begin, '\'');
    case ScalarStyle::double_quoted:
      return end_of_quoted(text, begin, '"');
    case ScalarStyle::literal:
    case ScalarStyle::folded:
      return end_of_block(text, begin, value);
  }
  return std::nullopt;
}

bool is_empty_scalar_at(std::string_view text, std::size_t begin) {
  const ScalarStyle style = style_at(text, begin);
  if (style == ScalarStyle::plain) return false;
  if (style == ScalarStyle::literal || style == ScalarStyle::folded) return true;
  const std::size_t close = text.find_first_not_of(" \t\r\n\\", begin + 1);
  return close != std::string_view::npos && text[close] == text[begin];
}

std::size_t null_word_at(std::string_view text, std::size_t begin, bool as_value) {
  if (begin >= text.size()) return 0;
  static constexpr std::array<std::string_view, 4> kWords = {"~", "null", "Null", "NULL"};
  for (const std::string_view word : kWords) {
    if (!text.substr(begin).starts_with(word)) continue;
    const std::size_t end = begin + word.size();
    const auto ends_at = [&](std::size_t at) {
      return at >= text.size() || is_blank(text[at]) || is_flow_indicator(text[at]);
    };
    const bool ends = ends_at(end) || (text[end] == ':' && ends_at(end + 1));
    if (!ends) return 0;
    const std::size_t next = std::min(text.find_first_not_of(" \t", end), text.size());
    const bool is_key =
        next < text.size() && text[next] == ':' && (next + 1 == text.size() || is_blank(text[next + 1]));
    return as_value && is_key ? 0 : word.size();
  }
  return 0;
}

std::optional<std::size_t> flow_end(std::string_view text, std::size_t inner, char closing) {
  for (std::size_t at = skip_blank(text, inner); at < text.size(); at = skip_blank(text, at + 1)) {
    if (text[at] == closing) return at + 1;
    if (text[at] != ',' && text[at] != ':' && text[at] != '?') return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace towline::yaml
