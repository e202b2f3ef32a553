#include <cstdint>
#include <cstdlib>
#include <string>

#include "render/charts/chart_repository.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string index(reinterpret_cast<const char*>(data), size);
  for (const char* version : {"1.2.3", "^1", ">=0-0", "x"}) {
    const auto entry = towline::render::look_up_chart(index, "pay", version);
    if (!entry && entry.error().message.empty()) std::abort();
    if (entry && entry->url.size() > size) std::abort();
  }
  return 0;
}
