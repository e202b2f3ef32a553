#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "image/reference.h"
#include "net/http_client.h"
#include "registry/id_token.h"

namespace towline::registry {

/// "This tag of this image now exists (and is this digest)."
struct ImagePushed {
  image::ImageName name;
  std::optional<image::Tag> tag;  ///< absent: the registry did not say which; its tags must be listed
  std::optional<image::Digest> digest;
};

/// A delivery to a registry's hook.
struct Incoming {
  const HttpHeaders& headers;
  std::string_view body;
  std::string_view path_secret;  ///< what the address has behind the registry's name; "" when nothing
};

/// What a delivery is measured against.
struct Trust {
  const Secret& secret;
  const TokenRules& tokens;
  const KeySet& keys;
  TimePoint now;
  Duration tolerance = std::chrono::minutes(5);  ///< between `now` and the time that a notification is signed with
};

/// What a receiver needs from the configuration to know its sender.
enum class Proof {
  secret,       ///< in a header, or signing the body
  path_secret,  ///< the sender can only be told an address: the secret is its last part
  id_token,     ///< a signed token of the sender's identity provider
};

/// A row of the table of receivers: how a registry's webhook is authenticated and read.
struct Receiver {
  std::string_view kind;  ///< "generic", "docker-hub": as in the configuration
  std::string_view summary;
  Proof proof = Proof::secret;
  /// The registry that its notifications are about, unless the configuration names another; "" when they tell.
  std::string_view host;
  bool needs_host = false;  ///< they do not tell, and there is no one registry they could be about
  /// Error forbidden: missing or wrong proof. Constant time.
  Result<void> (*verify)(const Incoming& incoming, const Trust& trust);
  /// The images an authenticated delivery tells of, at most kMostImages; empty when it is of no interest. `host` is the
  /// configured registry (or the row's own); "" when there is none. A registry speaks for its own images only.
  /// Error invalid: not what this registry sends.
  Result<std::vector<ImagePushed>> (*parse)(const Incoming& incoming, std::string_view host);
  /// What the sender calls this delivery; "" when it does not say.
  std::string (*delivery_id)(const Incoming& incoming);
  /// False: it names images without tags, so that their registry must be one that is asked.
  bool tells_tags = true;
  bool signs_time = false;  ///< the proof covers a time, which Trust::tolerance bounds
};

/// The id of the key that signed the identity token of a delivery; "" when there is none.
std::string signing_key_of(const HttpHeaders& headers);

inline constexpr std::size_t kMostImages = 1'000;

const std::vector<Receiver>& receivers();
/// nullptr when there is no such kind.
const Receiver* find_receiver(std::string_view kind);

}  // namespace towline::registry
