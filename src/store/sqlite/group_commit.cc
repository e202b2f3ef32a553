#include "store/sqlite/group_commit.h"

#include <condition_variable>
#include <utility>

namespace towline::store {

struct GroupCommit::Waiting {
  const Write* write;
  Result<void> result;
  bool done = false;
  std::condition_variable wake;
};

namespace {

Result<void> in_transaction(Connection& connection, const std::function<Result<void>(Connection&)>& body) {
  TRY(Transaction transaction, Transaction::begin(connection));
  CHECK_OK(body(connection));
  return transaction.commit();
}

}  // namespace

Result<void> GroupCommit::run(const Write& write) {
  Waiting mine{&write, {}, false, {}};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&mine);
  mine.wake.wait(lock, [&] { return mine.done || !leading_; });
  if (mine.done) return mine.result;

  leading_ = true;
  const std::vector<Waiting*> batch = std::exchange(waiting_, {});
  lock.unlock();
  commit(batch);
  lock.lock();
  leading_ = false;
  // Woken under the lock: a condition variable lives on the stack of the thread that waits for it.
  for (Waiting* waiting : batch) {
    waiting->done = true;
    waiting->wake.notify_one();
  }
  if (!waiting_.empty()) waiting_.front()->wake.notify_one();
  return mine.result;
}

void GroupCommit::commit(const std::vector<Waiting*>& batch) {
  const Result<void> together = in_transaction(connection_, [&](Connection& connection) -> Result<void> {
    for (const Waiting* waiting : batch) CHECK_OK((*waiting->write)(connection));
    return {};
  });
  for (Waiting* waiting : batch) {
    const bool settled = together || batch.size() == 1;
    waiting->result = settled ? together : in_transaction(connection_, *waiting->write);
  }
}

}  // namespace towline::store
