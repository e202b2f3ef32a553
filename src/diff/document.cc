#include "diff/document.h"

#include <cstddef>
#include <string_view>

#include "base/text.h"
#include "diff/canonical.h"

namespace towline::diff {
namespace {

constexpr yaml::Limits kLimits = {1u << 20, 64, 200'000, 1};

}  // namespace

std::optional<yaml::Node> document_in(const yaml::Node& scalar) {
  const std::string_view text = scalar.text();
  if (yaml::scalar_type(scalar) != yaml::ScalarType::string || text.size() > kLimits.max_bytes) return std::nullopt;
  const std::string_view start = trim(text.substr(0, 64));
  const bool flow = start.starts_with('{') || start.starts_with('[');
  if (!flow && text.find('\n') == std::string_view::npos) return std::nullopt;
  const auto documents = yaml::parse(text, kLimits);
  if (!documents || documents->size() != 1) return std::nullopt;
  const auto root = yaml::expand(documents->front().root, kLimits);
  if (!root || (!root->is_mapping() && !root->is_sequence())) return std::nullopt;
  return canonical(*root, Nulls::kept);
}

}  // namespace towline::diff
