#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "decide/decide.h"
#include "decide/snapshot.h"
#include "store/store.h"

namespace towline::engine {

/// What the report has shown, kept in the store and, for when the store is lost, in the report itself:
/// "<!-- towline:shown HEAD,BASE,DIGEST HEAD,BASE,DIGEST,SECONDS … mac=… -->" before its marker. The first entry is
/// what this comment shows, from when the forge says that the comment got its present text; the others were shown
/// before. The code is an HMAC-SHA-256 over the whole comment, the pull request and its target branch, so that an entry
/// counts only in a comment that is as the bot wrote it.
class ShownLedger {
 public:
  /// `key`: of the installation, derived for this purpose.
  ShownLedger(Secret key, store::Store& store) : key_(std::move(key)), store_(store) {}

  /// What stands in a report of the snapshot that has yet to be sealed.
  std::string entry(const decide::PullSnapshot& snapshot) const;
  /// Writes the code into the finished comment.
  void seal(const decide::PullSnapshot& snapshot, std::string& comment) const;

  /// Fills `snapshot.shown` from the store and the report among the snapshot's comments, and keeps what is new.
  Result<void> read(decide::PullSnapshot& snapshot) const;

 private:
  std::optional<std::vector<decide::Shown>> read_comment(const decide::PullSnapshot& snapshot,
                                                         const forge::Comment& comment, TimePoint visible) const;
  std::string code(const decide::PullSnapshot& snapshot, std::string_view unsealed) const;

  Secret key_;
  store::Store& store_;
};

}  // namespace towline::engine
