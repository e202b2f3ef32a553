#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <utility>

#include "gotemplate/syntax.h"

namespace towline::gotemplate {
namespace {

using Kind = GoToken::Kind;
using NodeKind = GoTemplateNode::Kind;

std::optional<GoValue> number_of(std::string_view written) {
  std::string text;
  for (const char c : written) {
    if (c != '_') text += c;
  }
  const bool negative = text.starts_with('-');
  std::string_view digits = text;
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char letter = digits[1];
    base = letter == 'x' || letter == 'X' ? 16 : letter == 'b' || letter == 'B' ? 2 : 8;
    const bool has_letter = base != 8 || letter == 'o' || letter == 'O';
    if (letter != '.' && letter != 'e') digits.remove_prefix(has_letter ? 2 : 1);
    if (letter == '.' || letter == 'e') base = 10;
  }
  std::int64_t magnitude = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (error == std::errc() && end == digits.data() + digits.size()) return negative ? -magnitude : magnitude;
  if (base != 10) return std::nullopt;
  char* stop = nullptr;
  const double value = std::strtod(text.c_str(), &stop);
  if (stop != text.c_str() + text.size()) return std::nullopt;
  return value;
}

class Parser {
 public:
  Parser(std::vector<GoToken> tokens, int max_nesting) : tokens_(std::move(tokens)), max_nesting_(max_nesting) {}

  Result<GoTemplateTree> run() {
    TRY(tree_.body, parse_list(0, false));
    if (at_ < tokens_.size()) return wrong("unexpected {{" + ended_by_ + "}}");
    return std::move(tree_);
  }

 private:
  tl::unexpected<Error> wrong(const std::string& what) const {
    const std::size_t line = tokens_.empty() ? 1 : tokens_[std::min(at_, tokens_.size() - 1)].line;
    return fail(ErrorKind::invalid, "line " + std::to_string(line) + ": " + what);
  }
  bool next_is(Kind kind) const { return at_ < tokens_.size() && tokens_[at_].kind == kind; }
  bool next_is(Kind kind, std::string_view text) const { return next_is(kind) && tokens_[at_].text == text; }
  bool take(Kind kind, std::string_view text) {
    if (!next_is(kind, text)) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (next_is(Kind::space)) ++at_;
  }
  Result<void> close() {
    skip_space();
    if (!next_is(Kind::close))
      return wrong("unexpected '" + (at_ < tokens_.size() ? tokens_[at_].text : "") + "' in an action");
    ++at_;
    return {};
  }

  /// Nodes up to the end of the text, or to {{end}} or {{else}}, whose name `ended_by_` then is.
  Result<std::vector<GoTemplateNode>> parse_list(int depth, bool inside) {
    if (depth > max_nesting_) return wrong("nested deeper than " + std::to_string(max_nesting_) + " levels");
    std::vector<GoTemplateNode> nodes;
    ended_by_.clear();
    while (at_ < tokens_.size()) {
      if (next_is(Kind::text)) {
        GoTemplateNode node;
        node.line = tokens_[at_].line;
        node.text = tokens_[at_++].text;
        nodes.push_back(std::move(node));
        continue;
      }
      const std::size_t start = at_++;
      skip_space();
      if (next_is(Kind::word, "end") || next_is(Kind::word, "else")) {
        ended_by_ = tokens_[at_].text;
        if (!inside) return wrong("unexpected {{" + ended_by_ + "}}");
        ++at_;
        return nodes;
      }
      CHECK_OK(parse_action(tokens_[start].line, depth, nodes));
    }
    if (inside) return wrong("{{end}} is missing");
    return nodes;
  }

  Result<void> parse_action(std::size_t line, int depth, std::vector<GoTemplateNode>& nodes) {
    static constexpr std::array<std::pair<std::string_view, NodeKind>, 3> kControls = {
        {{"if", NodeKind::if_}, {"range", NodeKind::range}, {"with", NodeKind::with}}};
    GoTemplateNode node;
    node.line = line;
    node.kind = NodeKind::action;
    const std::string word = next_is(Kind::word) ? tokens_[at_].text : "";
    for (const auto& [name, kind] : kControls) {
      if (word == name) {
        ++at_;
        node.kind = kind;
        CHECK_OK(parse_control(node, depth));
        nodes.push_back(std::move(node));
        return {};
      }
    }
    if (word == "define" || word == "block") return parse_define(line, depth, word == "block", nodes);
    if (word == "template") {
      ++at_;
      node.kind = NodeKind::template_;
      CHECK_OK(parse_name(node.text));
      if (!next_is(Kind::close)) CHECK_OK(parse_pipeline(node.pipeline, depth, false));
    } else if (word == "break" || word == "continue") {
      ++at_;
      node.kind = word == "break" ? NodeKind::break_ : NodeKind::continue_;
      if (range_depth_ == 0) return wrong("{{" + word + "}} outside of {{range}}");
    } else {
      CHECK_OK(parse_pipeline(node.pipeline, depth, false));
    }
    nodes.push_back(std::move(node));
    return close();
  }

  Result<void> parse_name(std::string& name) {
    skip_space();
    if (!next_is(Kind::text_literal)) return wrong("a template's name must be a quoted text");
    name = tokens_[at_++].text;
    skip_space();
    return {};
  }

  Result<void> parse_define(std::size_t line, int depth, bool is_block, std::vector<GoTemplateNode>& nodes) {
    ++at_;
    GoTemplateNode call;
    call.line = line;
    call.kind = NodeKind::template_;
    CHECK_OK(parse_name(call.text));
    if (is_block) CHECK_OK(parse_pipeline(call.pipeline, depth, false));
    CHECK_OK(close());
    TRY(tree_.defined[call.text], parse_list(depth + 1, true));
    if (ended_by_ != "end") return wrong("unexpected {{else}}");
    if (is_block) nodes.push_back(std::move(call));
    return close();
  }

  Result<void> parse_control(GoTemplateNode& node, int depth) {
    const bool is_range = node.kind == NodeKind::range;
    CHECK_OK(parse_pipeline(node.pipeline, depth, is_range));
    CHECK_OK(close());
    if (is_range) ++range_depth_;
    TRY(node.body, parse_list(depth + 1, true));
    if (is_range) --range_depth_;
    if (ended_by_ == "end") return close();
    skip_space();
    // {{else if x}} and {{else with x}} stand for another control inside of {{else}}, with one {{end}} for both.
    if (next_is(Kind::word, "if") || next_is(Kind::word, "with")) {
      GoTemplateNode nested;
      nested.line = tokens_[at_].line;
      nested.kind = tokens_[at_].text == "if" ? NodeKind::if_ : NodeKind::with;
      ++at_;
      CHECK_OK(parse_control(nested, depth + 1));
      node.otherwise.push_back(std::move(nested));
      return {};
    }
    CHECK_OK(close());
    TRY(node.otherwise, parse_list(depth + 1, true));
    if (ended_by_ != "end") return wrong("expected {{end}}, not {{else}}");
    return close();
  }

  Result<void> parse_pipeline(GoPipeline& pipeline, int depth, bool is_range) {
    if (depth > max_nesting_) return wrong("nested deeper than " + std::to_string(max_nesting_) + " levels");
    skip_space();
    parse_declaration(pipeline, is_range);
    while (true) {
      GoCommand command;
      CHECK_OK(parse_command(command, depth));
      pipeline.commands.push_back(std::move(command));
      if (!take(Kind::punctuation, "|")) break;
    }
    return {};
  }

  void parse_declaration(GoPipeline& pipeline, bool is_range) {
    const std::size_t start = at_;
    std::vector<std::string> names;
    while (next_is(Kind::variable) && names.size() < (is_range ? 2U : 1U)) {
      names.push_back(tokens_[at_++].text);
      skip_space();
      const bool declares = next_is(Kind::punctuation, ":=");
      if (declares || next_is(Kind::punctuation, "=")) {
        ++at_;
        skip_space();
        pipeline.variables = std::move(names);
        pipeline.declares = declares;
        return;
      }
      if (!take(Kind::punctuation, ",")) break;
      skip_space();
    }
    at_ = start;
  }

  Result<void> parse_command(GoCommand& command, int depth) {
    skip_space();
    while (!next_is(Kind::close) && !next_is(Kind::punctuation, "|") && !next_is(Kind::punctuation, ")")) {
      GoOperand operand;
      CHECK_OK(parse_operand(operand, depth));
      command.operands.push_back(std::move(operand));
      const bool separated = next_is(Kind::space) || next_is(Kind::close) || next_is(Kind::punctuation, "|") ||
                             next_is(Kind::punctuation, ")");
      if (!separated)
        return wrong("unexpected '" + (at_ < tokens_.size() ? tokens_[at_].text : "") + "' after an operand");
      skip_space();
    }
    return command.operands.empty() ? wrong("a command is missing") : Result<void>{};
  }

  Result<void> parse_operand(GoOperand& operand, int depth) {
    if (at_ >= tokens_.size()) return wrong("an operand is missing");
    const GoToken token = tokens_[at_];
    switch (token.kind) {
      case Kind::field:
        break;  // of the dot
      case Kind::variable:
        ++at_;
        operand.kind = GoOperand::Kind::variable;
        operand.name = token.text;
        break;
      case Kind::text_literal:
        ++at_;
        operand.kind = GoOperand::Kind::literal;
        operand.literal = token.text;
        break;
      case Kind::number: {
        ++at_;
        const auto number = number_of(token.text);
        if (!number) return wrong("'" + token.text + "' is no number");
        operand.kind = GoOperand::Kind::literal;
        operand.literal = *number;
        break;
      }
      case Kind::word:
        ++at_;
        parse_word(operand, token.text);
        break;
      case Kind::punctuation:
        ++at_;
        if (token.text == "(") {
          operand.kind = GoOperand::Kind::pipeline;
          operand.pipeline = std::make_shared<GoPipeline>();
          CHECK_OK(parse_pipeline(*operand.pipeline, depth + 1, false));
          skip_space();
          if (!take(Kind::punctuation, ")")) return wrong("')' is missing");
          break;
        }
        if (token.text == ".") return {};
        [[fallthrough]];
      default:
        return wrong("unexpected '" + token.text + "' in an action");
    }
    while (next_is(Kind::field)) operand.fields.push_back(tokens_[at_++].text);
    return {};
  }

  static void parse_word(GoOperand& operand, const std::string& word) {
    operand.kind = GoOperand::Kind::literal;
    if (word == "true" || word == "false") {
      operand.literal = word == "true";
    } else if (word != "nil") {
      operand.kind = GoOperand::Kind::function;
      operand.name = word;
    }
  }

  std::vector<GoToken> tokens_;
  std::size_t at_ = 0;
  int max_nesting_;
  int range_depth_ = 0;
  std::string ended_by_;
  GoTemplateTree tree_;
};

}  // namespace

Result<GoTemplateTree> parse_go_template(std::string_view text, int max_nesting) {
  TRY(std::vector<GoToken> tokens, lex_go_template(text));
  return Parser(std::move(tokens), max_nesting).run();
}

}  // namespace towline::gotemplate
