#include <cstdio>

#include "config/shape.h"

namespace towline::config {

using yaml::Node;

namespace {

/// "line 3, column 7: sentence" as the reader of YAML puts it, in the form that editors jump to.
std::string with_path(std::string_view path, const std::string& message) {
  std::size_t line = 1;
  std::size_t column = 1;
  int length = 0;
  std::string sentence = message;
  if (std::sscanf(message.c_str(), "line %zu, column %zu: %n", &line, &column, &length) == 2 && length > 0) {
    sentence = message.substr(static_cast<std::size_t>(length));
  }
  return std::string(path) + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + sentence;
}

}  // namespace

Result<Node> read_document(std::string_view path, std::string_view text) {
  const yaml::Limits limits{1u << 20, 32, 20'000, 16};
  auto documents = yaml::parse(text, limits);
  if (!documents) return fail(ErrorKind::invalid, with_path(path, documents.error().message));
  if (documents->empty()) return Node{};
  if (documents->size() > 1)
    return fail_at(path, (*documents)[1].root, "the file must hold one YAML document, not several");
  auto root = yaml::expand(documents->front().root, limits);
  if (!root) return fail(ErrorKind::invalid, with_path(path, root.error().message));
  return *std::move(root);
}

}  // namespace towline::config
