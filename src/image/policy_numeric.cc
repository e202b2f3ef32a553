#include <algorithm>

#include "image/rule.h"
#include "image/variant.h"

namespace towline::image {

namespace {

/// "12" and "alpine" of "12-alpine".
struct Parts {
  std::string_view number;
  std::string_view variant;
};

std::optional<Parts> parts_of(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) return std::nullopt;
  if (digits == text.size()) return Parts{text, {}};
  if (text[digits] != '-' || digits + 1 == text.size()) return std::nullopt;
  return Parts{text.substr(0, digits), text.substr(digits + 1)};
}

class NumericRule final : public Rule {
 public:
  tl::expected<SortKey, Refusal> read(const Subject& subject) const override {
    const auto parts = parts_of(subject.text);
    if (!parts)
      return tl::unexpected(
          Refusal{RefusedBy::format,
                  quoted(subject) + " is not a whole number" +
                      (subject.named ? "" : "; name the number in 'pattern', such as build-(?P<version>[0-9]+)")});
    const std::size_t first = std::min(parts->number.find_first_not_of('0'), parts->number.size() - 1);
    return SortKey(Number(std::string(parts->number.substr(first))));
  }

  std::string variant(std::string_view text) const override {
    const auto parts = parts_of(text);
    return parts ? variant_of_suffix(parts->variant) : Rule::variant(text);
  }
};

}  // namespace

Result<std::shared_ptr<const Rule>> compile_numeric(const SelectPolicy& /*policy*/) {
  return std::make_shared<const NumericRule>();
}

}  // namespace towline::image
