#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace towline {

std::string sha256_hex(std::string_view bytes);
std::string sha512_hex(std::string_view bytes);
std::string hmac_sha256_hex(std::string_view key, std::string_view bytes);
/// The key for one purpose, derived from the installation's key: what is signed for one purpose proves nothing for
/// another, and no signature tells anything about the installation's key.
std::string derive_key(std::string_view key, std::string_view purpose);
/// For senders that sign with nothing better.
std::string hmac_sha1_hex(std::string_view key, std::string_view bytes);
/// Takes the same time wherever the first difference is. Different lengths are unequal.
bool constant_time_equal(std::string_view a, std::string_view b);
/// `bytes` random bytes from the system, as lower-case hex.
std::string random_hex(std::size_t bytes);
std::string base64_encode(std::string_view bytes);
/// Standard alphabet, padding optional, white space refused; nullopt when it is not base64.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace towline
