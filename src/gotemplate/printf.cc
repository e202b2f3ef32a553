#include "gotemplate/printf.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace towline::gotemplate {
namespace {

struct Verb {
  bool left = false;
  bool zero = false;
  bool plus = false;
  std::size_t width = 0;
  int precision = -1;
  char letter = 0;
};

constexpr std::size_t kMaxWidth = 1'000;

std::size_t read_number(std::string_view& rest) {
  std::size_t number = 0;
  while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9' && number <= kMaxWidth) {
    number = number * 10 + static_cast<std::size_t>(rest[0] - '0');
    rest.remove_prefix(1);
  }
  return number;
}

Result<Verb> read_verb(std::string_view& rest) {
  Verb verb;
  for (; !rest.empty() && std::string_view("-0+").find(rest[0]) != std::string_view::npos; rest.remove_prefix(1)) {
    verb.left = verb.left || rest[0] == '-';
    verb.zero = verb.zero || rest[0] == '0';
    verb.plus = verb.plus || rest[0] == '+';
  }
  verb.width = read_number(rest);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    verb.precision = static_cast<int>(read_number(rest));
  }
  if (rest.empty()) return fail(ErrorKind::invalid, "a '%' without a verb at the end of the format");
  verb.letter = rest[0];
  rest.remove_prefix(1);
  if (verb.width > kMaxWidth || verb.precision > static_cast<int>(kMaxWidth)) {
    return fail(ErrorKind::invalid, "a width over " + std::to_string(kMaxWidth));
  }
  return verb;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Result<std::string> quote_items(const GoValue& value) {
  if (const std::string* text = value.text()) return quoted(*text);
  const GoList* list = value.list();
  if (list == nullptr) return fail(ErrorKind::invalid, "%q of a " + std::string(kind_of(value)) + " is not supported");
  std::string out = "[";
  for (const GoValue& item : list->items) {
    TRY(const std::string text, quote_items(item));
    out += (out.size() > 1 ? " " : "") + text;
  }
  return out + "]";
}

std::string print_real(double number, const Verb& verb) {
  if (verb.letter == 'g' && verb.precision < 0) return print_double(number);
  std::array<char, 2048> buffer{};
  const std::string format = std::string("%.*") + verb.letter;
  const int size =
      std::snprintf(buffer.data(), buffer.size(), format.c_str(), verb.precision < 0 ? 6 : verb.precision, number);
  return std::string(buffer.data(), static_cast<std::size_t>(std::clamp(size, 0, 2047)));
}

Result<std::string> print_verb(const Verb& verb, const GoValue& value) {
  const auto* integer = std::get_if<std::int64_t>(&value.data);
  const auto* real = std::get_if<double>(&value.data);
  const bool* is_set = std::get_if<bool>(&value.data);
  const bool is_collection = value.list() != nullptr || value.map() != nullptr;
  std::string text;
  if (verb.letter == 'v' && !value.is_null()) {
    TRY(text, print(value));
  } else if (verb.letter == 's' && (value.text() != nullptr || is_collection)) {
    TRY(text, print(value));
    if (verb.precision >= 0) text = text.substr(0, static_cast<std::size_t>(verb.precision));
  } else if (verb.letter == 'q') {
    TRY(text, quote_items(value));
  } else if (verb.letter == 't' && is_set != nullptr) {
    text = *is_set ? "true" : "false";
  } else if (verb.letter == 'd' && integer != nullptr) {
    text = std::to_string(*integer);
  } else if (verb.letter == 'x' && integer != nullptr && *integer >= 0) {
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%llx", static_cast<unsigned long long>(*integer));
    text = buffer.data();
  } else if (real != nullptr && std::string_view("feg").find(verb.letter) != std::string_view::npos) {
    text = print_real(*real, verb);
  } else {
    return fail(ErrorKind::invalid,
                std::string("%") + verb.letter + " of a " + std::string(kind_of(value)) + " is not supported");
  }
  const bool is_number = integer != nullptr || real != nullptr;
  if (verb.plus && is_number && !text.starts_with('-')) text = "+" + text;
  if (text.size() >= verb.width) return text;
  const std::size_t missing = verb.width - text.size();
  if (verb.left) return text + std::string(missing, ' ');
  if (!verb.zero || !is_number) return std::string(missing, ' ') + text;
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  return text.substr(0, sign) + std::string(missing, '0') + text.substr(sign);
}

}  // namespace

Result<std::string> go_printf(std::string_view format, std::span<const GoValue> values) {
  std::string out;
  std::size_t next = 0;
  while (!format.empty()) {
    const std::size_t percent = std::min(format.find('%'), format.size());
    out += format.substr(0, percent);
    format.remove_prefix(percent);
    if (format.empty()) break;
    format.remove_prefix(1);
    if (format.starts_with('%')) {
      out += '%';
      format.remove_prefix(1);
      continue;
    }
    TRY(const Verb verb, read_verb(format));
    if (next == values.size()) return fail(ErrorKind::invalid, "the format has more verbs than there are values");
    TRY(const std::string text, print_verb(verb, values[next++]));
    out += text;
  }
  if (next < values.size()) return fail(ErrorKind::invalid, "the format has fewer verbs than there are values");
  return out;
}

}  // namespace towline::gotemplate
