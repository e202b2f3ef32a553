#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "chatops/commands.h"

using namespace towline::chatops;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto commands = parse_commands(std::string_view(reinterpret_cast<const char*>(data), size));
  if (commands.size() > 10) std::abort();
  for (const Command& command : commands) suggestion(command);
  return 0;
}
