#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "diff/diff.h"
#include "discovery/application.h"
#include "git/repository.h"
#include "image/reference.h"
#include "policy/finding.h"
#include "sites/sites.h"

namespace towline::evaluate {

/// One image of one service going from one version to another.
struct ImageChange {
  image::ImageName name;
  image::Version from;
  image::Version to;
  bool operator==(const ImageChange&) const = default;
};

/// How a rendering problem of the base side begins.
inline constexpr std::string_view kAtTheBase = "at the base: ";

/// An image that takes the place of one of another name, that is new, or that goes; as the manifests write it.
struct ReplacedImage {
  std::string before;  ///< "": none
  std::string after;   ///< "": none
  bool operator==(const ReplacedImage&) const = default;
};

/// Why an application counts for its environment where that is not by its own path: "declared in",
/// "apps/prod/pay.yaml".
struct EnvironmentCause {
  std::string how;
  std::string place;
  bool operator==(const EnvironmentCause&) const = default;
};

/// What the PR does to one application.
struct ApplicationReport {
  discovery::Application application;
  std::string environment;  ///< "" when it belongs to none
  std::string service;
  diff::Diff diff;
  std::vector<std::string> problems;           ///< rendering problems at head (and at base, said so)
  std::vector<ImageChange> images;             ///< image changes read from the rendered resources
  std::vector<ReplacedImage> replaced_images;  ///< those that are no change of a version
  std::optional<EnvironmentCause> environment_cause;
};

/// A file that merging the pull request changes; an empty id: it is not there.
struct TouchedFile {
  std::string path;
  BlobId before;
  BlobId after;
  git::FileMode mode = git::FileMode::regular;  ///< as merged
  bool operator==(const TouchedFile&) const = default;
};

/// Rendered at the base and as merged into it, compared, checked. Depends on nothing but (base branch's tip, head,
/// configuration).
struct Evaluation {
  CommitId base;  ///< the base branch's tip; the merge base where it is the same, or head does not merge into the tip
  CommitId head;  ///< the pull request's
  std::vector<ApplicationReport> applications;  ///< the affected ones, sorted by environment, then name
  std::vector<policy::Finding> findings;        ///< of the affected applications at head
  std::string diff_hash;
  std::vector<std::string> changed_paths;   ///< by merging, and by the branch since the merge base
  bool touches_config = false;              ///< .towline.yaml differs
  std::optional<std::string> config_error;  ///< .towline.yaml at head is broken
  bool conflicts = false;                   ///< head does not merge into the base branch's tip
  std::vector<std::string> unseen;          ///< why there may be more than is shown; sentences
  std::vector<TouchedFile> touched;         ///< the changed paths, at the base and as merged
  std::string sandbox_note = {};            ///< what readers are told of how it was rendered; "" for nothing
};

/// A service on the default branch.
struct ServiceState {
  std::string environment;
  std::string service;
  std::string directory;
  std::vector<sites::ImageSite> sites;  ///< on the default branch
};

}  // namespace towline::evaluate
