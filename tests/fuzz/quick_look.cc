#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "diff/quick_look.h"
#include "manifest/object.h"

/// What a quick look takes for readable, a full reading that libyaml's rules bind too must not find other resources in:
/// a reading is told of resources alone, and is the same each time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bool plain = towline::diff::is_plainly_a_resource(text);
  const auto reading = towline::diff::plain_reading(text);
  if (reading && (!plain || towline::diff::plain_reading(text) != reading)) std::abort();
  return 0;
}
