#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "registry/id_token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace registry = towline::registry;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = text.find('\n');
  const auto keys = registry::KeySet::parse(text.substr(0, line));
  const std::string_view token = line == std::string_view::npos ? text : text.substr(line + 1);
  const registry::TokenRules rules{"https://issuer.example", "audience", "a@b.example"};
  // Nobody signed this.
  if (registry::verify_id_token(token, keys ? *keys : registry::KeySet(), rules, towline::TimePoint{})) std::abort();
  return 0;
}
