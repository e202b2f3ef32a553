#include "chatops/inline_scan.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>

#include "base/text.h"

namespace towline::chatops {
namespace {

constexpr std::array<std::string_view, 18> kQuotingElements = {
    "blockquote", "code",   "del",    "details", "kbd",   "ol",       "pre",      "q",  "s",
    "samp",       "script", "strike", "style",   "table", "template", "textarea", "ul", "xmp"};

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_punctuation(char c) { return std::ispunct(static_cast<unsigned char>(c)) != 0; }

std::size_t run_length(std::string_view text, std::size_t position) {
  const std::size_t end = text.find_first_not_of(text[position], position);
  return (end == std::string_view::npos ? text.size() : end) - position;
}

/// Where the backtick run that closes a code span ends; npos when there is none.
std::size_t code_span_end(std::string_view text, std::size_t position, std::size_t length) {
  std::size_t at = text.find('`', position);
  while (at != std::string_view::npos) {
    const std::size_t run = run_length(text, at);
    if (run == length) return at + run;
    at = text.find('`', at + run);
  }
  return std::string_view::npos;
}

std::size_t comment_end(std::string_view text, std::size_t position) {
  const std::size_t end = text.find("-->", position);
  return end == std::string_view::npos ? end : end + 3;
}

/// What begins at `position` and hides the text up to the returned position; `position` when nothing does.
std::size_t skip_hidden(std::string_view text, std::size_t position) {
  std::size_t end = std::string_view::npos;
  if (text[position] == '`') {
    const std::size_t run = run_length(text, position);
    end = code_span_end(text, position + run, run);
    if (end == std::string_view::npos) end = position + run;
  } else if (text[position] == '<' && text.substr(position, 4) == "<!--") {
    end = comment_end(text, position + 4);
  }
  return end == std::string_view::npos ? position : end;
}

}  // namespace

void OpenElements::see_tag(std::string_view text, std::size_t position) {
  std::size_t begin = position + 1;
  const bool closing = begin < text.size() && text[begin] == '/';
  if (closing) ++begin;
  std::size_t end = begin;
  while (end < text.size() && is_letter(text[end])) ++end;
  // "<s3cret>" and "<code-block>" are not the elements "s" and "code".
  const bool ends_here = end == text.size() || std::string_view(" \n/>").find(text[end]) != std::string_view::npos;
  if (end == begin || !ends_here) return;
  const std::string name = to_lower(text.substr(begin, end - begin));
  if (std::find(kQuotingElements.begin(), kQuotingElements.end(), name) == kQuotingElements.end()) return;
  std::size_t& count = count_[name];
  if (!closing) {
    ++count;
    ++open_;
  } else if (count > 0) {
    --count;
    --open_;
  }
}

void OpenElements::see_html(std::string_view html) {
  std::size_t position = html.find('<');
  while (position != std::string_view::npos) {
    if (html.substr(position, 4) == "<!--") {
      const std::size_t end = comment_end(html, position + 4);
      if (end == std::string_view::npos) return;
      position = html.find('<', end);
      continue;
    }
    see_tag(html, position);
    position = html.find('<', position + 1);
  }
}

std::vector<std::string> visible_lines(const std::vector<std::string>& paragraph, OpenElements& elements) {
  const std::string text = join(paragraph, "\n");
  std::vector<std::string> lines;
  std::size_t next_line = 0;
  std::size_t next_start = 0;
  std::size_t position = 0;
  while (position < text.size()) {
    for (; next_line < paragraph.size() && next_start <= position; ++next_line) {
      if (next_start == position && !elements.any()) lines.push_back(paragraph[next_line]);
      next_start += paragraph[next_line].size() + 1;
    }
    if (text[position] == '\\' && position + 1 < text.size() && is_punctuation(text[position + 1])) {
      position += 2;
      continue;
    }
    const std::size_t after = skip_hidden(text, position);
    if (after != position) {
      position = after;
      continue;
    }
    if (text[position] == '<') elements.see_tag(text, position);
    ++position;
  }
  return lines;
}

}  // namespace towline::chatops
