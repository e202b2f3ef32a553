#include <algorithm>
#include <array>
#include <cctype>

#include "gotemplate/syntax.h"

namespace towline::gotemplate {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::string_view kSpaces = " \t\r\n";

bool is_space(char c) { return kSpaces.find(c) != std::string_view::npos; }
bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, unsigned long code) {
  const auto put = [&](unsigned long byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<GoToken>> run() {
    while (at_ < text_.size()) {
      const std::size_t open = std::min(text_.find(kOpen, at_), text_.size());
      std::string_view literal = text_.substr(at_, open - at_);
      const bool trims = open + 3 < text_.size() && text_[open + 2] == '-' && is_space(text_[open + 3]);
      const std::size_t line = line_;
      skip(open - at_);
      if (trim_next_) literal.remove_prefix(std::min(literal.find_first_not_of(kSpaces), literal.size()));
      if (trims) literal = literal.substr(0, literal.find_last_not_of(kSpaces) + 1);
      trim_next_ = false;
      if (!literal.empty()) tokens_.push_back({GoToken::Kind::text, std::string(literal), line});
      if (open == text_.size()) break;
      skip(trims ? 3 : 2);
      CHECK_OK(lex_action());
    }
    return std::move(tokens_);
  }

 private:
  void skip(std::size_t count) {
    line_ += static_cast<std::size_t>(std::count(text_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 text_.begin() + static_cast<std::ptrdiff_t>(at_ + count), '\n'));
    at_ += count;
  }
  tl::unexpected<Error> wrong(const std::string& what) const {
    return fail(ErrorKind::invalid, "line " + std::to_string(line_) + ": " + what);
  }
  std::string_view rest() const { return text_.substr(at_); }
  void put(GoToken::Kind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }

  /// Steps over "}}" or " -}}" when it is next.
  bool take_close() {
    if (rest().starts_with(kClose)) {
      skip(kClose.size());
      return true;
    }
    if (at_ > 0 && is_space(text_[at_ - 1]) && rest().starts_with("-}}")) {
      skip(3);
      trim_next_ = true;
      return true;
    }
    return false;
  }

  Result<void> lex_action() {
    std::size_t spaces = std::min(rest().find_first_not_of(kSpaces), rest().size());
    if (rest().substr(spaces).starts_with("/*")) {
      skip(spaces);
      const std::size_t end = rest().find("*/");
      if (end == std::string_view::npos) return wrong("a comment is not closed");
      skip(end + 2);
      spaces = std::min(rest().find_first_not_of(kSpaces), rest().size());
      skip(spaces);
      return take_close() ? Result<void>{} : wrong("a comment ends before the closing delimiter");
    }
    put(GoToken::Kind::open, "{{");
    while (at_ < text_.size()) {
      if (take_close()) {
        put(GoToken::Kind::close, "}}");
        return {};
      }
      CHECK_OK(lex_one());
    }
    return wrong("an action is not closed");
  }

  Result<void> lex_one() {
    const char c = text_[at_];
    if (is_space(c)) {
      skip(std::min(rest().find_first_not_of(kSpaces), rest().size()));
      put(GoToken::Kind::space, " ");
      return {};
    }
    if (c == '"' || c == '\'') return lex_quoted(c);
    if (c == '`') return lex_raw();
    if (c == '.' && at_ + 1 < text_.size() && is_word_character(text_[at_ + 1]) && !is_digit(text_[at_ + 1])) {
      skip(1);
      put(GoToken::Kind::field, take_word());
      return {};
    }
    if (is_digit(c) || ((c == '-' || c == '+' || c == '.') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      return lex_number();
    }
    if (c == '$') {
      skip(1);
      put(GoToken::Kind::variable, "$" + take_word());
      return {};
    }
    if (is_word_character(c)) {
      put(GoToken::Kind::word, take_word());
      return {};
    }
    if (rest().starts_with(":=")) {
      put(GoToken::Kind::punctuation, ":=");
      skip(2);
      return {};
    }
    if (std::string_view("|(),=.").find(c) == std::string_view::npos) {
      return wrong(std::string("unexpected '") + c + "' in an action");
    }
    put(GoToken::Kind::punctuation, std::string(1, c));
    skip(1);
    return {};
  }

  std::string take_word() {
    std::size_t length = 0;
    while (length < rest().size() && is_word_character(rest()[length])) ++length;
    std::string word(rest().substr(0, length));
    skip(length);
    return word;
  }

  Result<void> lex_number() {
    std::size_t length = 1;
    const auto belongs = [&](char c) {
      const char before = rest()[length - 1];
      return is_word_character(c) || c == '.' || ((c == '+' || c == '-') && (before == 'e' || before == 'E'));
    };
    while (length < rest().size() && belongs(rest()[length])) ++length;
    put(GoToken::Kind::number, std::string(rest().substr(0, length)));
    skip(length);
    return {};
  }

  Result<void> lex_raw() {
    const std::size_t end = rest().find('`', 1);
    if (end == std::string_view::npos) return wrong("a raw text is not closed");
    put(GoToken::Kind::text_literal, std::string(rest().substr(1, end - 1)));
    skip(end + 1);
    return {};
  }

  Result<void> lex_quoted(char quote) {
    std::string value;
    skip(1);
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\n') return wrong("a quoted text is not closed");
      if (text_[at_] == '\\') {
        CHECK_OK(lex_escape(value));
      } else {
        value += text_[at_];
        skip(1);
      }
    }
    if (at_ == text_.size()) return wrong("a quoted text is not closed");
    skip(1);
    if (quote == '"') {
      put(GoToken::Kind::text_literal, std::move(value));
    } else if (value.size() == 1) {
      put(GoToken::Kind::number, std::to_string(static_cast<unsigned char>(value[0])));
    } else {
      return wrong("a character constant of more than one byte is not supported");
    }
    return {};
  }

  Result<void> lex_escape(std::string& value) {
    static constexpr std::string_view kLetters = "abfnrtv\\\"'";
    static constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"'";
    static constexpr std::array<std::pair<char, std::size_t>, 3> kCoded = {{{'x', 2}, {'u', 4}, {'U', 8}}};
    skip(1);
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (const std::size_t found = kLetters.find(c); found != std::string_view::npos) {
      value += kMeanings[found];
      skip(1);
      return {};
    }
    for (const auto& [letter, digits] : kCoded) {
      if (c != letter) continue;
      const std::string hex(rest().substr(1, digits));
      const bool valid = hex.size() == digits && std::all_of(hex.begin(), hex.end(), [](unsigned char digit) {
                           return std::isxdigit(digit) != 0;
                         });
      if (!valid) continue;
      const unsigned long code = std::stoul(hex, nullptr, 16);
      if (code > 0x10FFFF) break;
      if (letter == 'x') {
        value += static_cast<char>(static_cast<unsigned char>(code));
      } else {
        append_utf8(value, code);
      }
      skip(digits + 1);
      return {};
    }
    return wrong("unknown escape in a quoted text");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool trim_next_ = false;
  std::vector<GoToken> tokens_;
};

}  // namespace

Result<std::vector<GoToken>> lex_go_template(std::string_view text) { return Lexer(text).run(); }

}  // namespace towline::gotemplate
