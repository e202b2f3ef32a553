#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "engine/server_config.h"
#include "image/reference.h"
#include "registry/client.h"
#include "registry/id_token.h"

namespace towline::engine {

/// The registries of the configuration that are asked, by their host, and the keys of those who sign identity tokens.
/// No other host is ever asked. Thread-safe.
class Registries {
 public:
  static Result<std::unique_ptr<Registries>> create(const ServerConfig& config,
                                                    const std::shared_ptr<const Clock>& clock);

  struct Asked {
    std::string name;
    std::unique_ptr<registry::Client> client;
    std::optional<Duration> poll;
  };
  /// nullptr when the configuration does not name the image's registry.
  const Asked* find(const image::ImageName& name) const;

  /// Of the registry of that name; empty until they have been read.
  registry::KeySet token_keys(std::string_view name) const;
  /// Reads the keys anew. Those that cannot be read stay as they were.
  void refresh_keys();

 private:
  std::map<std::string, Asked> asked_;                           ///< by host
  std::map<std::string, std::string, std::less<>> key_sources_;  ///< by the registry's name
  mutable std::mutex mutex_;
  std::map<std::string, registry::KeySet, std::less<>> keys_;
};

}  // namespace towline::engine
