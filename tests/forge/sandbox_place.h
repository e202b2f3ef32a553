#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/files.h"
#include "base/ids.h"
#include "forge/sandbox/sandbox.h"
#include "git/repository.h"
#include "net/http_client.h"

namespace towline::test {

inline const RepoName kInfra{"acme", "infra"};

/// The value, or the end of the test with the error's sentence.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  return *std::move(result);
}
inline void must(Result<void> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
}

/// A sandbox with the repository acme/infra, the writers alice, bob and the bot "towline", the reader carol, and
/// a clock that stands still.
class Place {
 public:
  explicit Place(std::string demo_registry_hook = {});

  forge::Sandbox& forge() { return *sandbox_; }
  ManualClock& clock() { return *clock_; }
  std::string url() const { return sandbox_->url(); }
  git::Repository repository() const { return must(git::Repository::open(sandbox_->repository_path(kInfra))); }
  CommitId head(std::string_view branch) const;

  /// Alice's branch with one changed file, and her pull request for it.
  PullNumber open_pull(std::string_view branch = "change/pay");

  /// `token` empty: nobody's request.
  HttpResponse send(std::string_view method, std::string_view path, std::string_view body = {},
                    std::string_view token = {}, HttpHeaders headers = {}) const;
  /// A form posted as a browser does from the sandbox's own page.
  HttpResponse post_form(std::string_view path, std::string_view form) const;

 private:
  TemporaryDirectory directory_;
  std::shared_ptr<ManualClock> clock_;
  std::unique_ptr<forge::Sandbox> sandbox_;
};

}  // namespace towline::test
