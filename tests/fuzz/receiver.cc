#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/receiver.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const towline::registry::Receiver& receiver : towline::registry::receivers()) {
    const auto images = receiver.parse(body);
    if (!images && images.error().message.empty()) std::abort();
    receiver.delivery_id({}, body);
  }
  return 0;
}
