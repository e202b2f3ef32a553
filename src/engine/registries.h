#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "config/server.h"
#include "image/reference.h"
#include "registry/client.h"
#include "registry/id_token.h"

namespace towline::engine {

/// The registries of the configuration that are asked, by their host, and the keys of those who sign identity tokens.
/// No other host is ever asked. Thread-safe.
class Registries {
 public:
  static Result<std::unique_ptr<Registries>> create(const config::ServerConfig& config,
                                                    const std::shared_ptr<const Clock>& clock);

  struct Asked {
    std::string name;
    std::unique_ptr<registry::Client> client;
    std::optional<Duration> poll;
  };
  /// nullptr when the configuration does not name the image's registry.
  const Asked* find(const image::ImageName& name) const;

  /// The keys that sign the identity tokens of that registry's notifications. They are read anew when that key (unless
  /// "") is not among them, since issuers change their keys without notice: at most once a minute, or every ten seconds
  /// while they cannot be read, so that those who make up tokens do not have the issuer asked. Error unavailable, with
  /// when to come again: the key is not known, and the issuer cannot be asked now, or was asked a moment ago. A new key
  /// is known after that minute at the latest; one that the issuer has just been asked about and does not have is not
  /// among what is given.
  Result<registry::KeySet> token_keys(std::string_view name, std::string_view key_id);
  /// Reads all keys anew. Those that cannot be read stay as they were.
  void refresh_keys();

 private:
  /// Where a registry's keys come from, and what came of reading them.
  struct TokenKeys {
    std::string source;  ///< an https address, or a file
    registry::KeySet keys;
    TimePoint not_before{};  ///< when they may be read again
    bool known = false;      ///< the last reading has come, and gave keys
  };
  /// Whether they could be read.
  bool read_again(const std::string& name, TokenKeys& keys);

  std::shared_ptr<const Clock> clock_;
  std::map<std::string, Asked> asked_;  ///< by host
  mutable std::mutex mutex_;
  std::map<std::string, TokenKeys, std::less<>> keys_;  ///< by the registry's name; the names never change
};

}  // namespace towline::engine
