#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/credentials.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const char* host : {"docker.io", "registry.example.com"}) {
    const auto credentials = towline::registry::parse_docker_config(text, host);
    if (!credentials && credentials.error().message.empty()) std::abort();
  }
  return 0;
}
