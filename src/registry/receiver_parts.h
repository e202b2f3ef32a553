#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "registry/receiver.h"

// What the receivers of all families are put together from.
namespace towline::registry {

/// The first value of that header, or "".
std::string_view header_value(const HttpHeaders& headers, std::string_view name);
/// That id when it is fit to be stored and logged, else "".
std::string plain_id(std::string_view id);

/// Error invalid. Sentences about a body name the place in it, never what it says.
tl::unexpected<Error> bad_body(std::string_view what);
/// The body's JSON object.
Result<Json> parse_body(std::string_view body);
/// A member that must be a list of at most kMostImages; `pointer` is a JSON pointer.
Result<Json> list_in(const Json& json, const std::string& pointer);

/// The image a delivery names; `place` tells where in the body, such as "\"image\"" or "events[2].target.repository".
/// An empty `tag` or `digest` is absent.
Result<ImagePushed> read_image(const std::string& place, const std::string& name, const std::string& tag,
                               const std::string& digest);
/// The same for a name that the sender writes with its registry, where a configured `host` is the only one it may
/// speak for.
Result<ImagePushed> read_image_of(std::string_view host, const std::string& place, const std::string& name,
                                  const std::string& tag, const std::string& digest);

// Proofs that several senders share.
/// The header is "<prefix><hex HMAC-SHA256 of the body>".
Result<void> verify_hmac_sha256(const Incoming& incoming, const Trust& trust, std::string_view header,
                                std::string_view prefix);
/// The Authorization header is the secret, or "Bearer " and the secret.
Result<void> verify_authorization(const Incoming& incoming, const Trust& trust);
Result<void> verify_path_secret(const Incoming& incoming, const Trust& trust);

std::string no_id(const Incoming& incoming);

// The families; each file of a family defines its rows.
const Receiver& generic_receiver();
std::vector<Receiver> distribution_receivers();
std::vector<Receiver> hosted_receivers();
std::vector<Receiver> cloud_receivers();
std::vector<Receiver> forge_receivers();
std::vector<Receiver> repository_manager_receivers();

}  // namespace towline::registry
