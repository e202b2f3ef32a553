#include "manifest/positions.h"

#include <charconv>

namespace towline::manifest {

std::size_t line_of(const Error& error) {
  constexpr std::string_view kPrefix = "line ";
  const std::string_view message = error.message;
  std::size_t line = 0;
  if (message.starts_with(kPrefix)) {
    std::from_chars(message.data() + kPrefix.size(), message.data() + message.size(), line);
  }
  return line;
}

std::string unreadable_reason(std::string_view text, const Error& error) {
  if (text.find("{{") == std::string_view::npos) return error.message;
  return "line " + std::to_string(line_of(error)) + ": templated text is not YAML";
}

}  // namespace towline::manifest
