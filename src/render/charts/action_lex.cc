#include "render/charts/action_lex.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>
#include <utility>

namespace towline::render {
namespace {

bool is_word_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_word(char c) { return is_word_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

TokenKind kind_of_mark(std::string_view rest) {
  switch (rest[0]) {
    case '(':
      return TokenKind::open;
    case ')':
      return TokenKind::close;
    case '|':
      return TokenKind::pipe;
    case ',':
      return TokenKind::comma;
    case '=':
      return TokenKind::assign;
    case ':':
      return rest.starts_with(":=") ? TokenKind::assign : TokenKind::other;
    case '.':
      return rest.size() > 1 && is_digit(rest[1]) ? TokenKind::other : TokenKind::dot;
    default:
      return TokenKind::other;
  }
}

/// The size of the mark or of the number that the text begins with.
std::size_t mark_size(std::string_view rest, TokenKind kind) {
  if (kind != TokenKind::other) return rest.starts_with(":=") ? 2 : 1;
  std::size_t size = 1;
  while (size < rest.size() && (is_word(rest[size]) || (rest[size] == '.' && is_digit(rest[size - 1])))) ++size;
  return is_digit(rest[0]) || (size > 1 && is_digit(rest[1])) ? size : 1;
}

/// The quoted text at `from`.
Token lex_text(std::string_view text, std::size_t from) {
  const char quote = text[from];
  std::size_t i = from + 1;
  for (; i < text.size() && text[i] != quote && (quote == '`' || text[i] != '\n'); ++i) {
    if (text[i] == '\\' && quote != '`') ++i;
  }
  i = std::min(i + 1, text.size());
  const std::string_view inner = text.substr(from + 1, i - from - (i - from > 1 ? 2 : 1));
  return {TokenKind::text, quote == '`' ? std::string(inner) : unescaped(inner), from, i};
}

Token lex_token(std::string_view text, std::size_t from) {
  const char c = text[from];
  if (c == '"' || c == '\'' || c == '`') return lex_text(text, from);
  const bool field = c == '.' && from + 1 < text.size() && is_word_start(text[from + 1]);
  if (field || c == '$' || is_word_start(c)) {
    std::size_t i = from + 1;
    while (i < text.size() && is_word(text[i])) ++i;
    const TokenKind kind = field ? TokenKind::field : c == '$' ? TokenKind::variable : TokenKind::word;
    const std::size_t begin = from + (field ? 1 : 0);
    return {kind, std::string(text.substr(begin, i - begin)), from, i};
  }
  const TokenKind kind = kind_of_mark(text.substr(from));
  const std::size_t size = mark_size(text.substr(from), kind);
  return {kind, std::string(text.substr(from, size)), from, from + size};
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    const char kind = text[i + 1];
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    unsigned code = 0;
    if (digits > 0 && i + 1 + digits < text.size()) {
      const char* first = text.data() + i + 2;
      const auto [end, error] = std::from_chars(first, first + digits, code, 16);
      if (error == std::errc() && end == first + digits && code < 0x80) {
        result += static_cast<char>(code);
        i += 1 + digits;
        continue;
      }
    }
    if (kind >= '0' && kind <= '7' && i + 3 < text.size()) {
      const char* first = text.data() + i + 1;
      const auto [end, error] = std::from_chars(first, first + 3, code, 8);
      if (error == std::errc() && end == first + 3 && code < 0x80) {
        result += static_cast<char>(code);
        i += 3;
        continue;
      }
    }
    ++i;
    if (kind != '\n') {
      result += kind;
      continue;
    }
    while (i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\t')) ++i;  // a folded line
  }
  return result;
}

Action lex_action(std::string_view text, std::size_t at) {
  Action action;
  std::size_t i = at + 2;
  if (text.substr(i).starts_with("- ") || text.substr(i).starts_with("-\n") || text.substr(i).starts_with("-\t")) ++i;
  const std::size_t begin = text.find_first_not_of(" \t\r\n", i);
  if (begin != std::string_view::npos && text.substr(begin).starts_with("/*")) {
    const std::size_t close = text.find("*/", begin + 2);
    action.end = close == std::string_view::npos ? text.size() : close + 2;
    return action;
  }
  constexpr std::size_t kMaxTokens = 100'000;
  while (i < text.size()) {
    action.too_long = action.tokens.size() > kMaxTokens;
    if (action.too_long) break;
    if (text.substr(i).starts_with("}}")) {
      action.end = i + 2;
      action.is_closed = true;
      return action;
    }
    if (std::isspace(static_cast<unsigned char>(text[i])) != 0) {
      ++i;
      continue;
    }
    Token token = lex_token(text, i);
    i = token.end;
    const bool goes_on = !action.tokens.empty() && action.tokens.back().kind == TokenKind::other;
    if (token.kind != TokenKind::other || !goes_on) action.tokens.push_back(std::move(token));
  }
  action.end = text.size();
  return action;
}

}  // namespace towline::render
