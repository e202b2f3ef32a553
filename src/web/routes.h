#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace towline::web {

enum class Page { home, health, ready, metrics, pull, forge_hook, registry_hook };

/// A row of the table of routes. A segment "*" of the pattern stands for any one segment.
struct Route {
  std::string_view method;  ///< "GET" answers HEAD too
  std::string_view pattern;
  Page page;
};

const std::vector<Route>& routes();

/// Where a request goes.
struct Match {
  const Route* route = nullptr;       ///< nullptr: no such path, or `allowed` is set
  std::vector<std::string> segments;  ///< what "*" stood for
  std::string_view allowed;           ///< the path exists for this other method
};
Match find_route(std::string_view method, std::string_view path);

}  // namespace towline::web
