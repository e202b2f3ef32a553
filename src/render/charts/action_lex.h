#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace towline::render {

enum class TokenKind {
  word,      ///< a function, a keyword, true, false, nil
  field,     ///< ".name", without the dot
  variable,  ///< "$" or "$name"
  text,      ///< a quoted text, without its quotes and escapes
  dot,       ///< "." that begins no field
  open,
  close,
  pipe,
  assign,  ///< "=" or ":="
  comma,
  other,  ///< numbers, trim markers and whatever no template has
};

struct Token {
  TokenKind kind = TokenKind::other;
  std::string text = {};
  std::size_t at = 0;
  std::size_t end = 0;
};

struct Action {
  std::vector<Token> tokens;
  std::size_t end = 0;  ///< after its right delimiter
  bool is_closed = false;
  bool too_long = false;  ///< more tokens than any action has
};

/// The action of Go's text/template whose left delimiter stands at `at`; a comment has no tokens. Reads any text: an
/// action that does not end is as long as the text.
Action lex_action(std::string_view text, std::size_t at);

/// The escapes of double-quoted text in YAML and Go that can stand for ASCII, resolved.
std::string unescaped(std::string_view text);

}  // namespace towline::render
