#include "web/routes.h"

#include <optional>

#include "base/text.h"

namespace towline::web {

namespace {

/// What "*" stands for, in order; nullopt when the path is another.
std::optional<std::vector<std::string>> match(std::string_view pattern, std::string_view path) {
  const std::vector<std::string_view> wanted = split(pattern, '/');
  const std::vector<std::string_view> given = split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  std::vector<std::string> segments;
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    if (wanted[index] == "*" && !given[index].empty()) {
      segments.emplace_back(given[index]);
    } else if (wanted[index] != given[index]) {
      return std::nullopt;
    }
  }
  return segments;
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> kRoutes = {
      {"GET", "/", Page::home},
      {"GET", "/healthz", Page::health},
      {"GET", "/readyz", Page::ready},
      {"GET", "/metrics", Page::metrics},
      {"GET", "/pulls/*/*/*/*", Page::pull},
      {"POST", "/hooks/forge/*", Page::forge_hook},
      {"POST", "/hooks/registry/*", Page::registry_hook},
      {"POST", "/hooks/registry/*/*", Page::registry_hook},
  };
  return kRoutes;
}

Match find_route(std::string_view method, std::string_view path) {
  for (const Route& route : routes()) {
    std::optional<std::vector<std::string>> segments = match(route.pattern, path);
    if (!segments) continue;
    const bool same = route.method == method || (route.method == "GET" && method == "HEAD");
    if (same) return {&route, *std::move(segments), ""};
    return {nullptr, {}, route.method};
  }
  return {};
}

}  // namespace towline::web
