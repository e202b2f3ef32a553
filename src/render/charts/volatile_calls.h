#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace towline::render {

/// A place in a chart's texts whose result depends on something that a render here does not have.
struct VolatileUse {
  std::string path;
  std::size_t line = 0;
  std::string what;     ///< "now", ".Capabilities.APIVersions.Has \"example.com/v1\""
  std::string depends;  ///< "the time", "the cluster"
  std::string remedy;
  std::string content;  ///< a digest of the template file; of other texts one of the actions with such uses
  bool operator==(const VolatileUse&) const = default;
};

/// What a render here knows of the cluster.
struct ClusterFacts {
  std::set<std::string, std::less<>> api_versions;
  bool all_api_versions = false;  ///< the application lists all that helm is told
  bool kube_version = false;
  bool upgrades = false;  ///< the release is installed and upgraded by helm itself
};

enum class TextKind {
  template_file,  ///< read as Go's text/template reads it
  values,         ///< may become a template by `tpl`, in parts and after YAML escapes were resolved
};

/// The uses in one text, in the order of its lines.
std::vector<VolatileUse> volatile_uses(std::string_view path, std::string_view text, TextKind kind,
                                       const ClusterFacts& facts);

}  // namespace towline::render
