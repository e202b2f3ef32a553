#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gotemplate/value.h"

namespace towline::gotemplate {

struct GoPipeline;

/// One word of a command, with the fields that are taken of it: `.a.b`, `$x.a`, `(index . 1).b`, `"text"`.
struct GoOperand {
  enum class Kind { dot, variable, function, literal, pipeline };
  Kind kind = Kind::dot;
  std::string name;  ///< of the variable (with its '$') or the function
  GoValue literal;
  std::shared_ptr<GoPipeline> pipeline;
  std::vector<std::string> fields;
};

struct GoCommand {
  std::vector<GoOperand> operands;
};

/// `$x := a | b c`
struct GoPipeline {
  std::vector<std::string> variables;
  bool declares = false;  ///< `:=` and not `=`
  std::vector<GoCommand> commands;
};

struct GoTemplateNode {
  enum class Kind { text, action, if_, range, with, template_, break_, continue_ };
  Kind kind = Kind::text;
  std::size_t line = 1;
  std::string text;  ///< the literal text, or the name of the template that is called
  GoPipeline pipeline;
  std::vector<GoTemplateNode> body;
  std::vector<GoTemplateNode> otherwise;
};

struct GoTemplateTree {
  std::vector<GoTemplateNode> body;
  std::map<std::string, std::vector<GoTemplateNode>, std::less<>> defined;
};

struct GoToken {
  enum class Kind { text, open, close, word, field, variable, text_literal, number, punctuation, space };
  Kind kind = Kind::text;
  std::string text;  ///< literals: their value; field: without the dot
  std::size_t line = 1;
};

/// The tokens of a template; trim marks are applied and comments are gone. Error invalid: "line 1: unclosed action".
Result<std::vector<GoToken>> lex_go_template(std::string_view text);

/// Error invalid: "line 3: …".
Result<GoTemplateTree> parse_go_template(std::string_view text, int max_nesting);

}  // namespace towline::gotemplate
