#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "discovery/application_set.h"
#include "gotemplate/template.h"
#include "gotemplate/value.h"
#include "yaml/node.h"

namespace towline::discovery {

/// How an ApplicationSet writes its templates.
struct SetStyle {
  bool go_template = false;
  gotemplate::MissingKey missing_key = gotemplate::MissingKey::no_value;
  ExpansionBudget* budget = nullptr;  ///< must be given, and outlive it
};

/// A text with its parameters filled in. Plain templates replace "{{name}}" by parameters that are texts, and leave
/// what they do not know. Error invalid: a sentence.
Result<std::string> fill_text(std::string_view text, const gotemplate::GoMap& parameters, const SetStyle& style);

/// Every text below the node, keys too, filled in. Error invalid: "line 3: …", the line of the text.
Result<yaml::Node> fill_node(const yaml::Node& node, const gotemplate::GoMap& parameters, const SetStyle& style);

}  // namespace towline::discovery
