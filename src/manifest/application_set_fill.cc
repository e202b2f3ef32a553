#include "manifest/application_set_fill.h"

#include <algorithm>

#include "base/text.h"

namespace towline::manifest {
namespace {

constexpr std::string_view kOpen = "{{";
constexpr std::string_view kClose = "}}";

/// Both delimiters on one line, as Argo CD asks before it looks closer.
bool is_templated(std::string_view text) {
  const auto lines = split_lines(text);
  return std::any_of(lines.begin(), lines.end(), [](std::string_view line) {
    const std::size_t open = line.find(kOpen);
    return open != std::string_view::npos && line.find(kClose, open + kOpen.size()) != std::string_view::npos;
  });
}

Result<std::string> fill_plain(std::string_view text, const GoMap& parameters) {
  if (!is_templated(text)) return std::string(text);
  std::string out;
  while (true) {
    const std::size_t open = text.find(kOpen);
    out += text.substr(0, open);
    if (open == std::string_view::npos) return out;
    text.remove_prefix(open + kOpen.size());
    const std::size_t close = text.find(kClose);
    if (close == std::string_view::npos) return fail(ErrorKind::invalid, "a '{{' has no '}}'");
    const std::string_view written = text.substr(0, close);
    const auto found = parameters.entries.find(trim(written));
    const std::string* value = found == parameters.entries.end() ? nullptr : found->second.text();
    out += value != nullptr && !trim(written).empty() ? *value : "{{" + std::string(written) + "}}";
    text.remove_prefix(close + kClose.size());
  }
}

Result<yaml::Node> fill_scalar(const yaml::Node& node, const GoMap& parameters, const SetStyle& style) {
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

Result<std::string> fill_text(std::string_view text, const GoMap& parameters, const SetStyle& style) {
  constexpr std::size_t kBytesOfAStep = 64;
  CHECK_OK(style.budget->take(1 + text.size() / kBytesOfAStep));
  if (text.find(kOpen) == std::string_view::npos) return std::string(text);
  if (!style.go_template) return fill_plain(text, parameters);
  // Shared, so that what a template changes in its parameters would change them for the next: give each its own.
  TRY(const GoValue data, deep_copy(GoValue(parameters)));
  std::size_t steps = parameters.entries.size();
  auto rendered = render_go_template(text, data, style.missing_key, {}, &steps);
  CHECK_OK(style.budget->take(steps));
  return rendered;
}

Result<yaml::Node> fill_node(const yaml::Node& node, const GoMap& parameters, const SetStyle& style) {
  constexpr std::size_t kStepsOfANode = 4;  // it is kept
  CHECK_OK(style.budget->take(kStepsOfANode));
  if (node.kind == yaml::NodeKind::scalar) return fill_scalar(node, parameters, style);
  yaml::Node result = node;
  for (yaml::Node& item : result.items) {
    TRY(item, fill_node(item, parameters, style));
  }
  for (auto& [key, value] : result.entries) {
    TRY(key, fill_scalar(key, parameters, style));
    TRY(value, fill_node(value, parameters, style));
  }
  return result;
}

}  // namespace towline::manifest
