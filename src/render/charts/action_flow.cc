#include "render/charts/action_flow.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace towline::render {
namespace {

constexpr std::size_t kMaxNesting = 100;

/// What a function does with an argument that carries something.
enum class Taking {
  uses,     ///< its result shows the difference
  absorbs,  ///< its result is the same whatever differs
  passes,   ///< its result carries the same
  holds,    ///< its result holds it
  looks_up  ///< absorbs if all keys are literal
};

struct Row {
  std::string_view name;
  Taking taking;
};

/// Of the context and of what holds it; any other function uses it.
constexpr Row kOfContext[] = {
    {"include", Taking::absorbs}, {"tpl", Taking::absorbs},
    {"hasKey", Taking::absorbs},  {"empty", Taking::absorbs},
    {"not", Taking::absorbs},     {"kindOf", Taking::absorbs},
    {"kindIs", Taking::absorbs},  {"typeOf", Taking::absorbs},
    {"typeIs", Taking::absorbs},  {"typeIsLike", Taking::absorbs},
    {"eq", Taking::absorbs},      {"ne", Taking::absorbs},
    {"len", Taking::absorbs},     {"get", Taking::looks_up},
    {"index", Taking::looks_up},  {"dig", Taking::looks_up},
    {"pick", Taking::looks_up},   {"pluck", Taking::looks_up},
    {"default", Taking::passes},  {"coalesce", Taking::passes},
    {"ternary", Taking::passes},  {"and", Taking::passes},
    {"or", Taking::passes},       {"required", Taking::passes},
    {"deepCopy", Taking::passes}, {"mustDeepCopy", Taking::passes},
    {"set", Taking::passes},      {"unset", Taking::passes},
    {"merge", Taking::passes},    {"mustMerge", Taking::passes},
    {"omit", Taking::passes},     {"mergeOverwrite", Taking::passes},
    {"dict", Taking::holds},      {"mustMergeOverwrite", Taking::passes},
    {"list", Taking::holds},      {"tuple", Taking::holds},
    {"append", Taking::holds},    {"mustAppend", Taking::holds},
    {"prepend", Taking::holds},   {"mustPrepend", Taking::holds},
    {"concat", Taking::holds},    {"first", Taking::passes},
    {"last", Taking::passes},     {"rest", Taking::passes},
    {"keys", Taking::absorbs},    {"values", Taking::passes},
};

/// Of a list in random order; any other function uses it.
constexpr Row kOfKeyOrder[] = {
    {"sortAlpha", Taking::absorbs},  {"len", Taking::absorbs},        {"has", Taking::absorbs},
    {"mustHas", Taking::absorbs},    {"empty", Taking::absorbs},      {"not", Taking::absorbs},
    {"kindOf", Taking::absorbs},     {"kindIs", Taking::absorbs},     {"typeOf", Taking::absorbs},
    {"typeIs", Taking::absorbs},     {"typeIsLike", Taking::absorbs}, {"uniq", Taking::passes},
    {"mustUniq", Taking::passes},    {"compact", Taking::passes},     {"mustCompact", Taking::passes},
    {"without", Taking::passes},     {"mustWithout", Taking::passes}, {"concat", Taking::passes},
    {"append", Taking::passes},      {"mustAppend", Taking::passes},  {"push", Taking::passes},
    {"mustPush", Taking::passes},    {"prepend", Taking::passes},     {"mustPrepend", Taking::passes},
    {"reverse", Taking::passes},     {"mustReverse", Taking::passes}, {"toStrings", Taking::passes},
    {"default", Taking::passes},     {"coalesce", Taking::passes},    {"ternary", Taking::passes},
    {"and", Taking::passes},         {"or", Taking::passes},          {"deepCopy", Taking::passes},
    {"mustDeepCopy", Taking::passes}};

/// What writes out a whole value, which is not done to the dot of an alert's or a dashboard's template in values.
constexpr std::string_view kWriters[] = {
    "toJson",           "mustToJson", "toRawJson",  "mustToRawJson", "toPrettyJson",
    "mustToPrettyJson", "toYaml",     "mustToYaml", "toYamlPretty",  "toToml"};

/// What prints as fmt does, so with the addresses of a value's parts.
constexpr std::string_view kPrinters[] = {"print",  "println", "printf", "toString", "toStrings", "quote",
                                          "squote", "cat",     "join",   "html",     "urlquery",  "sortAlpha"};

/// What changes its first argument.
constexpr std::string_view kChangers[] = {"set", "merge", "mustMerge", "mergeOverwrite", "mustMergeOverwrite"};

constexpr std::string_view kKeywords[] = {"if",     "else",  "range",    "with",  "end",
                                          "define", "block", "template", "break", "continue"};

template <class Names>
bool holds(const Names& names, std::string_view wanted) {
  return std::find(std::begin(names), std::end(names), wanted) != std::end(names);
}

template <class Rows>
Taking find_taking(const Rows& rows, std::string_view name) {
  const auto found = std::find_if(std::begin(rows), std::end(rows), [&](const Row& row) { return row.name == name; });
  return found == std::end(rows) ? Taking::uses : found->taking;
}

Taking taking_of(std::string_view function, Carried carried) {
  switch (carried) {
    case Carried::nothing:
      return Taking::absorbs;
    case Carried::context:
    case Carried::holder:
      return find_taking(kOfContext, function);
    case Carried::some_dot:
      return holds(kWriters, function) ? Taking::uses : Taking::absorbs;
    case Carried::key_order:
      return find_taking(kOfKeyOrder, function);
    case Carried::addresses: {
      if (holds(kPrinters, function)) return Taking::uses;
      const Taking taking = find_taking(kOfContext, function);
      return taking == Taking::passes || taking == Taking::holds ? Taking::passes : Taking::absorbs;
    }
  }
  return Taking::uses;
}

}  // namespace

std::vector<CarriedUse> ActionFlow::follow(const std::vector<Token>& tokens) {
  tokens_ = &tokens;
  at_ = 0;
  uses_.clear();
  declares_ = false;
  const std::string keyword = take_keyword();
  const bool is_range = keyword == "range";
  if (keyword == "define" || keyword == "template" || keyword == "block") {
    if (next_is(TokenKind::text)) ++at_;
  }
  const Value value = pipeline(0, is_range);
  const bool is_test = keyword == "if" || keyword == "with";
  const bool calls = keyword == "template" || keyword == "block";
  if (is_range) {
    if (value.carried == Carried::context || value.carried == Carried::key_order) use(value, keyword);
  } else if (calls) {
    if (value.carried == Carried::key_order) use(value, keyword);
  } else if (!is_test && !declares_ && value.carried != Carried::some_dot) {
    use(value, "");
  }
  enter(keyword, value);
  return std::exchange(uses_, {});
}

/// "" for none; of "else if" and "else with" the second.
std::string ActionFlow::take_keyword() {
  std::string keyword;
  while (next_is(TokenKind::word) && holds(kKeywords, next()->text)) {
    if (keyword == "else" && !blocks_.empty()) dot_is_context_ = blocks_.back().outer_dot;
    const bool goes_on = keyword.empty() || keyword == "else";
    if (!goes_on) break;
    keyword = next()->text;
    ++at_;
    if (keyword != "else") break;
  }
  if (keyword == "else" && !blocks_.empty()) dot_is_context_ = blocks_.back().outer_dot;
  return keyword;
}

void ActionFlow::enter(const std::string& keyword, const Value& value) {
  const bool is_else = !tokens_->empty() && tokens_->front().text == "else";
  if (keyword == "end") {
    if (blocks_.empty()) return;
    dot_is_context_ = blocks_.back().outer_dot;
    blocks_.pop_back();
    return;
  }
  const bool opens =
      keyword == "if" || keyword == "with" || keyword == "range" || keyword == "define" || keyword == "block";
  if (!opens) return;
  if (!is_else) {
    const bool repeats = keyword == "range" || (!blocks_.empty() && blocks_.back().repeats);
    blocks_.push_back({dot_is_context_, repeats && keyword != "define"});
  }
  if (keyword == "if") return;
  dot_is_context_ = value.carried == (keyword == "range" ? Carried::holder : Carried::context) && keyword != "block";
}

ActionFlow::Value ActionFlow::pipeline(std::size_t depth, bool is_range) {
  std::vector<std::string> names;
  const std::size_t begin = at_;
  std::size_t assigned = begin;
  for (std::size_t i = begin; i < tokens_->size() && names.size() < 2; ++i) {
    const Token& token = (*tokens_)[i];
    if (token.kind == TokenKind::variable) {
      names.push_back(token.text);
      const bool is_assigned = i + 1 < tokens_->size() && (*tokens_)[i + 1].kind == TokenKind::assign;
      if (is_assigned) assigned = i + 2;
      const bool goes_on = i + 1 < tokens_->size() && (*tokens_)[i + 1].kind == TokenKind::comma;
      if (!goes_on) break;
      ++i;
    } else {
      break;
    }
  }
  if (assigned == begin) names.clear();
  const bool declares = assigned != begin && (*tokens_)[assigned - 1].text == ":=";
  at_ = assigned;
  Value value = command(nullptr, depth);
  while (next_is(TokenKind::pipe)) {
    ++at_;
    value = command(&value, depth);
  }
  if (names.empty()) return value;
  if (is_range) {
    // What the variables are is a part of the value, which is used already.
    for (const std::string& name : names) bind(name, {}, declares);
    if (value.carried == Carried::holder)
      bind(names.back(), {Carried::context, value.shown, value.at, false}, declares);
    return value;
  }
  declares_ = declares_ || depth == 0;
  bind(names.front(), value, declares);
  return value;
}

void ActionFlow::bind(const std::string& name, const Value& value, bool declares) {
  if (declares) {
    variables_[name] = value;
    return;
  }
  // It may be assigned on one way only, and in a loop after where it is used.
  if (value.carried == Carried::nothing) return;
  const bool repeats = !blocks_.empty() && blocks_.back().repeats;
  if (repeats) {
    use(value, name + " =");
  } else {
    variables_[name] = value;
  }
}

ActionFlow::Value ActionFlow::command(const Value* piped, std::size_t depth) {
  if (next() == nullptr) return {};
  const Token first = *next();
  bool is_call = first.kind == TokenKind::word && first.text != "true" && first.text != "false" && first.text != "nil";
  std::vector<Value> arguments;
  if (is_call) {
    ++at_;
    // "{{ values.x }}" is of another template language, such as an ApplicationSet's.
    if (next_is(TokenKind::field) && next()->at == first.end) is_call = false;
  }
  while (next() != nullptr && !next_is(TokenKind::pipe) && !next_is(TokenKind::close)) {
    arguments.push_back(operand(depth));
  }
  if (!is_call) {
    // Further operands are arguments of a method, as of .Files.Get.
    return arguments.size() == 1 && piped == nullptr ? arguments.front() : Value{};
  }
  if (piped != nullptr) arguments.push_back(*piped);
  return call(first, arguments);
}

ActionFlow::Value ActionFlow::operand(std::size_t depth) {
  const Token token = *next();
  ++at_;
  Value value;
  value.at = token.at;
  switch (token.kind) {
    case TokenKind::text:
    case TokenKind::other:
      value.literal = true;
      return value;
    case TokenKind::word:
      value.literal = token.text == "true" || token.text == "false" || token.text == "nil";
      return value;  // a function without arguments carries nothing
    case TokenKind::open:
      if (depth == kMaxNesting) {
        uses_.push_back({Carried::context, "((", token.at});
        at_ = tokens_->size();
        return value;
      }
      value = pipeline(depth + 1, false);
      if (next_is(TokenKind::close)) ++at_;
      if (next_is(TokenKind::field) && at_ > 0 && next()->at == (*tokens_)[at_ - 1].end) {
        while (next_is(TokenKind::field)) ++at_;
        return {};
      }
      return value;
    case TokenKind::variable: {
      if (token.text == "$") {
        value.carried = Carried::context;
      } else if (const auto known = variables_.find(token.text); known != variables_.end()) {
        value = known->second;
      }
      if (value.carried != Carried::key_order) {
        value.shown = token.text;
        value.at = token.at;
      }
      return with_fields(std::move(value), token);
    }
    case TokenKind::dot:
      value.shown = ".";
      if (context_.of_values) {
        value.carried = Carried::some_dot;
      } else if (dot_is_context_) {
        value.carried = Carried::context;
      }
      return value;
    case TokenKind::field:
      --at_;
      return with_fields(std::move(value), token);
    case TokenKind::close:
    case TokenKind::pipe:
    case TokenKind::assign:
    case TokenKind::comma:
      return value;
  }
  return value;
}

/// The fields that follow the token without a space, of the base.
ActionFlow::Value ActionFlow::with_fields(Value base, const Token& first) {
  std::vector<std::string_view> names;
  std::size_t end = first.kind == TokenKind::field ? first.at : first.end;
  std::string shown = base.shown;
  while (next_is(TokenKind::field) && next()->at == end) {
    names.push_back(next()->text);
    shown += "." + next()->text;
    end = next()->end;
    ++at_;
  }
  if (names.empty()) return base;
  Value value;
  value.at = first.at;
  value.shown = shown;
  const std::string_view last = names.back();
  const std::string_view before = names.size() > 1 ? names[names.size() - 2] : std::string_view();
  const bool is_value = holds(names, "Values");
  if (!is_value && (last == "Subcharts" || before == "Subcharts" || (last == "Release" && context_.upgrades))) {
    value.carried = Carried::context;
  } else if ((last == "Chart" && names.size() == 1) ||
             (before == "Chart" && !is_value && (last == "Maintainers" || last == "Dependencies"))) {
    value.carried = Carried::addresses;
  }
  return value;
}

ActionFlow::Value ActionFlow::call(const Token& function, const std::vector<Value>& arguments) {
  const auto literals = std::count_if(arguments.begin(), arguments.end(), [](const Value& one) { return one.literal; });
  const bool has_literal_keys = static_cast<std::size_t>(literals) + 1 >= arguments.size();
  Value result;
  for (const Value& argument : arguments) {
    Value taken = take(function, argument, has_literal_keys);
    if (result.carried == Carried::nothing) result = std::move(taken);
  }
  if (holds(kChangers, function.text) && result.carried != Carried::nothing)
    change(function, arguments.front(), result);
  if (function.text == "keys" || function.text == "values")
    return {Carried::key_order, function.text, function.at, false};
  return result;
}

/// The first argument, a map, then holds what the result carries.
void ActionFlow::change(const Token& function, const Value& map, const Value& result) {
  if (map.carried != Carried::nothing || map.shown.empty()) return;
  const bool is_variable = map.shown.starts_with('$') && map.shown.find('.') == std::string::npos;
  if (is_variable) {
    variables_[map.shown] = {Carried::holder, map.shown, map.at, false};
  } else {
    use(result, function.text);
  }
}

ActionFlow::Value ActionFlow::take(const Token& function, const Value& value, bool has_literal_keys) {
  switch (taking_of(function.text, value.carried)) {
    case Taking::absorbs:
      return {};
    case Taking::passes:
      return value;
    case Taking::holds:
      return {Carried::holder, value.shown, value.at, false};
    case Taking::looks_up:
      if (value.carried == Carried::holder) return value;
      if (has_literal_keys) return {};
      break;
    case Taking::uses:
      break;
  }
  use(value, function.text);
  return {};
}

void ActionFlow::use(const Value& value, const std::string& by) {
  if (value.carried == Carried::nothing) return;
  const bool names_itself = by.empty() || value.carried == Carried::key_order;
  uses_.push_back({value.carried, names_itself ? value.shown : by + " " + value.shown, value.at});
}

}  // namespace towline::render
