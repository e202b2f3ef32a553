#pragma once

#include <map>
#include <string>

namespace towline::discovery {

/// A cluster that Argo CD deploys to, as its cluster generator sees it.
struct Cluster {
  std::string name;
  std::string server;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  auto operator<=>(const Cluster&) const = default;
};

}  // namespace towline::discovery
