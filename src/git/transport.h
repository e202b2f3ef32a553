#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/secret.h"

namespace towline::git {

/// A remote repository and how to authenticate to it. The credentials reach the `git` program through its
/// environment, bound to the remote's host; never argv, never the URL. Redirects are refused.
struct Remote {
  std::string url;  ///< http(s)://… without credentials, or a local path
  std::string user;
  Secret password;  ///< empty: anonymous
};

struct TransportLimits {
  std::chrono::milliseconds deadline{120'000};
};

/// One branch update of a push.
struct PushUpdate {
  std::string ref;                   ///< full name, "refs/heads/towline/dev/pay"
  std::optional<CommitId> commit;    ///< absent: delete
  std::optional<CommitId> expected;  ///< what the remote must have now (--force-with-lease); absent: must not exist
};

/// Brings refspecs ("+refs/heads/*:refs/heads/*") into the bare repository at `repository`, pruning none. The
/// repository is one of Towline's own (git/mirror.h), as for everything here.
/// Errors: unavailable, timeout, forbidden (credentials refused), not_found.
Result<void> fetch(const std::filesystem::path& repository, const Remote& remote,
                   const std::vector<std::string>& refspecs, const TransportLimits& limits = {});

/// All updates or none (--atomic). Error conflict: the remote's branch is not what was expected.
Result<void> push(const std::filesystem::path& repository, const Remote& remote, const std::vector<PushUpdate>& updates,
                  const TransportLimits& limits = {});

/// Packs the loose objects of a long-running mirror once there are many (git-gc --auto).
Result<void> pack_if_needed(const std::filesystem::path& repository);

/// "2.39.5". Error not_found: git is not installed.
Result<std::string> git_version();

}  // namespace towline::git
