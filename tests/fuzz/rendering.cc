#include <cstdint>
#include <string>
#include <string_view>

#include "discovery/fields.h"
#include "render/charts/archive.h"
#include "render/flux.h"
#include "render/glob.h"

using namespace towline;

/// What rendering reads of a repository or a chart beside YAML: a packed chart, a glob, variables, an address.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(render::unpack(text, 1u << 20));
  static_cast<void>(render::matches_glob(text.substr(0, 1'000), "apps/prod/services/pay/deployment.yaml"));
  static_cast<void>(render::substitute(text, {{"name", "pay"}, {"empty", ""}, {"nested", "${name}"}}));
  static_cast<void>(discovery::normal_url(text.substr(0, 1'000)));
  return 0;
}
