#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "git/file_tree.h"
#include "git/repository.h"
#include "manifest/cluster.h"
#include "promote/config.h"
#include "promote/snapshot.h"
#include "render/renderer.h"

namespace towline::engine {

/// Remembers by blob which files declare no application, and what was found at the commits that were looked at last, so
/// that a base is looked through once for all its pull requests. Thread-safe.
class DiscoveryScreen final : public manifest::DeclarationScreen {
 public:
  bool known_empty(const BlobId& blob) const override;
  void remember_empty(const BlobId& blob) override;

  /// All that discovery goes by.
  struct Question {
    CommitId commit;
    std::vector<std::string> service_directories;
    std::vector<manifest::Cluster> clusters;
    bool operator==(const Question&) const = default;
  };
  std::optional<manifest::Discovered> find(const Question& question);
  void remember(Question question, const manifest::Discovered& discovered);

 private:
  mutable std::mutex mutex_;
  std::list<std::pair<Question, manifest::Discovered>> answers_;  ///< the last used first
  std::unordered_set<BlobId> empty_;
};

/// How far an evaluation is; written by it while others read.
struct EvaluationProgress {
  std::atomic<std::size_t> applications{0};  ///< affected ones; 0 until they are known
};

struct Evaluator {
  render::Renderer& renderer;
  DiscoveryScreen& screen;
  Secret masking_key;
  EvaluationProgress* progress = nullptr;
};

/// What merging `head` into `base_tip` changes: the affected applications rendered at their merge base and at
/// head, compared, and checked against the rules. Errors are of reading the repository.
Result<promote::Evaluation> evaluate(const Evaluator& evaluator, const git::Repository& repository,
                                     const CommitId& base_tip, const CommitId& head, const promote::RepoConfig& config);

/// Every application of the repository at a commit.
Result<manifest::Discovered> applications_at(const Evaluator& evaluator, const git::Repository& repository,
                                             const CommitId& commit, const promote::RepoConfig& config);

}  // namespace towline::engine
