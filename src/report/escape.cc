#include "report/escape.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/text.h"
#include "report/report.h"

namespace towline::report {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_punctuation(char c) { return c > ' ' && c < 127 && !is_alnum(c); }

/// A character of no width, as an entity: it keeps apart what forges would join into a mention or a reference.
constexpr std::string_view kApart = "&#8203;";

struct Named {
  std::string_view bytes;
  std::string_view shown;
};

/// Bidirectional controls (Unicode 15, section 23.2), characters of no width, line and paragraph separators.
constexpr std::array kInvisible = {
    Named{"\u061c", "\\u{061c}"}, Named{"\u200b", "\\u{200b}"}, Named{"\u200c", "\\u{200c}"},
    Named{"\u200d", "\\u{200d}"}, Named{"\u200e", "\\u{200e}"}, Named{"\u200f", "\\u{200f}"},
    Named{"\u2028", "\\u{2028}"}, Named{"\u2029", "\\u{2029}"}, Named{"\u202a", "\\u{202a}"},
    Named{"\u202b", "\\u{202b}"}, Named{"\u202c", "\\u{202c}"}, Named{"\u202d", "\\u{202d}"},
    Named{"\u202e", "\\u{202e}"}, Named{"\u2060", "\\u{2060}"}, Named{"\u2066", "\\u{2066}"},
    Named{"\u2067", "\\u{2067}"}, Named{"\u2068", "\\u{2068}"}, Named{"\u2069", "\\u{2069}"},
    Named{"\ufeff", "\\u{feff}"},
};

std::string numeric_entity(char c) { return "&#" + std::to_string(static_cast<int>(c)) + ";"; }

std::size_t longest_run(std::string_view text, char wanted) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

/// Writes text so that Markdown and the forges' own syntax leave it alone.
class Escaper {
 public:
  explicit Escaper(std::string_view text) : text_(text) {}

  std::string run() {
    escape_start();
    while (at_ < text_.size()) {
      if (!take_commit_id() && !take_reference_word()) take_character();
    }
    return std::move(out_);
  }

 private:
  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool at_word_start() const { return at_ == 0 || !is_alnum(text_[at_ - 1]); }

  /// What would begin a list, a heading or an underline at the start of a line.
  void escape_start() {
    if (text_.empty()) return;
    if (const char c = text_.front(); c == '-' || c == '+' || c == '=') {
      out_ += '\\';
      out_ += c;
      at_ = 1;
      return;
    }
    std::size_t digits = 0;
    while (digits < text_.size() && is_digit(text_[digits])) ++digits;
    const bool listed = digits > 0 && digits < text_.size() && (text_[digits] == '.' || text_[digits] == ')');
    if (!listed || (digits + 1 < text_.size() && text_[digits + 1] != ' ')) return;
    out_ += std::string(text_.substr(0, digits)) + "\\" + text_[digits];
    at_ = digits + 1;
  }

  /// A word that a forge might take for a commit becomes code, where nothing is looked up.
  bool take_commit_id() {
    if (!at_word_start()) return false;
    std::size_t size = 0;
    while (is_hex(peek(size))) ++size;
    if (size < 7 || is_alnum(peek(size))) return false;
    out_ += "`" + std::string(text_.substr(at_, size)) + "`";
    at_ += size;
    return true;
  }

  /// "GH-12" and "www.example.com".
  bool take_reference_word() {
    if (!at_word_start()) return false;
    const std::string word = to_lower(text_.substr(at_, 4));
    const std::size_t size = word == "www." ? 3 : word.substr(0, 3) == "gh-" && is_digit(peek(3)) ? 3 : 0;
    if (size == 0) return false;
    out_ += std::string(text_.substr(at_, size)) + std::string(kApart);
    at_ += size;
    return true;
  }

  /// ":tada:"; a line number between colons is none.
  bool begins_emoji() const {
    std::size_t size = 1;
    while (is_alnum(peek(size)) || peek(size) == '_' || peek(size) == '+' || peek(size) == '-') ++size;
    if (peek(size) != ':') return false;
    const std::string_view name = text_.substr(at_ + 1, size - 1);
    return name == "100" || name == "1234" || name.find_first_not_of("0123456789") != std::string_view::npos;
  }

  void take_character() {
    constexpr std::string_view kMarkdown = "\\`*_{}[]|~^$";
    constexpr std::string_view kReferring = "@#!%&$^~";
    const char c = text_[at_];
    if (c == '<') {
      out_ += "&lt;";
    } else if (c == '>') {
      out_ += "&gt;";
    } else if (c == '&') {
      out_ += "&amp;";
    } else if (c == '@' || c == '#') {
      out_ += numeric_entity(c);
    } else {
      if (kMarkdown.find(c) != std::string_view::npos) out_ += '\\';
      out_ += c;
    }
    const char next = peek(1);
    const bool refers = kReferring.find(c) != std::string_view::npos && (is_alnum(next) || next == '"' || next == '_');
    const bool links = c == ':' && ((next == '/' && peek(2) == '/') || begins_emoji());
    if (refers || links) out_ += kApart;
    ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string visible_text(std::string_view text) {
  std::string result = printable_utf8(text);
  // All of them begin with one of these bytes; most texts have none.
  const auto may_begin_one = [](char c) { return c == '\xd8' || c == '\xe2' || c == '\xef'; };
  if (std::none_of(result.begin(), result.end(), may_begin_one)) return result;
  for (const Named& character : kInvisible) {
    result = replace_all(std::move(result), character.bytes, character.shown);
  }
  return result;
}

std::string one_line(std::string_view text) {
  std::string line = visible_text(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

std::string html_text(std::string_view text) { return html_escape(visible_text(text)); }

std::string safe_url(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) return "";
  constexpr std::string_view kAllowed = "-._~:/?#!$&=+,;%";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string result;
  for (const char c : url) {
    if (is_alnum(c) || kAllowed.find(c) != std::string_view::npos) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return result;
}

std::string markdown_link(std::string_view text, std::string_view url) {
  const std::string target = safe_url(url);
  if (target.empty()) return markdown_escape(text);
  return "[" + markdown_escape(text) + "](" + target + ")";
}

std::string markdown_escape(std::string_view text) {
  const std::string line = one_line(text);
  return Escaper(trim(line)).run();
}

std::string markdown_code(std::string_view text) {
  const std::string line = one_line(text);
  if (trim(line).empty() || line.find_first_of("`|\\<>") != std::string::npos) {
    // Code spans cannot hold a pipe inside a table and the same text outside of one; entities can.
    std::string result = "<code>";
    for (const char c : line) result += is_punctuation(c) ? numeric_entity(c) : std::string(1, c);
    return result + "</code>";
  }
  return "`" + line + "`";
}

std::string fence_visible(std::string_view visible, std::string_view language) {
  const std::string fence(std::max<std::size_t>(3, longest_run(visible, '`') + 1), '`');
  std::string result;
  result.reserve(visible.size() + 2 * fence.size() + language.size() + 2);
  result += fence;
  result += language;
  result += '\n';
  result += visible;
  if (!visible.empty() && visible.back() != '\n') result += '\n';
  return result + fence;
}

std::string markdown_fence(std::string_view text, std::string_view language) {
  return fence_visible(visible_text(text), language);
}

}  // namespace towline::report
