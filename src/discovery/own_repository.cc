#include "discovery/own_repository.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "discovery/application.h"
#include "discovery/fields.h"

namespace towline::discovery {

bool OwnRepository::has_address(std::string_view normal) const {
  return std::find(addresses.begin(), addresses.end(), normal) != addresses.end();
}

bool OwnRepository::has_name(std::string_view normal) const {
  return name.empty() || normal.ends_with("/" + to_lower(name));
}

bool OwnRepository::is_default(std::string_view revision) const {
  return branch.empty() || revision.empty() || revision == "HEAD" || revision == branch ||
         revision == "refs/heads/" + branch;
}

OwnRepository learned(OwnRepository own, const Discovered& base) {
  for (const Application& application : base.applications) {
    for (const Source& source : application.sources) {
      if (source.origin != Origin::here || source.only_ref) continue;
      std::string address = normal_url(source.repo_url);
      if (!address.empty() && !own.has_address(address)) own.addresses.push_back(std::move(address));
    }
  }
  own.closed = !own.addresses.empty() || !own.name.empty();
  return own;
}

}  // namespace towline::discovery
