#include <cstdint>
#include <string_view>

#include "gotemplate/names.h"
#include "gotemplate/template.h"

using namespace towline::manifest;

/// A template, with parameters of every type; as a pattern too.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  GoMap inner;
  inner.entries = {{"team", "payments"}};
  GoMap parameters;
  parameters.entries = {
      {"name", "ledger"}, {"count", 3.0}, {"on", true}, {"list", text_list({"a", "b"})}, {"map", std::move(inner)}};
  for (const MissingKey missing_key : {MissingKey::no_value, MissingKey::error}) {
    const GoTemplateLimits limits{1u << 16, 20'000, 32};
    static_cast<void>(render_go_template(text, GoValue(parameters), missing_key, limits));
  }
  static_cast<void>(path_match(text.substr(0, 1'000), "apps/prod/services/pay"));
  static_cast<void>(pathspec_match(text.substr(0, 1'000), "apps/prod/services/pay"));
  return 0;
}
