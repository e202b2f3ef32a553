#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "gotemplate/value.h"

namespace towline::gotemplate {

struct GoTemplateLimits {
  std::size_t max_output_bytes = 1u << 20;
  std::size_t max_steps = 200'000;  ///< evaluated nodes and operands, values handed over, 64 bytes of a text
  int max_nesting = 64;             ///< of control structures, parentheses and templates within templates
};

/// What `missingkey` asks for when a map has no such key.
enum class MissingKey { no_value, error };

/// Renders a template of Go's text/template (https://pkg.go.dev/text/template) with the functions of
/// sprig (https://masterminds.github.io/sprig) that Argo CD has and that give the same answer every time, and Argo CD's
/// own: normalize, slugify, toYaml, fromYaml, fromYamlArray. Maps of `data` are changed when the template changes them.
/// `steps`, if given, is raised by what was taken. Error invalid: "line 2: …", with "is not supported" where Argo CD
/// would have rendered it.
Result<std::string> render_go_template(std::string_view text, const GoValue& data, MissingKey missing_key,
                                       const GoTemplateLimits& limits = {}, std::size_t* steps = nullptr);

}  // namespace towline::gotemplate
