#pragma once

#include <httplib.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/ip_address.h"

namespace towline {

// Classes here and in http_client.cc override and call what httplib documents nowhere. With another version, read its
// Stream, ClientImpl::process_request and the parsing of status lines again, and run tests/base/http_bounds_test.cc.
static_assert(std::string_view(CPPHTTPLIB_VERSION) == "0.11.4", "written for cpp-httplib 0.11.4");

struct TlsContextFree {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using TlsContext = std::unique_ptr<SSL_CTX, TlsContextFree>;
/// For clients that believe the certificates which this system does (SSL_CERT_FILE and SSL_CERT_DIR say otherwise).
TlsContext make_tls_context();

/// Why a connection came to nothing.
enum class ConnectionFault {
  none,
  late,         ///< the deadline has passed
  unreachable,  ///< nobody there
  untrusted,    ///< no TLS, or not with a certificate for that name
  headers,      ///< more of them than the limit
  header_line,  ///< one that is longer than the limit
  framing,      ///< chunks of which too little is body
  broken,       ///< gone before the end
};

/// A connection to one address as httplib reads and writes it. httplib bounds neither the number and length of headers
/// nor the time that an exchange takes, and connects to whatever a name leads to: all of that is seen to here, where
/// the bytes come in.
class HttpConnection final : public httplib::Stream {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMaxHeaderBytes = 64u << 10;
  /// httplib takes the status line apart by a recursion that a line of 32 KiB brings down.
  static constexpr std::size_t kMaxLineBytes = 8u << 10;

  HttpConnection() = default;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  ~HttpConnection() override;

  /// To the first of the addresses that answers.
  bool connect(const std::vector<IpAddress>& addresses, std::uint16_t port, Time deadline);
  /// TLS with whom the certificate says is that host.
  bool secure(SSL_CTX* context, const std::string& host);

  /// The next exchange is to be over by then.
  void begin(Time deadline);
  /// What follows is the body, of which so many bytes have been taken.
  void headers_end() { headers_end_ = bytes_read_; }
  void body_taken(std::size_t bytes) { body_taken_ += bytes; }

  /// Whether another exchange may follow: nothing is unread, and the other side has not closed it.
  bool is_idle() const;
  ConnectionFault fault() const { return fault_; }
  const IpAddress& peer() const { return peer_; }

  bool is_readable() const override { return begin_ != end_ || poll_now(0); }
  bool is_writable() const override { return poll_now(1); }
  ssize_t read(char* bytes, std::size_t size) override;
  ssize_t write(const char* bytes, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  struct TlsFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  static constexpr std::size_t kPiece = 16u << 10;

  bool fails(ConnectionFault fault);
  bool poll_now(int writing) const;
  bool wait(short events, Time until) const;
  bool connect_to(const IpAddress& address, std::uint16_t port, Time until);
  /// What came: 0 at the end, -1 with a fault.
  ssize_t receive(char* bytes, std::size_t size);
  bool send_all(const char* bytes, std::size_t size);
  template <class Operation>
  ssize_t over_tls(Operation operation);
  bool send_records();
  bool within_limits(std::string_view bytes);

  int socket_ = -1;
  IpAddress peer_;
  std::uint16_t port_ = 0;
  std::unique_ptr<SSL, TlsFree> tls_;
  Time deadline_;
  ConnectionFault fault_ = ConnectionFault::none;
  bool at_end_ = false;
  std::array<char, kPiece> buffer_{};
  std::size_t begin_ = 0;  ///< of what is received and not yet read
  std::size_t end_ = 0;
  std::size_t bytes_read_ = 0;   ///< of this exchange
  std::size_t line_bytes_ = 0;   ///< of the header line that is being read
  std::size_t headers_end_ = 0;  ///< 0: they still come
  std::size_t body_taken_ = 0;
};

}  // namespace towline
