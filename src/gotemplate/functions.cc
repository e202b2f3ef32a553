#include "gotemplate/functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <vector>

#include "base/text.h"

namespace towline::gotemplate {
namespace {

/// Functions that Argo CD has and this does not: what they give changes from one call to the next, or nobody writes
/// Applications with them.
constexpr std::string_view kUnsupported[] = {"abbrevboth",
                                             "ago",
                                             "b32dec",
                                             "b32enc",
                                             "bcrypt",
                                             "buildCustomCert",
                                             "call",
                                             "camelcase",
                                             "chunk",
                                             "date",
                                             "dateInZone",
                                             "dateModify",
                                             "date_in_zone",
                                             "date_modify",
                                             "decryptAES",
                                             "derivePassword",
                                             "duration",
                                             "durationRound",
                                             "encryptAES",
                                             "fail",
                                             "genCA",
                                             "genCAWithKey",
                                             "genPrivateKey",
                                             "genSelfSignedCert",
                                             "genSelfSignedCertWithKey",
                                             "genSignedCert",
                                             "genSignedCertWithKey",
                                             "htmlDate",
                                             "htmlDateInZone",
                                             "htpasswd",
                                             "initials",
                                             "kebabcase",
                                             "maxf",
                                             "minf",
                                             "addf",
                                             "add1f",
                                             "subf",
                                             "mulf",
                                             "divf",
                                             "mustChunk",
                                             "mustDateModify",
                                             "mustToDate",
                                             "must_date_modify",
                                             "now",
                                             "osBase",
                                             "osClean",
                                             "osDir",
                                             "osExt",
                                             "osIsAbs",
                                             "pluck",
                                             "randAlpha",
                                             "randAlphaNum",
                                             "randAscii",
                                             "randBytes",
                                             "randInt",
                                             "randNumeric",
                                             "semver",
                                             "semverCompare",
                                             "seq",
                                             "sha1sum",
                                             "sha512sum",
                                             "adler32sum",
                                             "shuffle",
                                             "snakecase",
                                             "splitn",
                                             "toDate",
                                             "toDecimal",
                                             "toPrettyJson",
                                             "mustToPrettyJson",
                                             "typeIs",
                                             "typeIsLike",
                                             "unixEpoch",
                                             "untilStep",
                                             "urlJoin",
                                             "urlParse",
                                             "uuidv4",
                                             "wrap",
                                             "wrapWith",
                                             "js"};

constexpr std::string_view kComparable = "incompatible types for comparison";

Result<GoValue> negate(GoArguments a) { return !is_true(a[0]); }

Result<GoValue> length(GoArguments a) {
  if (const std::string* text = a[0].text()) return static_cast<std::int64_t>(text->size());
  if (const GoList* list = a[0].list()) return static_cast<std::int64_t>(list->items.size());
  if (const GoMap* map = a[0].map()) return static_cast<std::int64_t>(map->entries.size());
  return fail(ErrorKind::invalid, "len of type " + std::string(kind_of(a[0])));
}

Result<std::size_t> position(const GoValue& value, std::size_t size, bool may_be_end) {
  const auto* at = std::get_if<std::int64_t>(&value.data);
  if (at == nullptr) return fail(ErrorKind::invalid, "cannot index with type " + std::string(kind_of(value)));
  if (*at < 0 || static_cast<std::size_t>(*at) >= size + (may_be_end ? 1 : 0)) {
    return fail(ErrorKind::invalid, "index out of range: " + std::to_string(*at));
  }
  return static_cast<std::size_t>(*at);
}

Result<GoValue> index(GoArguments a) {
  GoValue value = a[0];
  for (const GoValue& key : a.subspan(1)) {
    if (const GoList* list = value.list()) {
      TRY(const std::size_t at, position(key, list->items.size(), false));
      value = GoValue(list->items[at]);
    } else if (const GoMap* map = value.map()) {
      if (key.text() == nullptr)
        return fail(ErrorKind::invalid, "value has type " + std::string(kind_of(key)) + "; should be string");
      const auto found = map->entries.find(*key.text());
      const GoValue otherwise = map->of_text ? GoValue("") : GoValue();
      value = found == map->entries.end() ? otherwise : GoValue(found->second);
    } else if (const std::string* text = value.text()) {
      TRY(const std::size_t at, position(key, text->size(), false));
      value = static_cast<std::int64_t>(static_cast<unsigned char>((*text)[at]));
    } else if (value.is_null()) {
      return fail(ErrorKind::invalid, "index of untyped nil");
    } else {
      return fail(ErrorKind::invalid, "can't index item of type " + std::string(kind_of(value)));
    }
  }
  return value;
}

/// sprig's, which takes the place of text/template's: of lists only.
Result<GoValue> slice(GoArguments a) {
  TRY(const GoList* list, list_argument(a, 0));
  std::array<std::size_t, 2> ends = {0, list->items.size()};
  for (std::size_t i = 1; i < a.size(); ++i) {
    TRY(ends.at(i - 1), position(a[i], list->items.size(), true));
  }
  if (ends[0] > ends[1]) return fail(ErrorKind::invalid, "slice bounds out of range");
  GoList part;
  part.items.assign(list->items.begin() + static_cast<std::ptrdiff_t>(ends[0]),
                    list->items.begin() + static_cast<std::ptrdiff_t>(ends[1]));
  return part;
}

/// Spaces between operands when neither is a text, as fmt.Sprint does.
Result<GoValue> print_all(GoArguments a) {
  std::string out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    TRY(const std::string text, print(a[i]));
    if (i > 0 && a[i].text() == nullptr && a[i - 1].text() == nullptr) out += ' ';
    out += text;
  }
  return out;
}

Result<GoValue> print_line(GoArguments a) {
  std::string out;
  for (const GoValue& value : a) {
    TRY(const std::string text, print(value));
    out += (out.empty() ? "" : " ") + text;
  }
  return out + "\n";
}

Result<GoValue> escape_html(GoArguments a) {
  TRY(const GoValue text, print_all(a));
  std::string out;
  for (const char c : *text.text()) {
    static constexpr std::array<std::pair<char, std::string_view>, 5> kEntities = {
        {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&#34;"}, {'\'', "&#39;"}}};
    const auto* found =
        std::find_if(kEntities.begin(), kEntities.end(), [c](const auto& one) { return one.first == c; });
    out += found == kEntities.end() ? std::string_view(&c, 1) : found->second;
  }
  return out;
}

Result<GoValue> escape_query(GoArguments a) {
  TRY(const GoValue text, print_all(a));
  std::string out;
  for (const char c : *text.text()) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-_.~").find(c) != std::string_view::npos) {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      static constexpr std::string_view kHex = "0123456789ABCDEF";
      out += {'%', kHex[byte >> 4], kHex[byte & 0xF]};
    }
  }
  return out;
}

Result<bool> equals(const GoValue& a, const GoValue& b) {
  if (a.is_null() || b.is_null()) return a.is_null() == b.is_null();
  if (a.data.index() != b.data.index()) return fail(ErrorKind::invalid, std::string(kComparable));
  if (a.list() != nullptr || a.map() != nullptr) return fail(ErrorKind::invalid, "non-comparable types");
  return equal(a, b);
}

Result<GoValue> any_equal(GoArguments a) {
  for (const GoValue& other : a.subspan(1)) {
    TRY(const bool same, equals(a[0], other));
    if (same) return true;
  }
  return false;
}

Result<GoValue> not_equal(GoArguments a) {
  TRY(const bool same, equals(a[0], a[1]));
  return !same;
}

Result<bool> less(const GoValue& a, const GoValue& b) {
  if (a.data.index() != b.data.index()) return fail(ErrorKind::invalid, std::string(kComparable));
  if (const auto* text = a.text()) return *text < *b.text();
  if (const auto* number = std::get_if<std::int64_t>(&a.data)) return *number < std::get<std::int64_t>(b.data);
  if (const auto* number = std::get_if<double>(&a.data)) return *number < std::get<double>(b.data);
  return fail(ErrorKind::invalid, "invalid type for comparison");
}

Result<GoValue> less_than(GoArguments a) {
  TRY(const bool is_less, less(a[0], a[1]));
  return is_less;
}
Result<GoValue> greater_than(GoArguments a) {
  TRY(const bool is_less, less(a[1], a[0]));
  return is_less;
}
Result<GoValue> at_most(GoArguments a) {
  TRY(const bool is_less, less(a[1], a[0]));
  return !is_less;
}
Result<GoValue> at_least(GoArguments a) {
  TRY(const bool is_less, less(a[0], a[1]));
  return !is_less;
}

tl::unexpected<Error> wrong_type(std::string_view wanted, const GoValue& value) {
  return fail(ErrorKind::invalid,
              "wrong type for value; expected " + std::string(wanted) + "; got " + std::string(kind_of(value)));
}

}  // namespace

Result<std::string> text_argument(GoArguments arguments, std::size_t at) {
  const std::string* text = arguments[at].text();
  if (text == nullptr) return wrong_type("string", arguments[at]);
  return *text;
}

Result<bool> bool_argument(GoArguments arguments, std::size_t at) {
  const bool* value = std::get_if<bool>(&arguments[at].data);
  if (value == nullptr) return wrong_type("bool", arguments[at]);
  return *value;
}

Result<std::int64_t> integer_argument(GoArguments arguments, std::size_t at) {
  const auto* value = std::get_if<std::int64_t>(&arguments[at].data);
  if (value == nullptr) return wrong_type("int", arguments[at]);
  return *value;
}

Result<GoMap*> map_argument(GoArguments arguments, std::size_t at) {
  GoMap* map = arguments[at].map();
  if (map == nullptr || map->of_text) return wrong_type("map[string]interface {}", arguments[at]);
  return map;
}

Result<const GoList*> list_argument(GoArguments arguments, std::size_t at) {
  const GoList* list = arguments[at].list();
  if (list == nullptr) return wrong_type("list", arguments[at]);
  return list;
}

Result<std::string> text_of(const GoValue& value) { return print(value); }

std::int64_t integer_of(const GoValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.data)) return *number;
  if (const bool* is_set = std::get_if<bool>(&value.data)) return *is_set ? 1 : 0;
  if (const auto* number = std::get_if<double>(&value.data)) {
    constexpr double kLargest = 9.2e18;
    return std::abs(*number) < kLargest ? static_cast<std::int64_t>(*number) : std::numeric_limits<std::int64_t>::min();
  }
  if (const std::string* text = value.text()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    return error == std::errc() && end == text->data() + text->size() ? number : 0;
  }
  return 0;
}

double double_of(const GoValue& value) {
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  const std::string* text = value.text();
  if (text == nullptr) return static_cast<double>(integer_of(value));
  char* end = nullptr;
  const double number = std::strtod(text->c_str(), &end);
  return end == text->c_str() + text->size() ? number : 0;
}

bool has_random_order(const GoValue& value) {
  const GoList* list = value.list();
  return list != nullptr && list->unordered && list->items.size() > 1;
}

std::span<const GoFunction> go_builtin_functions() {
  static constexpr GoFunction kTable[] = {
      {"not", 1, 1, negate, RandomOrder::ignored},
      {"len", 1, 1, length, RandomOrder::ignored},
      {"index", 1, kAnyCount, index},
      {"slice", 1, 3, slice},
      {"mustSlice", 1, 3, slice},
      {"print", 0, kAnyCount, print_all},
      {"println", 0, kAnyCount, print_line},
      {"html", 1, kAnyCount, escape_html},
      {"urlquery", 1, kAnyCount, escape_query},
      {"eq", 2, kAnyCount, any_equal},
      {"ne", 2, 2, not_equal},
      {"lt", 2, 2, less_than},
      {"le", 2, 2, at_most},
      {"gt", 2, 2, greater_than},
      {"ge", 2, 2, at_least},
  };
  return kTable;
}

Result<void> GoMeter::take(std::size_t steps) {
  taken = steps > most - std::min(taken, most) ? most + 1 : taken + steps;
  if (taken <= most) return {};
  return fail(ErrorKind::invalid, "the template takes more than " + std::to_string(most) + " steps");
}

Result<const GoFunction*> find_go_function(std::string_view name) {
  const auto is_it = [name](const GoFunction& one) { return one.name == name; };
  const std::array tables = {go_builtin_functions(), go_text_functions(), go_regex_functions(), go_data_functions()};
  for (const auto table : tables) {
    const auto found = std::find_if(table.begin(), table.end(), is_it);
    if (found != table.end()) return &*found;
  }
  std::vector<std::string> names;
  for (const auto table : tables) {
    for (const GoFunction& one : table) names.emplace_back(one.name);
  }
  const std::string quoted = "function '" + std::string(name) + "'";
  if (std::find(std::begin(kUnsupported), std::end(kUnsupported), name) != std::end(kUnsupported)) {
    return fail(ErrorKind::invalid, "the " + quoted + " is not supported");
  }
  const std::string near = nearest(name, names);
  return fail(ErrorKind::invalid, quoted + " is not defined" + (near.empty() ? "" : ", did you mean '" + near + "'?"));
}

}  // namespace towline::gotemplate
