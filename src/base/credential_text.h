#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace towline {

/// A part of a text that looks like a credential.
struct CredentialPart {
  std::size_t begin = 0;
  std::size_t size = 0;
};

/// The parts of a text that look like credentials, in order, without overlap: private keys in PEM (also in base64, or
/// cut off), tokens of known forms (GitHub, GitLab, AWS, Slack, Google, JWT and others), passwords in URLs, and what
/// stands behind a telling name ("password: x", "TOKEN=x", "\"apiKey\": \"x\""). Certificates, public keys, digests and
/// commit ids are none. Linear in the text.
std::vector<CredentialPart> find_credentials(std::string_view text);

/// The text with each of these parts replaced by what `mask` gives for it.
std::string mask_credentials(std::string_view text, const std::function<std::string(std::string_view)>& mask);
/// The same with "***".
std::string redact_credentials(std::string_view text);

}  // namespace towline
