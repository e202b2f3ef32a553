#include "decide/plain_text.h"

#include "base/text.h"

namespace towline::decide {
namespace {

constexpr std::size_t kLongestSpan = 300;
constexpr std::string_view kLineSeparator = "\xE2\x80\xA8";
constexpr std::string_view kParagraphSeparator = "\xE2\x80\xA9";
constexpr std::string_view kUrlCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/._~%#?&=+-";

}  // namespace

std::string single_line(std::string_view text, std::size_t max_bytes) {
  std::string spaced;
  for (const char c : text) spaced += (c == '\n' || c == '\r' || c == '\t' || c == '\v' || c == '\f') ? ' ' : c;
  spaced = replace_all(std::move(spaced), kLineSeparator, " ");
  spaced = replace_all(std::move(spaced), kParagraphSeparator, " ");
  return ellipsize(trim(printable_utf8(spaced)), max_bytes);
}

std::string code_span(std::string_view text) {
  std::string inside = single_line(text, kLongestSpan);
  // A backtick would end the span and a bar the cell; neither can be escaped inside, so look-alikes stand for them.
  inside = replace_all(std::move(inside), "`", "\xE2\x80\xB2");
  inside = replace_all(std::move(inside), "|", "\xC2\xA6");
  return "`" + (inside.empty() ? std::string(" ") : inside) + "`";
}

std::string plain_url(std::string_view url) {
  const bool web = url.starts_with("https://") || url.starts_with("http://");
  if (!web || url.find_first_not_of(kUrlCharacters) != std::string_view::npos) return {};
  return std::string(url);
}

std::string enumerate(const std::vector<std::string>& words, std::string_view conjunction) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + std::string(conjunction) + " " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace towline::decide
