#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace towline::registry {

/// What is shown to one registry; all empty: nobody in particular.
struct Credentials {
  std::string username;
  Secret password;
  Secret identity_token;  ///< of the token service, in place of user and password
  bool empty() const { return password.empty() && identity_token.empty(); }
};

/// Where they come from: a file in the format of Docker's config.json, or a user and password; neither: nowhere.
struct CredentialSource {
  std::filesystem::path docker_config;
  std::string username;
  Secret password;
};

/// What `docker login` wrote for that registry ("docker.io" is kept there as https://index.docker.io/v1/): `auths` with
/// `auth`, `username` and `password`, or `identitytoken`. None when the file has none for it. Credential helpers are
/// programs and are not run. Error invalid: not such a file, or only a helper has the credentials.
Result<Credentials> parse_docker_config(std::string_view text, std::string_view host);

/// Reads the file anew each time, since whoever renews credentials rewrites it.
Result<Credentials> read_credentials(const CredentialSource& source, std::string_view host);

}  // namespace towline::registry
