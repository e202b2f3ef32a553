#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "render/git_checkout.h"
#include "render/toolbox.h"

namespace towline::render {

struct RemoteRules {
  std::vector<std::string> allowed_hosts;
  std::size_t max_bytes;               ///< of all that is fetched
  std::chrono::milliseconds deadline;  ///< for all of it
  std::string search_path;
  Confinement sandbox;
};

/// The files of an application whose kustomizations name nothing that is elsewhere.
struct Localized {
  std::vector<LoadedFile> files;
  std::size_t own;  ///< so many of them, the first ones, are the application's
  std::vector<manifest::ManifestProblem> problems = {};
  bool fetched = false;
};

/// Fetches what kustomizations name over https on allowed hosts, and what that names in turn: files by http, as
/// kustomize does before it takes an address for a repository, else a revision of a git repository. The copies lie
/// among the files, and the entries name the copies. Everything else that is not in the repository is a problem, which
/// says by way of what it was come to. Errors are internal.
Result<Localized> localize_remotes(std::vector<LoadedFile> files, const RemoteRules& rules);

}  // namespace towline::render
