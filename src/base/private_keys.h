#pragma once

#include <string_view>
#include <vector>

#include "base/credential_text.h"

namespace towline {

/// Adds the secret parts of PEM blocks (RFC 7468), in any notation of line breaks, cut off, or encoded in base64 as a
/// whole. Where anything but base64 and headers stands between the marks, only words that look like lines of a key.
void find_private_keys(std::string_view text, std::vector<CredentialPart>& parts);

}  // namespace towline
