#include "config/server_connections.h"

#include <charconv>
#include <string>
#include <utility>

#include "config/shape.h"

namespace towline::config {

namespace {

constexpr Duration kLeastTime{std::chrono::seconds(1)};
constexpr Duration kMostTime{std::chrono::minutes(10)};

}  // namespace

Result<void> read_connections(std::string_view path, const yaml::Node& root, ConnectionConfig& config) {
  for (const auto& [key, field] : {std::pair("headers", &config.headers), std::pair("request", &config.request)}) {
    const yaml::Node* node = root.find_path({"connections", key});
    if (node == nullptr) continue;
    TRY(*field, parse_duration(node->text()));
    if (*field >= kLeastTime && *field <= kMostTime) continue;
    return config::fail_at(path, *node, "'connections." + std::string(key) + "' must be from 1s to 10m");
  }
  if (const yaml::Node* node = root.find_path({"connections", "unfinished_per_address"})) {
    const std::string_view text = node->text();
    std::from_chars(text.data(), text.data() + text.size(), config.unfinished_per_address);
    if (config.unfinished_per_address < 8 || config.unfinished_per_address > 400) {
      return config::fail_at(path, *node, "'connections.unfinished_per_address' must be a whole number from 8 to 400");
    }
  }
  return {};
}

}  // namespace towline::config
