#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto json = towline::parse_json(std::string_view(reinterpret_cast<const char*>(data), size));
  if (json && !towline::parse_json(towline::dump_json(*json))) std::abort();
  return 0;
}
