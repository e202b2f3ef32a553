#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "store/sqlite/sqlite.h"

namespace towline::store {

/// Writes of many threads, in few transactions: whoever finds nobody committing leads, and commits everything
/// that is waiting; the others wait for their result. While one batch is written out, the next one gathers.
class GroupCommit {
 public:
  /// One write inside somebody's transaction. It may be run twice, the first time without effect.
  using Write = std::function<Result<void>(Connection&)>;

  explicit GroupCommit(Connection connection) : connection_(std::move(connection)) {}

  /// Durable when it returns without error. A write that fails takes no other write with it.
  Result<void> run(const Write& write);

 private:
  struct Waiting;
  void commit(const std::vector<Waiting*>& batch);

  std::mutex mutex_;
  bool leading_ = false;           ///< somebody is committing
  std::vector<Waiting*> waiting_;  ///< for the next batch
  Connection connection_;          ///< the leader's
};

}  // namespace towline::store
