#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/files.h"
#include "support/signing_key.h"

namespace towline::test {

/// Says to everybody who connects on a loopback port what it was told to say, whatever HTTP makes of that.
class HostileServer {
 public:
  /// Sends, if there is anything to send; false once the other side has hung up.
  using Say = std::function<bool(std::string_view)>;
  /// After the request has come.
  using Talk = std::function<void(const Say&)>;
  explicit HostileServer(Talk talk);
  /// Over TLS, with the key's certificate, which this process trusts while the server is there.
  HostileServer(Talk talk, const SigningKey& key);
  HostileServer(const HostileServer&) = delete;
  HostileServer& operator=(const HostileServer&) = delete;
  ~HostileServer();

  std::string authority() const;
  std::string url() const;
  int port() const;
  int visitors() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Says nothing for as long as the other side listens.
HostileServer::Talk silently();
/// Says the text again and again until the other side hangs up.
HostileServer::Talk endlessly(std::string first, std::string again);
/// The same with a pause after each byte, too short for anybody who waits for the next byte alone.
HostileServer::Talk slowly(std::string first, std::string again);

}  // namespace towline::test
