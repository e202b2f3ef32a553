#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "image/select.h"

using namespace towline;
using namespace towline::image;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void check_order(const Selector& selector, const std::vector<Tag>& tags) {
  for (const Tag& a : tags)
    for (const Tag& b : tags) {
      if (!selector.accepts(a) || !selector.accepts(b)) continue;
      const auto order = selector.compare(a, b);
      require((order == std::strong_ordering::equal) == (a == b));
      require((order < 0) == (selector.compare(b, a) > 0));
    }
}

}  // namespace

/// The first line is the policy, the others are tags.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = split_lines(std::string_view(reinterpret_cast<const char*>(data), size));
  if (lines.empty()) return 0;
  std::vector<Tag> tags;
  for (std::size_t index = 1; index < lines.size() && index < 10; ++index)
    if (auto tag = parse_tag(lines[index])) tags.push_back(*tag);
  if (const auto selector = Selector::compile(SemverPolicy{std::string(lines[0])})) check_order(*selector, tags);
  if (const auto selector = Selector::compile(NewestPolicy{std::string(lines[0])})) check_order(*selector, tags);
  return 0;
}
