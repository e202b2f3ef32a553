#include "manifest/positions.h"

#include <charconv>

namespace towline::manifest {

namespace {
constexpr std::string_view kPrefix = "line ";
}  // namespace

std::size_t line_of(const Error& error) {
  const std::string_view message = error.message;
  std::size_t line = 0;
  if (message.starts_with(kPrefix)) {
    std::from_chars(message.data() + kPrefix.size(), message.data() + message.size(), line);
  }
  return line;
}

std::string unreadable_reason(std::string_view text, const Error& error, std::size_t first_line) {
  const std::size_t line = line_of(error);
  if (line == 0) return error.message;
  const std::string place = std::string(kPrefix) + std::to_string(line + first_line - 1);
  if (text.find("{{") != std::string_view::npos) return place + ": templated text is not YAML";
  return place + error.message.substr(kPrefix.size() + std::to_string(line).size());
}

}  // namespace towline::manifest
