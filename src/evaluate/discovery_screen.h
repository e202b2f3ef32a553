#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "discovery/application.h"
#include "discovery/cluster.h"
#include "discovery/survey.h"
#include "discovery/tree_index.h"

namespace towline::evaluate {

/// What is known of one state of a repository.
struct Surveyed {
  std::shared_ptr<const discovery::TreeListing> listing;
  std::vector<std::string> service_directories;
  discovery::Survey survey;
};

/// Remembers by blob which files declare no application and what the others declare, and what was found at the commits
/// that were looked at last, so that a base is looked through once for all its pull requests, and the next base by what
/// differs. Bounded by numbers of files, paths and bytes. Thread-safe.
class DiscoveryScreen final : public discovery::DeclarationScreen {
 public:
  std::optional<discovery::TextHints> known_empty(const BlobId& blob) const override;
  void remember_empty(const BlobId& blob, discovery::TextHints hints) override;
  Objects find_objects(const BlobId& blob) const override;
  void remember_objects(const BlobId& blob, Objects objects, std::size_t text_bytes) override;

  /// All that a survey goes by.
  struct Question {
    std::string repository;  ///< where it is kept
    CommitId commit;
    std::string layout;  ///< tells apart what makes a directory a service's
    std::vector<discovery::Cluster> clusters;
    discovery::OwnRepository own{};
    bool operator==(const Question&) const = default;
  };
  using Known = std::shared_ptr<const Surveyed>;
  /// nullptr: not known.
  Known find(const Question& question);
  /// What is known of the commit that was asked for last of that question's repository and layout; `commit` says which.
  Known find_other(const Question& question, CommitId& commit) const;
  void remember(Question question, Known known);

 private:
  mutable std::mutex mutex_;
  std::list<std::pair<Question, Known>> answers_;  ///< the last used first
  std::unordered_map<BlobId, discovery::TextHints> empty_;
  std::unordered_map<BlobId, Objects> objects_;
  std::size_t object_bytes_ = 0;  ///< of the texts of those
};

}  // namespace towline::evaluate
