#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "image/reference.h"

using namespace towline::image;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto reference = parse_reference(text)) {
    require(reference->str() == text);
    const auto again = parse_image_name(reference->name.str());
    require(again.has_value() && *again == reference->name);
  }
  if (const auto version = parse_version(text)) require(version->str() == text);
  return 0;
}
