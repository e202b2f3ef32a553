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

/// How far a value without quotes reaches behind a telling name. A mask must not hide what a shell would run, and a log
/// must not show the rest of a passphrase.
enum class TextUse {
  log,   ///< to the end of the line
  data,  ///< "name=value" as a word of a shell, "name: value" and "name = value" to the end of the line
  code,  ///< as a word of a shell: up to a blank or one of ;|&<>()` or "$("; in double quotes up to "`" or "$("
};

/// The parts of a text that look like credentials, in order, without overlap: private keys in PEM (also in base64, or
/// cut off), tokens of known forms (GitHub, GitLab, AWS, Slack, Google, JWT and others), passwords in URLs, and what
/// stands behind a telling name ("password: x", "TOKEN=x", "\"apiKey\": \"x\""). Certificates, public keys, digests and
/// commit ids are none. Of a PEM block only base64 is a part: headers and anything else between its marks are not.
/// Linear in the text.
std::vector<CredentialPart> find_credentials(std::string_view text, TextUse use = TextUse::log);

/// The text with each of these parts replaced by what `mask` gives for it.
std::string mask_credentials(std::string_view text, const std::function<std::string(std::string_view)>& mask,
                             TextUse use = TextUse::log);
/// The same with "***".
std::string redact_credentials(std::string_view text);

/// The beginning of the text that a shell reads as one word: up to a blank or an unquoted operator.
std::string_view shell_word(std::string_view text);

}  // namespace towline
