#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "config/repository.h"
#include "evaluate/evaluation.h"
#include "git/repository.h"
#include "sites/sites.h"

namespace towline::evaluate {

/// The image sites of every service at a commit, remembered by blob: a file that has not changed is neither
/// read nor parsed again. Thread-safe.
class SiteCache {
 public:
  /// Services of every environment that have files, sorted by environment (in the order of the configuration), then
  /// name.
  Result<std::vector<evaluate::ServiceState>> services(const git::Repository& repository, const CommitId& commit,
                                                       const config::RepoConfig& config);
  /// The sites below one directory.
  Result<std::vector<sites::ImageSite>> sites_below(const git::Repository& repository, const CommitId& commit,
                                                    const std::string& directory);

 private:
  using Sites = std::shared_ptr<const std::vector<sites::ImageSite>>;
  Result<Sites> sites_of(const git::Repository& repository, const git::TreeEntry& entry);
  void forget_if_large();

  std::mutex mutex_;
  std::unordered_map<BlobId, Sites> with_sites_;
  std::unordered_set<BlobId> without_sites_;
};

/// Whether a path names a YAML or JSON file that may hold manifests.
bool is_manifest_path(std::string_view path);

}  // namespace towline::evaluate
