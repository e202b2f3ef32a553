#include "diff/field_selector.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/json.h"
#include "base/text.h"

namespace towline::diff {

using Step = FieldSelector::Step;
using Condition = FieldSelector::Condition;

namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr int kMostNesting = 8;

std::optional<std::ptrdiff_t> number(std::string_view text) {
  std::ptrdiff_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool holds(const Condition& condition, const yaml::Node& node);

void advance(const Step& step, const yaml::Node& node, std::vector<const yaml::Node*>& found) {
  switch (step.kind) {
    case Step::Kind::key:
      if (step.pointer && node.is_sequence()) {
        const auto index = number(step.key);
        if (index && *index >= 0 && static_cast<std::size_t>(*index) < node.items.size()) {
          found.push_back(&node.items[static_cast<std::size_t>(*index)]);
        }
      } else if (const yaml::Node* value = node.find(step.key)) {
        found.push_back(value);
      }
      return;
    case Step::Kind::index: {
      const auto size = static_cast<std::ptrdiff_t>(node.items.size());
      const std::ptrdiff_t index = step.index < 0 ? size + step.index : step.index;
      if (index >= 0 && index < size) found.push_back(&node.items[static_cast<std::size_t>(index)]);
      return;
    }
    case Step::Kind::every:
      for (const yaml::Node& item : node.items) found.push_back(&item);
      for (const auto& [key, value] : node.entries) found.push_back(&value);
      return;
    case Step::Kind::select:
      if (std::all_of(step.conditions.begin(), step.conditions.end(),
                      [&](const Condition& condition) { return holds(condition, node); })) {
        found.push_back(&node);
      }
      return;
  }
}

std::vector<const yaml::Node*> walk(const std::vector<Step>& steps, const yaml::Node& root) {
  std::vector<const yaml::Node*> nodes = {&root};
  for (const Step& step : steps) {
    std::vector<const yaml::Node*> next;
    for (const yaml::Node* node : nodes) advance(step, *node, next);
    nodes = std::move(next);
  }
  return nodes;
}

bool holds(const Condition& condition, const yaml::Node& node) {
  const auto found = walk(condition.path, node);
  const yaml::Node* value = found.empty() ? nullptr : found.front();
  const bool is_string = value != nullptr && yaml::scalar_type(*value) == yaml::ScalarType::string;
  const std::string_view text = value == nullptr ? std::string_view{} : value->text();
  const bool comparable = value != nullptr && value->is_scalar() && is_string == condition.is_string;
  switch (condition.test) {
    case SelectorTest::equals:
      return comparable && text == condition.literal;
    case SelectorTest::differs:
      return !(comparable && text == condition.literal);
    case SelectorTest::starts_with:
      return comparable && text.starts_with(condition.literal);
    case SelectorTest::ends_with:
      return comparable && text.ends_with(condition.literal);
    case SelectorTest::contains:
      return comparable && text.find(condition.literal) != std::string_view::npos;
  }
  return false;
}

}  // namespace

/// A parser by descent over the text; the first thing that it does not know is the error.
class JqPathParser {
 public:
  explicit JqPathParser(std::string_view text) : text_(text) {}

  Result<std::vector<Step>> whole() {
    TRY(auto steps, pipeline(0));
    if (at_ != text_.size()) return unexpected("the end");
    return steps;
  }

  static FieldSelector selector(std::vector<Step> steps) { return FieldSelector(std::move(steps)); }

 private:
  /// path ("|" path)*, as far as it goes.
  Result<std::vector<Step>> pipeline(int nesting) {
    std::vector<Step> steps;
    do {
      skip_blanks();
      if (word("select")) {
        TRY(Step step, select(nesting));
        steps.push_back(std::move(step));
        CHECK_OK(suffixes(steps));
      } else {
        CHECK_OK(path(steps));
      }
      skip_blanks();
    } while (!at_function() && take("|"));
    return steps;
  }

  /// ".", ".a.b[0]"
  Result<void> path(std::vector<Step>& steps) {
    if (!peek(".")) return unexpected("a path that begins with '.'");
    if (text_.substr(at_).starts_with("..")) return unexpected("a path; '..' selects too much");
    ++at_;
    if (peek("\"") || is_name_start()) {
      CHECK_OK(key(steps));
    } else if (!peek("[")) {
      return {};  // "." alone
    }
    return suffixes(steps);
  }

  Result<void> suffixes(std::vector<Step>& steps) {
    while (true) {
      if (take("?")) continue;
      if (peek("[")) {
        CHECK_OK(brackets(steps));
      } else if (peek(".") && !text_.substr(at_).starts_with("..")) {
        ++at_;
        if (peek("[")) continue;
        CHECK_OK(key(steps));
      } else {
        return {};
      }
    }
  }

  Result<void> key(std::vector<Step>& steps) {
    Step step;
    if (peek("\"")) {
      TRY(step.key, quoted());
    } else {
      const std::size_t begin = at_;
      while (at_ < text_.size() && is_name_char(text_[at_])) ++at_;
      step.key = std::string(text_.substr(begin, at_ - begin));
      if (step.key.empty()) return unexpected("a field's name");
    }
    steps.push_back(std::move(step));
    return {};
  }

  /// "[]", "[0]", "[\"a/b\"]"
  Result<void> brackets(std::vector<Step>& steps) {
    ++at_;
    skip_blanks();
    Step step;
    if (peek("]")) {
      step.kind = Step::Kind::every;
    } else if (peek("\"")) {
      TRY(step.key, quoted());
    } else {
      const std::size_t end = std::min(text_.find(']', at_), text_.size());
      const auto index = number(trim(text_.substr(at_, end - at_)));
      if (!index) return unexpected("']', a number or a quoted name");
      step.kind = Step::Kind::index;
      step.index = *index;
      at_ = end;
    }
    skip_blanks();
    if (!take("]")) return unexpected("']'");
    steps.push_back(std::move(step));
    return {};
  }

  Result<Step> select(int nesting) {
    if (nesting == kMostNesting) return unexpected("less nesting");
    skip_blanks();
    if (!take("(")) return unexpected("'(' after select");
    Step step;
    step.kind = Step::Kind::select;
    do {
      TRY(Condition next, condition(nesting + 1));
      step.conditions.push_back(std::move(next));
      skip_blanks();
    } while (word("and"));
    if (!take(")")) return unexpected("')'");
    return step;
  }

  Result<Condition> condition(int nesting) {
    skip_blanks();
    Condition result;
    TRY(result.path, pipeline(nesting));
    skip_blanks();
    if (take("==")) return literal(std::move(result));
    if (take("!=")) {
      result.test = SelectorTest::differs;
      return literal(std::move(result));
    }
    if (!take("|")) return unexpected("'==', '!=' or '|' in select");
    skip_blanks();
    for (const auto& [name, test] : kFunctions) {
      if (!word(name)) continue;
      result.test = test;
      if (!take("(")) return unexpected("'('");
      TRY(result, literal(std::move(result)));
      skip_blanks();
      if (!take(")")) return unexpected("')'");
      return result;
    }
    return unexpected("startswith, endswith or contains");
  }

  Result<Condition> literal(Condition condition) {
    skip_blanks();
    if (peek("\"")) {
      TRY(condition.literal, quoted());
      return condition;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_name_char(text_[at_]) || text_[at_] == '.' || text_[at_] == '-')) ++at_;
    condition.literal = std::string(text_.substr(begin, at_ - begin));
    condition.is_string = false;
    const bool known = condition.literal == "true" || condition.literal == "false" || number(condition.literal);
    if (!known || condition.test > SelectorTest::differs) {
      at_ = begin;
      return unexpected("a quoted text, a whole number, true or false");
    }
    return condition;
  }

  /// A string of JSON.
  Result<std::string> quoted() {
    const std::size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) {
      at_ = begin;
      return unexpected("a quote that ends");
    }
    ++at_;
    const auto value = parse_json(text_.substr(begin, at_ - begin));
    if (!value || !value->is_string()) {
      at_ = begin;
      return unexpected("a string as JSON writes it");
    }
    return value->get<std::string>();
  }

  /// Whether a "|" and one of the tests of select stand here.
  bool at_function() {
    const std::size_t begin = at_;
    bool found = false;
    if (take("|")) {
      skip_blanks();
      for (const auto& [name, test] : kFunctions) found = found || peek(name);
    }
    at_ = begin;
    return found;
  }

  static bool is_name_char(char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
  bool is_name_start() const {
    return at_ < text_.size() && is_name_char(text_[at_]) && (text_[at_] < '0' || text_[at_] > '9');
  }
  bool peek(std::string_view text) const { return text_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!peek(text)) return false;
    at_ += text.size();
    return true;
  }
  bool word(std::string_view text) {
    const std::size_t end = at_ + text.size();
    if (!peek(text) || (end < text_.size() && is_name_char(text_[end]))) return false;
    at_ = end;
    return true;
  }
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }

  tl::unexpected<Error> unexpected(std::string_view expected) const {
    const std::string found =
        at_ < text_.size() ? "'" + ellipsize(printable_utf8(text_.substr(at_)), 40) + "'" : "the end";
    return fail(ErrorKind::invalid, "at character " + std::to_string(at_ + 1) + " " + found + " stands where " +
                                        std::string(expected) + " is supported");
  }

  static constexpr std::array<std::pair<std::string_view, SelectorTest>, 3> kFunctions = {
      {{"startswith", SelectorTest::starts_with},
       {"endswith", SelectorTest::ends_with},
       {"contains", SelectorTest::contains}}};

  std::string_view text_;
  std::size_t at_ = 0;
};

FieldSelector::FieldSelector(std::vector<Step> steps) : steps_(std::move(steps)) {}

Result<FieldSelector> FieldSelector::json_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return fail(ErrorKind::invalid, "a JSON pointer begins with '/'");
  if (text.size() > kMostBytes) return fail(ErrorKind::invalid, "it is too long");
  std::vector<Step> steps;
  if (text.empty()) return FieldSelector(std::move(steps));
  for (const std::string_view part : split(text.substr(1), '/')) {
    Step step;
    step.pointer = true;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] != '~') {
        step.key += part[i];
        continue;
      }
      const char next = i + 1 < part.size() ? part[++i] : ' ';
      if (next != '0' && next != '1') return fail(ErrorKind::invalid, "after '~' a JSON pointer has 0 or 1");
      step.key += next == '0' ? '~' : '/';
    }
    steps.push_back(std::move(step));
  }
  return FieldSelector(std::move(steps));
}

Result<FieldSelector> FieldSelector::jq_path(std::string_view text) {
  if (text.size() > kMostBytes) return fail(ErrorKind::invalid, "it is too long");
  TRY(auto steps, JqPathParser(trim(text)).whole());
  return JqPathParser::selector(std::move(steps));
}

std::vector<const yaml::Node*> FieldSelector::select(const yaml::Node& root) const { return walk(steps_, root); }

}  // namespace towline::diff
