#pragma once

#include <string_view>

namespace towline {

/// Whether a value of that name is usually a credential: "DB_PASSWORD", "spring.datasource.password", "apiKey",
/// "--client-secret". Names of what refers to one ("secretName", "tokenFile", "passwordSecretRef") are not.
bool names_credential(std::string_view name);

/// Whether an environment variable of that name changes what a program runs: "LD_PRELOAD", "BASH_ENV", "PYTHONPATH",
/// "NODE_OPTIONS", "GIT_SSH_COMMAND", any "*_PATH". No such name names a credential.
bool steers_execution(std::string_view name);

/// Whether that value, under a name that names a credential, is a credential itself: not empty, not a boolean, and no
/// reference to where it is ("$(TOKEN)", "{{ .Values.token }}", "ENC[...]", "/var/run/secrets/token", the name of an
/// object under a name such as "existingSecret").
bool is_credential_of(std::string_view name, std::string_view value);

}  // namespace towline
