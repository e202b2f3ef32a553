#pragma once

#include <string>
#include <vector>

#include "registry/receiver.h"

namespace towline::registry {

/// What a receiver says, with everything that a test does not care about left empty.
inline Result<void> verify_at(TimePoint now, const Receiver& receiver, const HttpHeaders& headers,
                              const std::string& body, const Secret& secret, const std::string& path_secret = "") {
  const TokenRules rules;
  const KeySet keys;
  return receiver.verify({headers, body, path_secret}, {secret, rules, keys, now});
}
inline Result<void> verify(const Receiver& receiver, const HttpHeaders& headers, const std::string& body,
                           const Secret& secret, const std::string& path_secret = "") {
  return verify_at(TimePoint{}, receiver, headers, body, secret, path_secret);
}
inline Result<std::vector<ImagePushed>> parse(const Receiver& receiver, const std::string& body,
                                              const HttpHeaders& headers = {}, const std::string& host = "") {
  return receiver.parse({headers, body, ""}, host.empty() ? receiver.host : std::string_view(host));
}
inline std::string delivery_id(const Receiver& receiver, const HttpHeaders& headers, const std::string& body) {
  return receiver.delivery_id({headers, body, ""});
}

template <class T>
std::string message(const Result<T>& result) {
  return result ? "" : result.error().message;
}

}  // namespace towline::registry
