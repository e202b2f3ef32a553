#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>

#include "forge/sandbox/world.h"

namespace towline::forge::sandbox {

/// Sends webhooks in order from a thread of its own; one that cannot be delivered is tried a few times.
class HookSender {
 public:
  HookSender();
  /// What is still unsent is dropped.
  ~HookSender();
  void send(OutgoingHook hook);
  /// Returns once everything handed over so far was answered or given up.
  void flush();

 private:
  void run();
  void deliver(const OutgoingHook& hook);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<OutgoingHook> queue_;
  bool busy_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

/// The events of Gitea, sent to every webhook of the repository. `by` is the login that caused it.
Outcome<void> notify_pull(World& world, const Repository& repository, Pull& pull, std::string_view action,
                          std::string_view by, const Json& changes = nullptr);
Outcome<void> notify_review(World& world, const Repository& repository, Pull& pull, const ReviewRecord& review);
Outcome<void> notify_comment(World& world, const Repository& repository, Pull& pull, const Entry& entry,
                             std::string_view action, std::string_view by, const Json& changes = nullptr);
/// `before` is empty for a new branch.
Outcome<void> notify_push(World& world, const Repository& repository, std::string_view branch, const CommitId& before,
                          const CommitId& after, std::string_view by);
Outcome<void> notify_status(World& world, const Repository& repository, const CommitId& commit,
                            const StatusRecord& status);

}  // namespace towline::forge::sandbox
