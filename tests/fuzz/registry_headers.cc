#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace registry = towline::registry;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = registry::parse_address(text)) {
    if (registry::parse_address(address->origin() + address->path) != address) std::abort();
    registry::is_public_name(address->authority);
  }
  registry::parse_challenge(text);
  registry::next_link(text);
  if (registry::retry_after(text, towline::TimePoint{}).count() < 1) std::abort();
  return 0;
}
