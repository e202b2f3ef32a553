#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace towline::discovery {

struct Discovered;

/// Which addresses and revisions in declarations mean the repository that is read.
struct OwnRepository {
  std::vector<std::string> addresses;  ///< as normal_url writes them
  std::string name;                    ///< "owner/name" on the forge; "": not known
  std::string branch;                  ///< the default branch; "": not known, then every revision counts as it
  bool closed = false;                 ///< no address is learned from the directories that sources name
  bool operator==(const OwnRepository&) const = default;

  bool has_address(std::string_view normal) const;
  /// Whether the address ends with the name; true when the name is not known.
  bool has_name(std::string_view normal) const;
  bool is_default(std::string_view revision) const;
};

/// Adds the addresses that the base branch uses for this repository. A pull request cannot add to these: the result is
/// closed, unless nothing at all is known of the repository's addresses.
OwnRepository learned(OwnRepository own, const Discovered& base);

}  // namespace towline::discovery
