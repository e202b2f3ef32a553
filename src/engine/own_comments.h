#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "decide/seal.h"
#include "decide/snapshot.h"
#include "store/store.h"

namespace towline::engine {

/// What the bot wrote last in one of its comments.
struct Written {
  std::int64_t sequence = 0;  ///< of its seal
  std::string body_sha256;
  decide::OwnComment comment;
};

/// The bot's comments on one pull request as the store knows them, by comment id.
class OwnComments {
 public:
  OwnComments(store::Store& store, std::string pull_key) : store_(store), key_(std::move(pull_key)) {}

  /// Error internal: the record cannot be read.
  Result<std::map<std::int64_t, Written>> all() const;
  Result<void> remember(std::int64_t id, Written written) const;
  Result<void> forget(std::int64_t id) const;

 private:
  Result<void> write(const std::map<std::int64_t, Written>& all) const;

  store::Store& store_;
  std::string key_;
};

/// The key that authenticates the bot's comments, made from the installation's key.
Secret seal_key(const Secret& installation);
decide::Sealer sealer_for(const Secret& key, std::string_view forge, const RepoName& repo, PullNumber number);

/// Compares the bot's comments with what the bot wrote: fills `own` and `foreign`, takes the ledger of an authentic
/// report into `words`, and records what somebody else did to the comments, or that the records were lost.
Result<void> read_own_comments(store::Store& store, const decide::Sealer& sealer, TimePoint now,
                               decide::PullSnapshot& snapshot);

}  // namespace towline::engine
