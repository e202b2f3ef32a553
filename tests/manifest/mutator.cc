#include "manifest/mutator.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"

namespace towline::test {
namespace {

// clang-format off
const std::vector<std::string> kTokens = {
    ":}", ":,", ":]", "?", "{a:}", "[a:,b]", "\xEF\xBB\xBF", "\n\xEF\xBB\xBF", "\t", "\r", std::string(1, '\0'),
    "\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xC2\xA0", "\\", "\\\n", "\\\n    ", "\\u0061", "\\x61",
    "\\U00000061", "\\/", "\"", "'", "#", " #", ":", ": ", ":\n", "\n:", "\n : ", ", ", "[", "]", "{", "}", "[]",
    "{}", "- ", "-", "? ", "&a ", "*a", "*a ", "&a", "!", "!!str ", "!!int ", "!!binary ", "!own ",
    "!<tag:yaml.org,2002:str> ", "|", ">", "|-\n", ">+\n", "|2\n", "%", "@", "`", "<<: ", "<<", "~", "null", "yes",
    "0x1F", "1_000", "1e3", ".inf", "0o7", "\n", "\n\n", "\n ", "\n  ", " ", "  ", "\x7f", "\xff", "\xC3\xA9", "---",
    "...", "\n---\n", "\n--- # x\n", "\n...\n", "\n--- x\n", "\n---#\n", ",#", "\"a\":b", "=", "\x01"};

const std::vector<std::string> kLines = {
    "a: {b:}\n", "a: [b:, c?d]\n", "a: {b?: c}\n", "a: [?b]\n", "\xEF\xBB\xBF" "a: b\n", "a: {b: c, ? d : e, ? f}\n",
    "? - a\n: b\n", "---\n", "--- # x\n", "---\t\n", "--- |\n", "---x\n", "...\n", "... # x\n", "%YAML 1.2\n",
    "%YAML 1.1\n", "%TAG ! tag:yaml.org,2002:\n", "kind: Secret\n", "\"k\\u0069nd\": Secret\n", "? kind\n: Secret\n",
    "<<: {kind: Secret, extra: 1}\n", "  <<: *a\n", "items: [{apiVersion: v1, kind: Secret, metadata: {name: b}}]\n",
    "items:\n", "# comment\n", "\t# comment\n", "  # comment\n", "1: a\n", "\"1\": b\n", "yes: a\n", "~: a\n",
    "  0x10: a\n", "  1.0: a\n", "- a\n", "  - a\n", "\t\n", "   \n", "\xEF\xBB\xBF\n", "\xE2\x80\xA8---\n",
    "data: {a\n: b, \"c\"\n: d}\n", "data: !!binary aGk=\n", "x: &a [1, 2]\n", "y: *a\n", "z: |\n  a\n   b\n c\n",
    "z: >\n  a\n\n   b\n  c\n", "w: \"a\n  b\n\n  c\"\n", "v: a\n  b\n\n  c\n",
    "apiVersion: \"\\u0061rgoproj.io/v1alpha1\"\n", "kind: \"Applica\\\n  tion\"\n",
    "image: \"acme\\u002fpay:1.0\"\n", "\"im\\x61ge\": acme/pay:1.0\n", "a: 'it''s'\n", "a: \"\\ud83d\\ude00\"\n",
    "a: b: c\n", "a: [b, c,]\n", "a: [,]\n", "a: {b: , c}\n", "a: {b:c}\n", "a: {\"b\":c}\n", "{a: b}\n", "[a]\n",
    "\"text\"\n", "a: -\n", "a: - b\n", "a: *b\n"};

const std::vector<std::string> kValues = {
    "0o17", "017", "0x1f", "0b11", "1_000", "1e3", "1E400", ".5", "1.", "-0", "+1", "08", "1:30", "y", "No", "ON",
    "~", "Null", "2024-01-31", "18446744073709551615", "9223372036854775808", "99999999999999999999", ".inf", ".NaN",
    "\"1\"", "'yes'", "!!str 1", "!!int 0x1", "!!float 1", "!!bool on", "! 1", "!x 1", "!!binary YQ==", "&a 1", "*a",
    "|\n      a\n     b", ">-\n      a\n\n      b", "\"a\\\n      b\"", "[a, [b], {c: d}]", "{a: 1, 'b': \"2\"}",
    "\"\\/\"", "a#b", "a #b", "#", "", "0.10", "1.0", "+.inf", "0x", "1__0", "._1", ".1_0", "<<", "=", "-", "--",
    "---"};
// clang-format on

}  // namespace

File Mutator::next() {
  File file = bases_[below(bases_.size())];
  for (std::size_t count = 1 + below(2); count > 0; --count) change(file.second);
  return file;
}

std::size_t Mutator::below(std::size_t limit) { return limit == 0 ? 0 : static_cast<std::size_t>(random_() % limit); }

std::size_t Mutator::line_begin(const std::string& text) {
  const std::size_t feed = text.find('\n', below(text.size() + 1));
  return feed == std::string::npos ? 0 : feed + 1;
}

void Mutator::change(std::string& text) {
  static constexpr std::array<Change, 14> kChanges = {
      &Mutator::insert_token, &Mutator::insert_token,  &Mutator::insert_token, &Mutator::insert_line,
      &Mutator::insert_line,  &Mutator::remove_range,  &Mutator::replace_byte, &Mutator::escape_letter,
      &Mutator::break_flow,   &Mutator::change_indent, &Mutator::copy_line,    &Mutator::change_value,
      &Mutator::split_line,   &Mutator::encode};
  (this->*kChanges[below(kChanges.size())])(text);
}

void Mutator::insert_token(std::string& text) { text.insert(below(text.size() + 1), kTokens[below(kTokens.size())]); }

void Mutator::insert_line(std::string& text) { text.insert(line_begin(text), kLines[below(kLines.size())]); }

void Mutator::remove_range(std::string& text) {
  const std::size_t at = below(text.size());
  text.erase(at, 1 + below(12));
}

void Mutator::replace_byte(std::string& text) {
  if (text.empty()) return;
  static constexpr std::string_view kBytes = "\t\n\r \"'\\#:,[]{}&*!|>%@`-?~=0aZ\x7f\x85\xff";
  text[below(text.size())] = kBytes[below(kBytes.size())];
}

void Mutator::escape_letter(std::string& text) {
  static constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./";
  const std::size_t at = text.find_first_of(kWord, below(text.size() + 1));
  if (at == std::string::npos) return;
  const std::size_t before = text.find_last_not_of(kWord, at);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  const std::size_t end = std::min(text.find_first_not_of(kWord, at), text.size());
  static constexpr std::string_view kHex = "0123456789abcdef";
  const auto code = static_cast<unsigned char>(text[at]);
  static const std::vector<std::string> kForms = {"\\x", "\\u00", "\\U000000"};
  const std::string escape = kForms[below(3)] + kHex[code >> 4U] + kHex[code & 0xfU];
  const std::string broken = below(4) == 0 ? "\\\n      " : "";
  text.replace(begin, end - begin,
               "\"" + text.substr(begin, at - begin) + broken + escape + text.substr(at + 1, end - at - 1) + "\"");
}

void Mutator::break_flow(std::string& text) {
  const std::size_t at = text.find_first_of(":,{}[]", below(text.size() + 1));
  if (at != std::string::npos) text.insert(at + below(2), "\n" + std::string(below(6), ' '));
}

void Mutator::change_indent(std::string& text) {
  const std::size_t at = line_begin(text);
  if (at < text.size() && text[at] == ' ' && below(2) == 0) {
    text.erase(at, 1 + below(2));
  } else {
    text.insert(at, below(5) == 0 ? "\t" : std::string(1 + below(3), ' '));
  }
}

void Mutator::copy_line(std::string& text) {
  const std::size_t from = line_begin(text);
  const std::size_t end = std::min(text.find('\n', from), text.size());
  text.insert(line_begin(text), text.substr(from, end - from) + "\n");
}

void Mutator::change_value(std::string& text) {
  const std::size_t colon = text.find(": ", below(text.size() + 1));
  if (colon == std::string::npos) return;
  const std::size_t end = std::min(text.find_first_of(",}\n", colon + 2), text.size());
  text.replace(colon + 2, end - colon - 2, kValues[below(kValues.size())]);
}

void Mutator::split_line(std::string& text) {
  const std::size_t space = text.find(' ', below(text.size() + 1));
  if (space != std::string::npos) text.replace(space, 1, "\n" + std::string(below(8), ' '));
}

void Mutator::encode(std::string& text) {
  const std::size_t how = below(8);
  if (how == 0) text.insert(0, "\xEF\xBB\xBF");
  if (how == 1) text = replace_all(text, "\n", "\r\n");
  if (how == 2) text = replace_all(text, "\n", "\r");
  if (how > 4 || how < 3) return;
  std::string wide = how == 3 ? "\xFF\xFE" : "\xFE\xFF";
  for (const char c : text) {
    if (how == 4) wide += '\0';
    wide += c;
    if (how == 3) wide += '\0';
  }
  text = wide;
}

}  // namespace towline::test
