#pragma once

#include <map>
#include <string>

#include "audit/audit.h"

/// Private to this layer: when the commits of a branch landed. A commit's date is what its author wrote, and may be
/// any.
namespace towline::audit {

struct Landing {
  TimePoint at;
  std::string warning;  ///< why the commit's own date is not relied on; "" when it is
};
using Landings = std::map<CommitId, Landing>;

/// Of every first-parent commit of the branch. Later commits never landed earlier. In order of trust: a merge that the
/// decision log has landed at its date, which the forge wrote; what Towline saw as new landed when it was first seen;
/// anything else landed at its date, if that fits the dates of most others, and else at the nearest time that does.
Result<Landings> landings(const git::Repository& repository, const CommitId& tip, const Records& records);

}  // namespace towline::audit
