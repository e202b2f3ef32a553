#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"

namespace towline::decide {

/// Bytes that a seal adds to a comment at most.
inline constexpr std::size_t kSealBytes = 160;

/// How far the time at which the forge stored a comment may be from the time at which it was sealed. Both clocks are
/// expected to be synchronized, and a request ends within half a minute: an honest write differs by seconds.
inline constexpr Duration kSealTolerance = std::chrono::minutes(1);

/// Whether a comment that got its present body at `updated`, by the forge's clock, was sealed then. An authentic body
/// that was not is an older one that somebody put back.
bool was_sealed_at(std::int64_t sequence, TimePoint updated);

/// Authenticates the bot's comments on one pull request. A seal is the last thing in a comment:
/// "<!-- towline:seal seq=… mac=… -->". Its HMAC covers the pull request's name, the sequence number and all the text
/// before the seal. The sequence number is the time of sealing in milliseconds since 1970, or one more than the
/// comment's last one if that is greater.
class Sealer {
 public:
  /// `pull` names the pull request among all of the installation: "gitea/acme/infra#12".
  Sealer(Secret key, std::string pull) : key_(std::move(key)), pull_(std::move(pull)) {}

  std::string sealed(std::string_view text, std::int64_t sequence) const;
  /// The sequence number, when the seal is there and right.
  std::optional<std::int64_t> sequence_of(std::string_view body) const;

 private:
  std::string mac(std::string_view text, std::int64_t sequence) const;

  Secret key_;
  std::string pull_;
};

/// The text before the seal, right or wrong; all of it when there is none.
std::string_view without_seal(std::string_view body);

}  // namespace towline::decide
