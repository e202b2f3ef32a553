#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "image/reference.h"
#include "net/http_client.h"
#include "registry/credentials.h"

namespace towline::registry {

/// Makes a client for "https://host[:port]".
using Connect = std::function<Result<std::unique_ptr<HttpClient>>(std::string_view origin, HttpReach reach)>;

struct ClientOptions {
  std::string host;  ///< the registry as image names have it
  std::string url;   ///< where it is; "": https://<host>, for docker.io https://registry-1.docker.io
  CredentialSource credentials;
  /// Other hosts that may be asked for tokens, beside the registry's own (and auth.docker.io for docker.io).
  std::vector<std::string> token_hosts;
  std::shared_ptr<const Clock> clock;
  Connect connect;                                ///< make_http_client() when empty
  std::string token_hosts_key = "'token_hosts'";  ///< where people write token hosts
};

struct TagList {
  std::vector<image::Tag> tags;
  std::size_t refused = 0;  ///< names that are not tags, left out
};

/// What an image says of itself: its labels org.opencontainers.image.*, "" where it does not.
struct ImageFacts {
  std::string source;
  std::string revision;
  std::string version;
  std::optional<TimePoint> created;  ///< the label, or when the image was built
};

/// Asks one registry (OCI distribution specification 1.1). Thread-safe; a few requests at a time.
///
/// Nothing that it says is taken on trust: answers are bounded in size and number, contents are checked against their
/// digests, only the registry's own host, the token hosts and, for layers, public https hosts are asked, and
/// credentials go to the first two only. A public host has a public name that leads to addresses of the internet; to
/// those of private networks too where the registry itself is in one. Errors: invalid (it says what cannot be, and what
/// that is), not_found (no such image or tag), forbidden (the credentials do not do), unavailable and timeout (with
/// when to ask again; until then it is not asked).
class Client {
 public:
  /// Error invalid: the URL.
  static Result<std::unique_ptr<Client>> create(ClientOptions options);
  virtual ~Client() = default;

  /// All tags of a repository, at most 20,000; page by page, with ETags.
  virtual Result<TagList> tags(const std::string& repository) = 0;
  /// The digest that a tag names now, without pulling anything.
  virtual Result<image::Digest> resolve(const std::string& repository, const image::Tag& tag) = 0;
  /// Reads the image of that digest; of one for several platforms the one for linux/amd64, else the first.
  virtual Result<ImageFacts> facts(const std::string& repository, const image::Digest& digest) = 0;
  /// The packed chart that the tag names (helm.sh/docs/topics/registries): its one layer of that media type.
  virtual Result<std::string> chart(const std::string& repository, const image::Tag& tag, std::size_t max_bytes) = 0;
};

}  // namespace towline::registry
