// Any text: the parts are in order, within it and apart.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/credential_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t end = 0;
  for (const towline::CredentialPart& part : towline::find_credentials(text)) {
    if (part.begin < end || part.size == 0 || part.begin + part.size > size) std::abort();
    end = part.begin + part.size;
  }
  return 0;
}
