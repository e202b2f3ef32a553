#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "config/repository.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = towline::config::parse_repo_config(".towline.yaml", text);
  if (!config && !config.error().message.starts_with(".towline.yaml:")) std::abort();
  return 0;
}
