#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace towline::promote {

/// Bytes that a seal adds to a comment at most.
inline constexpr std::size_t kSealBytes = 160;

/// Authenticates the bot's comments on one pull request. A seal is the last thing in a comment:
/// "<!-- towline:seal seq=… mac=… -->". Its HMAC covers the pull request's name, the sequence number and all the text
/// before the seal.
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

}  // namespace towline::promote
