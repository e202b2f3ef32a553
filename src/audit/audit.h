#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/repository.h"
#include "git/repository.h"
#include "image/reference.h"

namespace towline::audit {

/// One change of the default branch that touches an environment (a first-parent commit), newest last.
struct Entry {
  CommitId commit;
  CommitId parent;
  TimePoint at;     ///< when it landed (see Records)
  std::string who;  ///< author of the change (for merges, of the merged work)
  std::string title;
  std::vector<std::string> environments;
  std::vector<std::string> services;  ///< "prod/pay"
  /// Whether the decision log has this commit as a merge by Towline; nullopt when no log was given.
  std::optional<bool> confirmed;
  // From the trailers of a merge, unless the decision log does not have it.
  std::vector<std::string> images;  ///< "name old -> new"
  std::vector<std::string> approved_by;
  std::string policy;
  std::string pull_request;
  std::string merged_by;  ///< "name <email>" of the merge commit's author; "" when it is no merge
  /// What a commit that is no merge, or no merge by Towline, says of itself, such as "Towline-Approved-By: alice".
  /// Anyone who writes a commit writes these: nobody approved anything by them.
  std::vector<std::string> claims;
  std::vector<std::string> warnings;  ///< such as that the commit's date is not relied on
};

struct RunningImage {
  std::string environment;
  std::string service;
  image::ImageName name;
  std::string written;  ///< as the file has it, with tag and digest
  Entry last_change;    ///< of that service
};

struct At {
  CommitId commit;  ///< what the cluster was told to run
  TimePoint asked;
  TimePoint landed;
  std::vector<RunningImage> images;   ///< sorted by environment, service, image
  std::vector<std::string> warnings;  ///< of `landed`
};

/// The merge commits that the decision log has; nullopt: no log was given, so that every merge's trailers are taken for
/// what the bot wrote, and the entries say that nothing confirms them.
using KnownMerges = std::optional<std::set<CommitId>>;

/// What a server's data directory knows of the branch. With it a commit landed when the forge merged it or when it was
/// first seen. Without it there are only the commits' dates, which whoever pushes them writes; one that
/// contradicts those of most others is not relied on.
struct Records {
  KnownMerges merges;
  std::map<CommitId, TimePoint> first_seen = {};  ///< as the tip of the branch
};

/// What the branch said at that time. Error not_found: the branch is younger than that.
Result<At> at(const git::Repository& repository, const CommitId& tip, const config::RepoConfig& config, TimePoint time,
              const std::optional<std::string>& environment, const Records& records = {});

/// The changes in [since, until), oldest first.
Result<std::vector<Entry>> log(const git::Repository& repository, const CommitId& tip, const config::RepoConfig& config,
                               const std::optional<std::string>& environment, const std::optional<std::string>& service,
                               std::optional<TimePoint> since, std::optional<TimePoint> until,
                               const Records& records = {});

}  // namespace towline::audit
