#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "forge/forge.h"
#include "forge/webhook.h"

namespace towline::forge {

/// The bot's account on a forge.
struct Account {
  std::string url;  ///< the forge's root
  Secret token;
  std::size_t comment_bytes = 0;  ///< largest comment to write; 0: the kind's largest
};

/// One kind of forge. Nothing outside of this table knows a kind by its name.
struct Kind {
  std::string_view name;              ///< `kind` in the configuration
  std::string_view about;             ///< for the documentation of `kind`
  std::size_t usual_comment_bytes;    ///< what is kept to unless the configuration says otherwise
  std::size_t largest_comment_bytes;  ///< more is never sent
  std::string_view token_needs;       ///< what a valid token has: "has the scopes …"
  std::string_view webhook_events;    ///< what the webhook must send; the end of a sentence
  /// Error invalid: the URL cannot be used. Nothing is sent yet.
  Result<std::unique_ptr<Forge>> (*connect)(const Account& account);
  /// Whether the headers prove that the body comes from a holder of one of the secrets, in constant time.
  /// Error forbidden: "the signature is missing" or "the signature is wrong".
  Result<void> (*verify)(const HttpHeaders& headers, std::string_view body, const std::vector<Secret>& secrets);
  /// Reads a verified delivery. An event of no interest is of kind `ignored`. Error invalid: not what this kind of
  /// forge sends; the sentence does not repeat the body.
  Result<Delivery> (*parse)(const HttpHeaders& headers, std::string_view body);
};

std::span<const Kind> kinds();
/// nullptr: there is no such kind.
const Kind* find_kind(std::string_view name);

}  // namespace towline::forge
