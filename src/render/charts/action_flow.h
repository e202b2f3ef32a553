#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "render/charts/action_lex.h"

namespace towline::render {

/// What an expression carries that differs between renders.
enum class Carried {
  nothing,
  context,    ///< the whole context, or a part of it that holds what only the cluster or the release knows
  some_dot,   ///< a dot of which it is not known whether it is the context
  holder,     ///< a list or dict that holds the context
  key_order,  ///< a list in the random order of a map's keys
  addresses,  ///< something that prints the addresses of its parts
};

/// A use of such an expression by which the difference reaches the result.
struct CarriedUse {
  Carried carried = Carried::nothing;
  std::string what;  ///< "toJson $", "keys"
  std::size_t at = 0;
};

/// Follows what the actions of one text carry, from variables, functions and the dot to where it is used. Give it the
/// actions in order.
class ActionFlow {
 public:
  struct Context {
    bool of_values = false;  ///< the actions stand in values or in a quoted text, and are read one by one
    bool upgrades = false;   ///< .Release differs between renders too
  };
  explicit ActionFlow(Context context) : context_(context) {}

  std::vector<CarriedUse> follow(const std::vector<Token>& tokens);

 private:
  struct Value {
    Carried carried = Carried::nothing;
    std::string shown = {};
    std::size_t at = 0;
    bool literal = false;
  };
  struct Block {
    bool outer_dot = true;
    bool repeats = false;
  };

  const Token* next() const { return at_ < tokens_->size() ? &(*tokens_)[at_] : nullptr; }
  bool next_is(TokenKind kind) const { return next() != nullptr && next()->kind == kind; }
  std::string take_keyword();
  void enter(const std::string& keyword, const Value& value);
  Value pipeline(std::size_t depth, bool is_range);
  void bind(const std::string& name, const Value& value, bool declares);
  Value command(const Value* piped, std::size_t depth);
  Value operand(std::size_t depth);
  Value with_fields(Value base, const Token& first);
  Value call(const Token& function, const std::vector<Value>& arguments);
  void change(const Token& function, const Value& map, const Value& result);
  Value take(const Token& function, const Value& value, bool has_literal_keys);
  /// By "": it is printed.
  void use(const Value& value, const std::string& by);

  const Context context_;
  const std::vector<Token>* tokens_ = nullptr;
  std::size_t at_ = 0;
  bool declares_ = false;  ///< the action gives its value to a variable
  std::vector<CarriedUse> uses_;
  std::vector<Block> blocks_;
  bool dot_is_context_ = true;
  std::map<std::string, Value, std::less<>> variables_;
};

}  // namespace towline::render
