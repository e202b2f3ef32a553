#include "base/secret.h"

#include <algorithm>

#include "base/credential_text.h"
#include "base/crypto.h"
#include "base/text.h"

namespace towline {
namespace {

constexpr std::string_view kMask = "***";
/// Shorter encoded pieces would mask words that only look alike.
constexpr std::size_t kMinEncodedBytes = 8;

// The base64 of a longer text holds the secret in one of three alignments ("user:secret" of HTTP Basic);
// these are the characters that depend on the secret alone.
std::string aligned_base64(std::string_view secret, std::size_t offset) {
  std::string encoded = base64_encode(std::string(offset, '\0').append(secret));
  while (encoded.ends_with('=')) encoded.pop_back();
  if ((offset + secret.size()) % 3 != 0) encoded.pop_back();
  constexpr std::size_t kTouchedByPrefix[] = {0, 2, 3};
  return encoded.size() > kTouchedByPrefix[offset] ? encoded.substr(kTouchedByPrefix[offset]) : std::string();
}

std::string mask_url_credentials(std::string_view text) {
  constexpr std::string_view kSeparator = "://";
  std::string masked;
  while (true) {
    const std::size_t scheme_end = text.find(kSeparator);
    if (scheme_end == std::string_view::npos) return masked.append(text);
    const std::size_t start = scheme_end + kSeparator.size();
    masked.append(text.substr(0, start));
    text.remove_prefix(start);
    const std::string_view authority = text.substr(0, text.find_first_of("/?#\"'<>`\\ \t\r\n"));
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
      masked.append(kMask);
      text.remove_prefix(at);
    }
  }
}

}  // namespace

void Redactor::add(const Secret& secret) {
  if (secret.empty()) return;
  needles_.push_back(secret.reveal());
  std::vector<std::string> encoded = {base64_encode(secret.reveal()), percent_encode(secret.reveal())};
  for (std::size_t offset = 0; offset < 3; ++offset) encoded.push_back(aligned_base64(secret.reveal(), offset));
  for (std::string& needle : encoded) {
    if (needle.size() >= kMinEncodedBytes) needles_.push_back(std::move(needle));
  }
  // The longest first: a secret that contains another must not leave its other half behind.
  std::sort(needles_.begin(), needles_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  needles_.erase(std::unique(needles_.begin(), needles_.end()), needles_.end());
}

std::string Redactor::redact(std::string_view text) const {
  std::string redacted(text);
  for (const std::string& needle : needles_) redacted = replace_all(std::move(redacted), needle, kMask);
  return redact_credentials(mask_url_credentials(redacted));
}

std::string redact_url(std::string_view url) { return mask_url_credentials(url); }

}  // namespace towline
