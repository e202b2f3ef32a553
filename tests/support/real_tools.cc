#include "support/real_tools.h"
#include "support/paths.h"

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string_view>

#include "base/text.h"
#include "program/process.h"

namespace towline::test {

std::optional<std::string> real_tools() {
  const std::string script = towline::test::source_dir() + "/tests/support/build-tools.sh";
  ProcessSpec spec;
  spec.argv = {"bash", script, "--check"};
  for (const char* name : {"HOME", "XDG_CACHE_HOME", "TOWLINE_TOOLS_DIR", "PATH"}) {
    if (const char* value = std::getenv(name)) spec.environment.emplace_back(name, value);
  }
  const auto output = run_process(spec);
  if (output && output->exit_code == 0) return std::string(trim(output->standard_output));
  const char* required = std::getenv("TOWLINE_REQUIRE_REAL_TOOLS");
  if (required != nullptr && std::string_view(required) == "1") {
    throw std::runtime_error("the real programs are required but were not built: run tests/support/build-tools.sh");
  }
  std::cerr << "\nSKIPPED: a test against real programs, which were not built: run tests/support/build-tools.sh\n";
  return std::nullopt;
}

}  // namespace towline::test
