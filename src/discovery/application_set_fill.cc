#include "discovery/application_set_fill.h"

#include <algorithm>

#include "base/text.h"

namespace towline::discovery {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";
constexpr std::size_t kBytesOfAStep = 64;

/// Both delimiters on one line, as Argo CD asks before it looks closer.
bool is_templated(std::string_view text) {
  const auto lines = split_lines(text);
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    const std::size_t open = line.find(kOpen);
    return open != std::string_view::npos && line.find(kClose, open + kOpen.size()) != std::string_view::npos;
  });
}

Result<std::string> fill_plain(std::string_view text, const gotemplate::GoMap& parameters, ExpansionBudget& budget) {
  constexpr std::size_t kMaxText = 1u << 20;
  if (!is_templated(text)) return std::string(text);
  std::string out;
  while (true) {
    const std::size_t open = text.find(kOpen);
    out += text.substr(0, open);
    if (out.size() > kMaxText) {
      return fail(ErrorKind::invalid, "the text becomes longer than " + std::to_string(kMaxText) + " bytes");
    }
    if (open == std::string_view::npos) return out;
    text.remove_prefix(open + kOpen.size());
    const std::size_t close = text.find(kClose);
    if (close == std::string_view::npos) return fail(ErrorKind::invalid, "a '{{' has no '}}'");
    const std::string_view written = text.substr(0, close);
    const std::size_t before = out.size();
    const auto found = parameters.entries.find(trim(written));
    const std::string* value = found == parameters.entries.end() ? nullptr : found->second.text();
    out += value != nullptr && !trim(written).empty() ? *value : "{{" + std::string(written) + "}}";
    CHECK_OK(budget.take(1 + (out.size() - before) / kBytesOfAStep));
    text.remove_prefix(close + kClose.size());
  }
}

Result<yaml::Node> fill_scalar(const yaml::Node& node, const gotemplate::GoMap& parameters, const SetStyle& style) {
  if (node.kind != yaml::NodeKind::scalar || yaml::scalar_type(node) != yaml::ScalarType::string) return node;
  auto filled = fill_text(node.value, parameters, style);
  if (!filled) {
    return fail(ErrorKind::invalid, "line " + std::to_string(node.line) + ": cannot fill in '" +
                                        ellipsize(node.value, 80) + "': " + filled.error().message);
  }
  yaml::Node result = node;
  if (*filled != node.value) {
    result.value = *std::move(filled);
    result.style = yaml::ScalarStyle::double_quoted;
    result.tag.clear();
  }
  return result;
}

}  // namespace

Result<std::string> fill_text(std::string_view text, const gotemplate::GoMap& parameters, const SetStyle& style) {
  CHECK_OK(style.budget->take(1 + text.size() / kBytesOfAStep));
  if (text.find(kOpen) == std::string_view::npos) return std::string(text);
  if (!style.go_template) return fill_plain(text, parameters, *style.budget);
  // Shared, so that what a template changes in its parameters would change them for the next: give each its own.
  constexpr std::size_t kCopiedValuesOfAStep = 4;
  TRY(const std::size_t weight, gotemplate::weight_of(gotemplate::GoValue(parameters)));
  std::size_t steps = 1 + weight / kCopiedValuesOfAStep;
  CHECK_OK(style.budget->take(steps));
  TRY(const gotemplate::GoValue data, gotemplate::deep_copy(gotemplate::GoValue(parameters)));
  steps = 0;
  auto rendered = gotemplate::render_go_template(text, data, style.missing_key, {}, &steps);
  CHECK_OK(style.budget->take(steps));
  return rendered;
}

Result<yaml::Node> fill_node(const yaml::Node& node, const gotemplate::GoMap& parameters, const SetStyle& style) {
  constexpr std::size_t kStepsOfANode = 4;  // it is kept
  CHECK_OK(style.budget->take(kStepsOfANode));
  if (node.kind == yaml::NodeKind::scalar) return fill_scalar(node, parameters, style);
  yaml::Node result;
  result.kind = node.kind;
  result.style = node.style;
  result.value = node.value;
  result.tag = node.tag;
  result.anchor = node.anchor;
  result.span = node.span;
  result.line = node.line;
  result.column = node.column;
  result.items.reserve(node.items.size());
  for (const yaml::Node& item : node.items) {
    TRY(yaml::Node filled, fill_node(item, parameters, style));
    result.items.push_back(std::move(filled));
  }
  result.entries.reserve(node.entries.size());
  for (const auto& [key, value] : node.entries) {
    TRY(yaml::Node filled_key, fill_scalar(key, parameters, style));
    TRY(yaml::Node filled_value, fill_node(value, parameters, style));
    result.entries.emplace_back(std::move(filled_key), std::move(filled_value));
  }
  return result;
}

}  // namespace towline::discovery
