#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "gotemplate/functions.h"
#include "gotemplate/syntax.h"
#include "gotemplate/template.h"

namespace towline::gotemplate {
namespace {

enum class Flow { go_on, leave, next };

constexpr std::size_t kBytesOfAStep = 64;

class Run {
 public:
  Run(const GoTemplateTree& tree, const GoValue& data, MissingKey missing_key, const GoTemplateLimits& limits)
      : tree_(tree), missing_key_(missing_key), limits_(limits), meter_{0, limits.max_steps} {
    variables_.emplace_back("$", data);
  }

  std::size_t steps() const { return meter_.taken; }

  Result<std::string> run() {
    const GoValue data = variables_.front().second;
    CHECK_OK(run_list(tree_.body, data, 0));
    return std::move(output_);
  }

 private:
  tl::unexpected<Error> wrong(const std::string& what) const {
    return fail(ErrorKind::invalid, "line " + std::to_string(line_) + ": " + what);
  }

  Result<void> step(std::size_t count = 1) {
    const auto taken = meter_.take(count);
    return taken ? taken : wrong(taken.error().message);
  }

  Result<void> write(std::string_view text) {
    if (output_.size() + text.size() > limits_.max_output_bytes) {
      return wrong("the template writes more than " + std::to_string(limits_.max_output_bytes) + " bytes");
    }
    output_ += text;
    return {};
  }

  Result<Flow> run_list(const std::vector<GoTemplateNode>& nodes, const GoValue& dot, int depth) {
    for (const GoTemplateNode& node : nodes) {
      line_ = node.line;
      CHECK_OK(step());
      TRY(const Flow flow, run_node(node, dot, depth));
      if (flow != Flow::go_on) return flow;
    }
    return Flow::go_on;
  }

  Result<Flow> run_node(const GoTemplateNode& node, const GoValue& dot, int depth) {
    using Kind = GoTemplateNode::Kind;
    const std::size_t mark = variables_.size();
    Result<Flow> flow = Flow::go_on;
    switch (node.kind) {
      case Kind::text:
        CHECK_OK(write(node.text));
        return Flow::go_on;
      case Kind::action: {
        TRY(const GoValue value, evaluate(node.pipeline, dot, depth));
        // A declaration prints nothing, and holds until the end of the list around it.
        if (!node.pipeline.variables.empty()) return Flow::go_on;
        CHECK_OK(charge(value, 0));
        const auto text = shown(value);
        if (!text) return wrong(text.error().message);
        CHECK_OK(write(*text));
        return Flow::go_on;
      }
      case Kind::break_:
        return Flow::leave;
      case Kind::continue_:
        return Flow::next;
      case Kind::template_:
        flow = run_template(node, dot, depth);
        break;
      case Kind::range:
        flow = run_range(node, dot, depth);
        break;
      case Kind::if_:
      case Kind::with: {
        TRY(const GoValue value, evaluate(node.pipeline, dot, depth));
        const bool holds = is_true(value);
        const GoValue& inner = node.kind == Kind::with && holds ? value : dot;
        flow = run_list(holds ? node.body : node.otherwise, inner, depth + 1);
        break;
      }
    }
    variables_.resize(mark);
    return flow;
  }

  /// What an action prints of a value: nothing at all is told apart from a null within a list.
  static Result<std::string> shown(const GoValue& value) {
    if (value.is_null()) return std::string("<no value>");
    if (has_random_order(value)) return fail(ErrorKind::invalid, std::string(kRandomOrder));
    return print(value);
  }

  Result<Flow> run_template(const GoTemplateNode& node, const GoValue& dot, int depth) {
    if (depth > limits_.max_nesting)
      return wrong("templates call each other deeper than " + std::to_string(limits_.max_nesting));
    const auto found = tree_.defined.find(node.text);
    if (found == tree_.defined.end()) return wrong("template '" + node.text + "' is not defined");
    GoValue data;
    if (!node.pipeline.commands.empty()) {
      TRY(data, evaluate(node.pipeline, dot, depth));
    }
    auto outer = std::exchange(variables_, {{"$", data}});
    auto flow = run_list(found->second, data, depth + 1);
    variables_ = std::move(outer);
    return flow;
  }

  Result<Flow> run_range(const GoTemplateNode& node, const GoValue& dot, int depth) {
    TRY(const GoValue value, evaluate(node.pipeline, dot, depth));
    std::vector<std::pair<GoValue, GoValue>> pairs;
    if (has_random_order(value)) return wrong(std::string(kRandomOrder));
    if (const GoList* list = value.list()) {
      for (const GoValue& item : list->items) pairs.emplace_back(static_cast<std::int64_t>(pairs.size()), item);
    } else if (const GoMap* map = value.map()) {
      for (const auto& [key, item] : map->entries) pairs.emplace_back(key, item);
    } else if (const auto* count = std::get_if<std::int64_t>(&value.data)) {
      if (*count > static_cast<std::int64_t>(limits_.max_steps)) return wrong("{{range}} over too large a number");
      for (std::int64_t i = 0; i < *count; ++i) pairs.emplace_back(i, i);
    } else if (!value.is_null()) {
      return wrong("range can't iterate over a " + std::string(kind_of(value)));
    }
    if (pairs.empty()) return run_list(node.otherwise, dot, depth + 1);
    const std::size_t mark = variables_.size();
    for (const auto& [key, item] : pairs) {
      CHECK_OK(step());
      CHECK_OK(charge_copy(item));
      CHECK_OK(bind_range(node.pipeline, key, item));
      TRY(const Flow flow, run_list(node.body, item, depth + 1));
      variables_.resize(mark);
      if (flow == Flow::leave) break;
    }
    return Flow::go_on;
  }

  Result<void> bind_range(const GoPipeline& pipeline, const GoValue& key, const GoValue& item) {
    const auto& names = pipeline.variables;
    const auto bind = [&](const std::string& name, const GoValue& value) -> Result<void> {
      GoValue* known = nullptr;
      if (!pipeline.declares) {
        TRY(known, variable(name));
      }
      if (known == nullptr) {
        variables_.emplace_back(name, value);
      } else {
        *known = value;
      }
      return {};
    };
    if (names.size() == 2) CHECK_OK(bind(names[0], key));
    if (!names.empty()) CHECK_OK(bind(names.back(), item));
    return {};
  }

  /// nullptr when there is none. Looking it up is a step for each 16 variables.
  Result<GoValue*> variable(std::string_view name) {
    constexpr std::size_t kVariablesOfAStep = 16;
    CHECK_OK(step(variables_.size() / kVariablesOfAStep));
    const auto found =
        std::find_if(variables_.rbegin(), variables_.rend(), [&](const auto& one) { return one.first == name; });
    return found == variables_.rend() ? nullptr : &found->second;
  }

  /// Error invalid: undefined.
  Result<void> assign(const std::string& name, const GoValue& value) {
    TRY(GoValue* const found, variable(name));
    if (found == nullptr) return wrong("undefined variable '" + name + "'");
    *found = value;
    return {};
  }

  Result<GoValue> evaluate(const GoPipeline& pipeline, const GoValue& dot, int depth) {
    if (depth > limits_.max_nesting)
      return wrong("nested deeper than " + std::to_string(limits_.max_nesting) + " levels");
    std::optional<GoValue> value;
    for (const GoCommand& command : pipeline.commands) {
      TRY(value, evaluate_command(command, dot, value, depth));
    }
    const bool of_range = pipeline.variables.size() == 2;
    if (pipeline.variables.size() == 1 && !of_range) {
      const std::string& name = pipeline.variables[0];
      CHECK_OK(charge_copy(*value));
      if (pipeline.declares) {
        variables_.emplace_back(name, *value);
      } else {
        CHECK_OK(assign(name, *value));
      }
    }
    return *std::move(value);
  }

  Result<GoValue> evaluate_command(const GoCommand& command, const GoValue& dot, const std::optional<GoValue>& last,
                                   int depth) {
    CHECK_OK(step());
    const GoOperand& first = command.operands.front();
    if (first.kind == GoOperand::Kind::function) {
      TRY(GoValue value, call(command, dot, last, depth));
      return take_fields(std::move(value), first.fields);
    }
    if (command.operands.size() > 1 || last) return wrong("can't give an argument to what is no function");
    if (first.kind == GoOperand::Kind::literal && first.literal.is_null()) return wrong("nil is not a command");
    return evaluate_operand(first, dot, depth);
  }

  Result<GoValue> evaluate_operand(const GoOperand& operand, const GoValue& dot, int depth) {
    CHECK_OK(step());
    switch (operand.kind) {
      case GoOperand::Kind::dot:
        CHECK_OK(charge_copy(dot));
        return take_fields(dot, operand.fields);
      case GoOperand::Kind::literal:
        CHECK_OK(charge_copy(operand.literal));
        return operand.literal;
      case GoOperand::Kind::pipeline: {
        TRY(GoValue value, evaluate(*operand.pipeline, dot, depth + 1));
        return take_fields(std::move(value), operand.fields);
      }
      case GoOperand::Kind::function: {
        GoCommand command;
        command.operands.push_back(operand);
        return evaluate_command(command, dot, std::nullopt, depth + 1);
      }
      case GoOperand::Kind::variable: {
        TRY(const GoValue* const found, variable(operand.name));
        if (found == nullptr) return wrong("undefined variable '" + operand.name + "'");
        CHECK_OK(charge_copy(*found));
        return take_fields(*found, operand.fields);
      }
    }
    return GoValue();
  }

  /// A field of what is missing is missing too, where that is allowed; one of null is an error.
  Result<GoValue> take_fields(GoValue value, const std::vector<std::string>& fields) {
    bool is_missing = false;
    for (const std::string& field : fields) {
      if (is_missing) return GoValue();
      if (value.is_null()) return wrong("nil pointer evaluating ." + field);
      const GoMap* map = value.map();
      if (map == nullptr) return wrong("can't evaluate field " + field + " in a " + std::string(kind_of(value)));
      const auto found = map->entries.find(field);
      is_missing = found == map->entries.end();
      if (is_missing && missing_key_ == MissingKey::error) return wrong("map has no entry for key '" + field + "'");
      if (!is_missing) CHECK_OK(charge_copy(found->second));
      value = is_missing ? GoValue() : GoValue(found->second);
    }
    return value;
  }

  Result<GoValue> call(const GoCommand& command, const GoValue& dot, const std::optional<GoValue>& last, int depth) {
    const std::string& name = command.operands.front().name;
    if (name == "and" || name == "or") return short_circuit(name == "and", command, dot, last, depth);
    const auto function = find_go_function(name);
    if (!function) return wrong(function.error().message);
    std::vector<GoValue> arguments;
    for (std::size_t i = 1; i < command.operands.size(); ++i) {
      TRY(GoValue argument, evaluate_operand(command.operands[i], dot, depth + 1));
      arguments.push_back(std::move(argument));
    }
    if (last) arguments.push_back(*last);
    if (arguments.size() < (*function)->least || arguments.size() > (*function)->most) {
      return wrong("wrong number of arguments for " + name + ": " + std::to_string(arguments.size()));
    }
    for (const GoValue& argument : arguments) CHECK_OK(charge(argument, 0));
    const bool is_random = std::any_of(arguments.begin(), arguments.end(), has_random_order);
    if (is_random && (*function)->random_order == RandomOrder::refused) {
      return wrong("error calling " + name + ": " + std::string(kRandomOrder));
    }
    auto result = (*function)->call(GoArguments(arguments, meter_));
    if (!result) return wrong("error calling " + name + ": " + result.error().message);
    auto* list = std::get_if<GoList>(&result->data);
    if (is_random && list != nullptr && (*function)->random_order == RandomOrder::kept) list->unordered = true;
    const std::string* text = result->text();
    if (text != nullptr && text->size() > limits_.max_output_bytes) return wrong(name + " gives too long a text");
    CHECK_OK(charge(*result, 0));
    return result;
  }

  /// Copying a value: texts and lists are copied, maps are shared.
  Result<void> charge_copy(const GoValue& value) {
    constexpr std::size_t kItemsOfAStep = 4;
    if (const std::string* text = value.text()) return step(text->size() / kBytesOfAStep);
    const GoList* list = value.list();
    if (list == nullptr) return {};
    CHECK_OK(step(list->items.size() / kItemsOfAStep));
    for (const GoValue& item : list->items) CHECK_OK(charge_copy(item));
    return {};
  }

  /// A step for each value within one that a function takes or gives, so that handling large ones is not free.
  Result<void> charge(const GoValue& value, int depth) {
    if (depth > kMaxGoDepth) return wrong("a value is nested deeper than " + std::to_string(kMaxGoDepth) + " levels");
    const std::string* text = value.text();
    CHECK_OK(step(1 + (text == nullptr ? 0 : text->size() / kBytesOfAStep)));
    if (const GoList* list = value.list()) {
      for (const GoValue& item : list->items) CHECK_OK(charge(item, depth + 1));
    } else if (const GoMap* map = value.map()) {
      for (const auto& [key, item] : map->entries) CHECK_OK(charge(item, depth + 1));
    }
    return {};
  }

  Result<GoValue> short_circuit(bool is_and, const GoCommand& command, const GoValue& dot,
                                const std::optional<GoValue>& last, int depth) {
    GoValue value;
    const std::size_t count = command.operands.size() - 1;
    if (count == 0 && !last) return wrong("wrong number of arguments for " + command.operands.front().name + ": 0");
    for (std::size_t i = 1; i <= count; ++i) {
      TRY(value, evaluate_operand(command.operands[i], dot, depth + 1));
      if (is_true(value) != is_and) return value;
    }
    return last ? *last : value;
  }

  const GoTemplateTree& tree_;
  MissingKey missing_key_;
  const GoTemplateLimits& limits_;
  std::vector<std::pair<std::string, GoValue>> variables_;
  std::string output_;
  GoMeter meter_;
  std::size_t line_ = 1;
};

}  // namespace

Result<std::string> render_go_template(std::string_view text, const GoValue& data, MissingKey missing_key,
                                       const GoTemplateLimits& limits, std::size_t* steps) {
  if (text.find("{{") == std::string_view::npos) return std::string(text);
  TRY(const GoTemplateTree tree, parse_go_template(text, limits.max_nesting));
  Run run(tree, data, missing_key, limits);
  auto rendered = run.run();
  if (steps != nullptr) *steps += run.steps();
  return rendered;
}

}  // namespace towline::gotemplate
