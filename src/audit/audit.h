#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/repository.h"
#include "image/reference.h"
#include "promote/config.h"

namespace towline::audit {

/// One change of the default branch that touches an environment (a first-parent commit), newest last.
struct Entry {
  CommitId commit;
  CommitId parent;
  TimePoint at;     ///< committer time: when it landed
  std::string who;  ///< author of the change (for merges, of the merged work)
  std::string title;
  std::vector<std::string> environments;
  std::vector<std::string> services;  ///< "prod/pay"
  std::vector<std::string> images;    ///< trailers' "name old -> new"
  std::vector<std::string> approved_by;
  std::string policy;
  std::string pull_request;
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
  std::vector<RunningImage> images;  ///< sorted by environment, service, image
};

/// What the branch said at that time. Error not_found: the branch is younger than that.
Result<At> at(const git::Repository& repository, const CommitId& tip, const promote::RepoConfig& config, TimePoint time,
              const std::optional<std::string>& environment);

/// The changes in [since, until), oldest first.
Result<std::vector<Entry>> log(const git::Repository& repository, const CommitId& tip,
                               const promote::RepoConfig& config, const std::optional<std::string>& environment,
                               const std::optional<std::string>& service, std::optional<TimePoint> since,
                               std::optional<TimePoint> until);

}  // namespace towline::audit
