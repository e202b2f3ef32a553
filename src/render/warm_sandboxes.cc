#include "render/warm_sandboxes.h"

#include <utility>

namespace towline::render {

WarmSandboxes::WarmSandboxes(std::size_t most, Make make) : most_(most), make_(std::move(make)) {
  if (most_ > 0) worker_ = std::thread([this] { work(); });
}

WarmSandboxes::~WarmSandboxes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (worker_.joinable()) worker_.join();
}

std::optional<WarmSandbox> WarmSandboxes::take(const std::string& identity) {
  std::vector<WarmSandbox> unfit;  // ended behind the lock
  const std::lock_guard lock(mutex_);
  while (!standing_.empty()) {
    WarmSandbox sandbox = std::move(standing_.back());
    standing_.pop_back();
    if (sandbox.identity == identity && sandbox.program.stands()) {
      ++taken_;
      return sandbox;
    }
    unfit.push_back(std::move(sandbox));
  }
  return std::nullopt;
}

void WarmSandboxes::finished(Workspace used) {
  if (most_ == 0) return;
  {
    const std::lock_guard lock(mutex_);
    used_.push_back(std::move(used));
    asked_ = true;
  }
  wake_.notify_one();
}

std::size_t WarmSandboxes::standing() const {
  const std::lock_guard lock(mutex_);
  return standing_.size();
}

std::size_t WarmSandboxes::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

bool WarmSandboxes::next(std::vector<Workspace>& used, std::size_t& missing) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [&] { return stopping_ || asked_; });
  if (stopping_) return false;
  asked_ = false;
  used = std::exchange(used_, {});
  missing = most_ - standing_.size();
  return true;
}

void WarmSandboxes::work() {
  std::vector<Workspace> used;
  std::size_t missing = 0;
  while (next(used, missing)) {
    used.clear();
    for (std::size_t made = 0; made < missing; ++made) {
      auto sandbox = make_();
      if (!sandbox) break;  // renders say what is wrong; after the next one it is tried again
      const std::lock_guard lock(mutex_);
      if (standing_.size() < most_) standing_.push_back(*std::move(sandbox));
    }
  }
  // On this thread, since it started them.
  const std::lock_guard lock(mutex_);
  standing_.clear();
  used_.clear();
}

}  // namespace towline::render
