#pragma once

#include <set>
#include <string>
#include <string_view>

#include "audit/audit.h"
#include "audit/landing.h"

/// Private to this layer: what one commit of the default branch says.
namespace towline::audit {

/// The services a commit touched, as "prod/pay", and their environments.
struct Touched {
  std::set<std::string> environments;
  std::set<std::string> services;
};

/// By the paths that differ from the first parent; every path for a root commit.
Result<Touched> touched_by(const git::Repository& repository, const config::RepoConfig& config,
                           const git::Commit& commit);

/// The commit as an entry: from what it touched, so that a commit without trailers (or with false ones) still shows
/// up under every service it changed, and from the trailers of a merge that `merges` has. Those of any other commit
/// came with the work that was pushed, and are claims.
Result<Entry> describe(const git::Repository& repository, const git::Commit& commit, const Touched& touched,
                       const KnownMerges& merges, const Landing& landing);

}  // namespace towline::audit
