#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <optional>

#include <re2/re2.h>

#include "base/crypto.h"
#include "base/text.h"
#include "gotemplate/functions.h"
#include "gotemplate/names.h"

namespace towline::gotemplate {
namespace {

constexpr std::size_t kMaxText = 1u << 20;
constexpr std::int64_t kMaxIndent = 1'000;
constexpr std::string_view kGoSpaces = " \t\n\v\f\r";

/// A function of one text.
template <std::string (*change)(const std::string&)>
Result<GoValue> on_text(GoArguments a) {
  TRY(const std::string text, text_argument(a, 0));
  return change(text);
}

/// The same, where Go would look at the case of letters beyond ASCII.
template <std::string (*change)(const std::string&)>
Result<GoValue> on_ascii(GoArguments a) {
  TRY(const std::string text, text_argument(a, 0));
  if (std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; })) {
    return fail(ErrorKind::invalid, "a text with other than ASCII characters is not supported");
  }
  return change(text);
}

template <int (*change)(int)>
std::string each_byte(const std::string& text) {
  std::string out = text;
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(change(c)); });
  return out;
}

std::string trim_spaces(const std::string& text) {
  const std::size_t first = text.find_first_not_of(kGoSpaces);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(kGoSpaces) - first + 1);
}

std::string title(const std::string& text) {
  std::string out = text;
  bool starts = true;
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (starts && byte < 0x80) c = static_cast<char>(std::toupper(byte));
    starts = std::isspace(byte) != 0 || (byte < 0x80 && std::isalnum(byte) == 0 && c != '_' && c != '\'');
  }
  return out;
}

std::string untitle(const std::string& text) {
  std::string out = text;
  bool starts = true;
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (starts) c = static_cast<char>(std::tolower(byte));
    starts = std::isspace(byte) != 0;
  }
  return out;
}

std::string swap_case(const std::string& text) {
  std::string out = text;
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    c = static_cast<char>(std::isupper(byte) != 0 ? std::tolower(byte) : std::toupper(byte));
  }
  return out;
}

std::string without_spaces(const std::string& text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return kGoSpaces.find(c) == std::string_view::npos; });
  return out;
}

std::string encode(const std::string& text) { return base64_encode(text); }
std::string decode(const std::string& text) { return base64_decode(text).value_or("illegal base64 data"); }
std::string digest(const std::string& text) { return sha256_hex(text); }

std::string base_of_path(const std::string& path) {
  if (path.empty()) return ".";
  const std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return "/";
  const std::string cut = path.substr(0, end + 1);
  return cut.substr(cut.rfind('/') == std::string::npos ? 0 : cut.rfind('/') + 1);
}

/// Go's path.Clean.
std::string clean_path(const std::string& path) {
  if (path.empty()) return ".";
  const bool rooted = path.starts_with('/');
  std::vector<std::string> parts;
  for (const std::string_view part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (part != ".." || !rooted) {
      parts.emplace_back(part);
    }
  }
  const std::string joined = join(parts, "/");
  if (rooted) return "/" + joined;
  return joined.empty() ? "." : joined;
}

std::string directory_of_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return clean_path(slash == std::string::npos ? "" : path.substr(0, slash + 1));
}

std::string extension(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  return dot == std::string::npos || (slash != std::string::npos && slash > dot) ? "" : path.substr(dot);
}

std::string quote_expression(const std::string& text) { return RE2::QuoteMeta(text); }

/// A predicate of two texts, the one asked for first.
template <bool (*holds)(const std::string&, const std::string&)>
Result<GoValue> on_texts(GoArguments a) {
  TRY(const std::string part, text_argument(a, 0));
  TRY(const std::string text, text_argument(a, 1));
  CHECK_OK(a.take_search(text.size(), part.size()));
  return holds(text, part);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
bool starts(const std::string& text, const std::string& part) { return text.starts_with(part); }
bool ends(const std::string& text, const std::string& part) { return text.ends_with(part); }

template <std::string (*change)(const std::string&, const std::string&)>
Result<GoValue> changed_by(GoArguments a) {
  TRY(const std::string part, text_argument(a, 0));
  TRY(const std::string text, text_argument(a, 1));
  CHECK_OK(a.take_search(text.size(), part.size()));
  return change(text, part);
}

std::string cut_prefix(const std::string& text, const std::string& part) {
  return text.starts_with(part) ? text.substr(part.size()) : text;
}
std::string cut_suffix(const std::string& text, const std::string& part) {
  return text.ends_with(part) ? text.substr(0, text.size() - part.size()) : text;
}
std::string cut_characters(const std::string& text, const std::string& characters) {
  const std::size_t first = text.find_first_not_of(characters);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(characters) - first + 1);
}

Result<GoValue> truncate(GoArguments a) {
  TRY(const std::int64_t count, integer_argument(a, 0));
  TRY(const std::string text, text_argument(a, 1));
  const auto size = static_cast<std::int64_t>(text.size());
  if (count < 0 && size + count > 0) return text.substr(static_cast<std::size_t>(size + count));
  if (count >= 0 && size > count) return text.substr(0, static_cast<std::size_t>(count));
  return text;
}

Result<GoValue> abbreviate(GoArguments a) {
  TRY(const std::int64_t width, integer_argument(a, 0));
  TRY(const std::string text, text_argument(a, 1));
  if (width < 4 || static_cast<std::int64_t>(text.size()) <= width) return text;
  return text.substr(0, static_cast<std::size_t>(width - 3)) + "...";
}

Result<GoValue> substring(GoArguments a) {
  TRY(const std::int64_t start, integer_argument(a, 0));
  TRY(const std::int64_t end, integer_argument(a, 1));
  TRY(const std::string text, text_argument(a, 2));
  const auto size = static_cast<std::int64_t>(text.size());
  const std::int64_t from = std::max<std::int64_t>(start, 0);
  const std::int64_t to = end < 0 || end > size ? size : end;
  if (from > to) return fail(ErrorKind::invalid, "slice bounds out of range");
  return text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
}

Result<GoValue> repeat(GoArguments a) {
  TRY(const std::int64_t count, integer_argument(a, 0));
  TRY(const std::string text, text_argument(a, 1));
  if (count < 0) return fail(ErrorKind::invalid, "negative repeat count");
  if (static_cast<std::size_t>(count) > kMaxText || text.size() * static_cast<std::size_t>(count) > kMaxText) {
    return fail(ErrorKind::invalid, "the text becomes longer than " + std::to_string(kMaxText) + " bytes");
  }
  std::string out;
  for (std::int64_t i = 0; i < count; ++i) out += text;
  return out;
}

Result<GoValue> replace(GoArguments a) {
  TRY(const std::string from, text_argument(a, 0));
  TRY(const std::string to, text_argument(a, 1));
  TRY(const std::string text, text_argument(a, 2));
  if (from.empty()) return fail(ErrorKind::invalid, "replacing the empty text is not supported");
  const std::size_t most = text.size() + (text.size() / from.size() + 1) * to.size();
  if (most > kMaxText)
    return fail(ErrorKind::invalid, "the text becomes longer than " + std::to_string(kMaxText) + " bytes");
  CHECK_OK(a.take_search(text.size(), from.size()));
  return replace_all(text, from, to);
}

Result<GoValue> concatenate(GoArguments a) {
  std::string out;
  for (const GoValue& value : a) {
    if (value.is_null()) continue;
    TRY(const std::string text, print(value));
    out += (out.empty() ? "" : " ") + text;
  }
  return out;
}

/// strconv.Quote, as far as text without control characters needs it.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    static constexpr std::string_view kControl = "\n\t\r\"\\";
    static constexpr std::string_view kLetters = "ntr\"\\";
    const std::size_t found = kControl.find(c);
    if (found == std::string_view::npos) {
      out += c;
    } else {
      out += {'\\', kLetters[found]};
    }
  }
  return out + "\"";
}

template <bool single>
Result<GoValue> quote_all(GoArguments a) {
  std::string out;
  for (const GoValue& value : a) {
    if (value.is_null()) continue;
    TRY(const std::string text, print(value));
    out += (out.empty() ? "" : " ") + (single ? "'" + text + "'" : quoted(text));
  }
  return out;
}

std::string indented(std::int64_t spaces, const std::string& text) {
  const std::string pad(static_cast<std::size_t>(std::max<std::int64_t>(spaces, 0)), ' ');
  return pad + replace_all(text, "\n", "\n" + pad);
}

template <bool on_new_line>
Result<GoValue> indent(GoArguments a) {
  TRY(const std::int64_t spaces, integer_argument(a, 0));
  TRY(const std::string text, text_argument(a, 1));
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  if (spaces > kMaxIndent || lines * static_cast<std::size_t>(std::max<std::int64_t>(spaces, 0)) > kMaxText) {
    return fail(ErrorKind::invalid, "the text becomes longer than " + std::to_string(kMaxText) + " bytes");
  }
  return (on_new_line ? "\n" : "") + indented(spaces, text);
}

Result<GoValue> plural(GoArguments a) {
  TRY(const std::string one, text_argument(a, 0));
  TRY(const std::string many, text_argument(a, 1));
  TRY(const std::int64_t count, integer_argument(a, 2));
  return count == 1 ? one : many;
}

Result<GoValue> to_text(GoArguments a) {
  TRY(const std::string text, print(a[0]));
  return text;
}
Result<GoValue> to_integer(GoArguments a) { return integer_of(a[0]); }
Result<GoValue> to_double(GoArguments a) { return double_of(a[0]); }
Result<GoValue> text_to_integer(GoArguments a) {
  TRY(const std::string text, text_argument(a, 0));
  return integer_of(GoValue(text));
}

/// Go's integers wrap around.
std::int64_t wrap(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t bits(const GoValue& value) { return static_cast<std::uint64_t>(integer_of(value)); }

Result<GoValue> add(GoArguments a) {
  std::uint64_t sum = 0;
  for (const GoValue& value : a) sum += bits(value);
  return wrap(sum);
}
Result<GoValue> add_one(GoArguments a) { return wrap(bits(a[0]) + 1); }
Result<GoValue> subtract(GoArguments a) { return wrap(bits(a[0]) - bits(a[1])); }
Result<GoValue> multiply(GoArguments a) {
  std::uint64_t product = 1;
  for (const GoValue& value : a) product *= bits(value);
  return wrap(product);
}
template <bool rest>
Result<GoValue> divide(GoArguments a) {
  const std::int64_t by = integer_of(a[1]);
  if (by == 0) return fail(ErrorKind::invalid, "division by zero");
  if (by == -1) return rest ? GoValue(std::int64_t{0}) : GoValue(wrap(0 - bits(a[0])));
  return rest ? integer_of(a[0]) % by : integer_of(a[0]) / by;
}
template <bool largest>
Result<GoValue> extreme(GoArguments a) {
  std::int64_t found = integer_of(a[0]);
  for (const GoValue& value : a)
    found = largest ? std::max(found, integer_of(value)) : std::min(found, integer_of(value));
  return found;
}
Result<GoValue> round_up(GoArguments a) { return std::ceil(double_of(a[0])); }
Result<GoValue> round_down(GoArguments a) { return std::floor(double_of(a[0])); }
Result<GoValue> round_to(GoArguments a) {
  TRY(const std::int64_t places, integer_argument(a, 1));
  const double scale = std::pow(10, static_cast<double>(std::clamp<std::int64_t>(places, 0, 15)));
  const double scaled = scale * double_of(a[0]);
  const double fraction = scaled - std::floor(scaled);
  return (fraction >= 0.5 ? std::ceil(scaled) : std::floor(scaled)) / scale;
}

Result<GoValue> is_absolute(GoArguments a) {
  TRY(const std::string path, text_argument(a, 0));
  return path.starts_with('/');
}

Result<GoValue> normalize(GoArguments a) {
  TRY(const std::string text, text_argument(a, 0));
  return sanitize_name(text);
}

Result<GoValue> slugify(GoArguments a) {
  std::int64_t longest = 50;
  bool at_words = true;
  if (a.size() > 1) {
    TRY(longest, integer_argument(a, 0));
  }
  if (a.size() > 2) {
    TRY(at_words, bool_argument(a, 1));
  }
  TRY(const std::string text, text_argument(a, a.size() - 1));
  return slug(text, static_cast<std::size_t>(std::max<std::int64_t>(longest, 0)), at_words);
}

}  // namespace

std::span<const GoFunction> go_text_functions() {
  static constexpr GoFunction kTable[] = {
      {"trim", 1, 1, on_text<trim_spaces>},
      {"upper", 1, 1, on_ascii<each_byte<std::toupper>>},
      {"lower", 1, 1, on_ascii<each_byte<std::tolower>>},
      {"title", 1, 1, on_ascii<title>},
      {"untitle", 1, 1, on_ascii<untitle>},
      {"swapcase", 1, 1, on_ascii<swap_case>},
      {"nospace", 1, 1, on_text<without_spaces>},
      {"b64enc", 1, 1, on_text<encode>},
      {"b64dec", 1, 1, on_text<decode>},
      {"sha256sum", 1, 1, on_text<digest>},
      {"base", 1, 1, on_text<base_of_path>},
      {"dir", 1, 1, on_text<directory_of_path>},
      {"clean", 1, 1, on_text<clean_path>},
      {"ext", 1, 1, on_text<extension>},
      {"isAbs", 1, 1, is_absolute},
      {"contains", 2, 2, on_texts<contains>},
      {"hasPrefix", 2, 2, on_texts<starts>},
      {"hasSuffix", 2, 2, on_texts<ends>},
      {"trimPrefix", 2, 2, changed_by<cut_prefix>},
      {"trimSuffix", 2, 2, changed_by<cut_suffix>},
      {"trimAll", 2, 2, changed_by<cut_characters>},
      {"trimall", 2, 2, changed_by<cut_characters>},
      {"trunc", 2, 2, truncate},
      {"abbrev", 2, 2, abbreviate},
      {"substr", 3, 3, substring},
      {"repeat", 2, 2, repeat},
      {"replace", 3, 3, replace},
      {"cat", 0, kAnyCount, concatenate},
      {"quote", 0, kAnyCount, quote_all<false>},
      {"squote", 0, kAnyCount, quote_all<true>},
      {"indent", 2, 2, indent<false>},
      {"nindent", 2, 2, indent<true>},
      {"plural", 3, 3, plural},
      {"toString", 1, 1, to_text},
      {"int", 1, 1, to_integer},
      {"int64", 1, 1, to_integer},
      {"float64", 1, 1, to_double},
      {"atoi", 1, 1, text_to_integer},
      {"add", 0, kAnyCount, add},
      {"add1", 1, 1, add_one},
      {"sub", 2, 2, subtract},
      {"mul", 1, kAnyCount, multiply},
      {"div", 2, 2, divide<false>},
      {"mod", 2, 2, divide<true>},
      {"max", 1, kAnyCount, extreme<true>},
      {"biggest", 1, kAnyCount, extreme<true>},
      {"min", 1, kAnyCount, extreme<false>},
      {"ceil", 1, 1, round_up},
      {"floor", 1, 1, round_down},
      {"round", 2, 2, round_to},
      {"regexQuoteMeta", 1, 1, on_text<quote_expression>},
      {"normalize", 1, 1, normalize},
      {"slugify", 1, 3, slugify},
  };
  return kTable;
}

}  // namespace towline::gotemplate
