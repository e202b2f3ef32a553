#include "config/select.h"

#include <algorithm>

#include "base/text.h"
#include "config/keys.h"
#include "config/repository.h"
#include "config/shape.h"
#include "image/policies.h"

namespace towline::config {
namespace {

using yaml::Node;

// The shape has been checked before anything here runs: the words are in the tables.

template <class Row>
const Row& row_of(const std::vector<Row>& rows, std::string_view name) {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name == name; });
}

Result<void> set(std::string_view path, const image::PolicyKey& key, const Node& node, image::SelectPolicy& policy) {
  if (const auto taken = key.set(policy, trim(node.text())); !taken) return fail_at(path, node, taken.error().message);
  return {};
}

Result<void> set_keys(std::string_view path, const image::PolicySpec& spec, const Node& node,
                      image::SelectPolicy& policy) {
  if (node.is_scalar()) return set(path, row_of(spec.keys, spec.main_key), node, policy);
  for (const auto& [name, value] : node.entries) {
    const image::PolicyKey& key = row_of(spec.keys, name.text());
    if (!key.list) CHECK_OK(set(path, key, value, policy));
    for (const Node& item : value.items) CHECK_OK(set(path, key, item, policy));
  }
  return {};
}

constexpr std::size_t kMaxPatterns = 300;

std::size_t count_patterns(const Node& select) {
  const Node& value = select.entries.front().second;
  const Node* ignore = value.find("ignore");
  return 1 + (ignore == nullptr ? 0 : ignore->items.size());
}

}  // namespace

Result<void> check_pattern_count(std::string_view path, const Node& environments) {
  std::size_t count = 0;
  for (const auto& [name, environment] : environments.entries) {
    const Node* images = environment.find("images");
    if (images == nullptr) continue;
    for (const Node& image : images->items) {
      const Node& select = *image.find("select");
      count += count_patterns(select);
      if (count > kMaxPatterns)
        return fail_at(path, select,
                       "there are more than " + std::to_string(kMaxPatterns) +
                           " policies and ignored tags; a pattern such as '^1\\.2' ignores many tags at once");
    }
  }
  return {};
}

Result<image::Selector> read_select(std::string_view path, const Node& node) {
  const auto& [name, value] = node.entries.front();
  const image::PolicySpec& spec = row_of(image::select_policies(), name.text());
  image::SelectPolicy policy;
  policy.kind = spec.kind;
  CHECK_OK(set_keys(path, spec, value, policy));
  auto selector = image::Selector::compile(policy);
  if (!selector) return fail_at(path, value, selector.error().message);
  return selector;
}

Result<image::Selector> parse_select(std::string_view where, std::string_view text) {
  TRY(const Node node, read_document(where, text));
  CHECK_OK(check_value(where, node, "select", select_value()));
  return read_select(where, node);
}

}  // namespace towline::config
