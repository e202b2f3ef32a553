#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "decide/snapshot.h"
#include "engine/infra_repository.h"

namespace towline::engine {

/// What a bump branch is, read from the mirror alone.
struct BranchState {
  std::vector<evaluate::ImageChange> images;  ///< against its merge base with the default branch
  bool foreign_commits = false;
  bool outdated = false;
};
Result<BranchState> branch_state(InfraRepository& workspace, git::Repository& mirror, const CommitId& head,
                                 const CommitId& base, const std::string& directory, std::string_view bot_email);

/// Image versions that differ between two lists of sites of one service, paired file by file.
std::vector<evaluate::ImageChange> site_changes(const std::vector<sites::ImageSite>& before,
                                                const std::vector<sites::ImageSite>& after);

/// When the present version of an image came into a service's directory on the default branch; nullopt when
/// that lies further back than the history that is looked at.
Result<std::optional<decide::Proven>> when_proven(InfraRepository& workspace, const git::Repository& mirror,
                                                  const CommitId& tip, const std::string& directory,
                                                  const image::ImageName& name, const image::Version& version);

}  // namespace towline::engine
