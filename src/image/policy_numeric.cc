#include <algorithm>

#include "base/text.h"
#include "image/rule.h"
#include "image/semver.h"
#include "image/variant.h"

namespace towline::image {

namespace {

/// "12" and "alpine" of "v12-alpine".
struct Parts {
  std::vector<std::string_view> numbers;
  std::string_view suffix;
};

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<Parts> parts_of(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  const std::size_t hyphen = std::min(text.find('-'), text.size());
  Parts parts{split(text.substr(0, hyphen), '.'), {}};
  if (!std::all_of(parts.numbers.begin(), parts.numbers.end(), is_number)) return std::nullopt;
  if (hyphen == text.size()) return parts;
  parts.suffix = text.substr(hyphen + 1);
  return parts.suffix.empty() ? std::nullopt : std::optional<Parts>(parts);
}

/// Numbers parted by dots are compared one by one, as those who count builds mean them ("4.2.0.6417"), and not as
/// decimal fractions.
class NumericRule final : public Rule {
 public:
  tl::expected<SortKey, Refusal> read(const Subject& subject) const override {
    const auto parts = parts_of(subject.text);
    if (!parts)
      return tl::unexpected(
          Refusal{RefusedBy::format,
                  quoted(subject) + " is no number such as 42 or 4.2.0.6417" +
                      (subject.named ? "" : "; name the number in 'pattern', such as build-(?P<version>[0-9]+)")});
    Numbers numbers;
    for (const std::string_view number : parts->numbers) numbers.all.emplace_back(without_leading_zeros(number));
    return SortKey(std::move(numbers));
  }

  std::string variant(std::string_view text) const override {
    const auto parts = parts_of(text);
    return parts ? variant_of_suffix(parts->suffix) : Rule::variant(text);
  }
};

}  // namespace

Result<std::shared_ptr<const Rule>> compile_numeric(const SelectPolicy& /*policy*/) {
  return std::make_shared<const NumericRule>();
}

}  // namespace towline::image
