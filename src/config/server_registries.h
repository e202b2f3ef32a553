#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "config/server.h"
#include "yaml/node.h"

namespace towline::config {

/// Reads an entry of `registries` whose shape has been checked. Errors invalid, with path, line and column.
struct RegistryReader {
  std::string_view path;
  std::function<Result<Secret>(const yaml::Node&)> credential;
  std::function<Result<std::string>(const yaml::Node&, const std::string& where)> url;

  /// Appends to `config.registries` or, for the kind oci, to `config.oci`.
  Result<void> read(const yaml::Node& node, std::string name, ServerConfig& config) const;

 private:
  Result<void> check_keys(const yaml::Node& node, std::string_view kind) const;
  Result<RegistryConfig> receiver(const yaml::Node& node, std::string name) const;
  Result<void> token_rules(const yaml::Node& node, RegistryConfig& config) const;
  Result<OciConfig> oci(const yaml::Node& node, std::string name) const;
  Result<registry::CredentialSource> credentials(const yaml::Node& node, const std::string& host) const;
  Result<std::string> host(const yaml::Node& node) const;
};

}  // namespace towline::config
