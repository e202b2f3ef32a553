#include "net/http_connection.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace towline {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostAddresses = 8;
/// A chunk of one byte takes six; a server whose chunks say more about themselves than this is up to no good.
constexpr std::size_t kFramingPerByte = 8;

int milliseconds_until(Clock::time_point until) {
  constexpr std::int64_t kAnHour = 3'600'000;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, kAnHour));
}

}  // namespace

TlsContext make_tls_context() {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (!context) return context;
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context.get());
  return context;
}

HttpConnection::~HttpConnection() {
  if (tls_ && fault_ == ConnectionFault::none) {
    // A polite end, for which nobody waits.
    SSL_shutdown(tls_.get());
    deadline_ = Clock::now();
    send_records();
  }
  if (socket_ >= 0) ::close(socket_);
}

bool HttpConnection::fails(ConnectionFault fault) {
  if (fault_ == ConnectionFault::none) fault_ = fault;
  return false;
}

bool HttpConnection::poll_now(int writing) const {
  pollfd polled{socket_, static_cast<short>(writing != 0 ? POLLOUT : POLLIN), 0};
  return ::poll(&polled, 1, 0) > 0;
}

bool HttpConnection::wait(short events, Time until) const {
  for (;;) {
    pollfd polled{socket_, events, 0};
    const int ready = ::poll(&polled, 1, milliseconds_until(until));
    if (ready > 0) return true;
    if (ready == 0 && Clock::now() >= until) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

bool HttpConnection::connect_to(const IpAddress& address, std::uint16_t port, Time until) {
  if (socket_ >= 0) ::close(socket_);
  socket_ = ::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket_ < 0) return false;
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_storage storage{};
  const socklen_t size = address.fill(storage, port);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&storage), size) == 0) return true;
  if (errno != EINPROGRESS || !wait(POLLOUT, until)) return false;
  int error = 0;
  socklen_t error_size = sizeof error;
  return ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &error_size) == 0 && error == 0;
}

bool HttpConnection::connect(const std::vector<IpAddress>& addresses, std::uint16_t port, Time deadline) {
  deadline_ = deadline;
  const std::size_t count = std::min(addresses.size(), kMostAddresses);
  for (std::size_t i = 0; i < count; ++i) {
    // One that does not answer leaves time for the others.
    const auto share = (deadline - Clock::now()) / static_cast<std::int64_t>(count - i);
    if (!connect_to(addresses[i], port, Clock::now() + share)) continue;
    peer_ = addresses[i];
    port_ = port;
    return true;
  }
  return fails(Clock::now() >= deadline ? ConnectionFault::late : ConnectionFault::unreachable);
}

bool HttpConnection::secure(SSL_CTX* context, const std::string& host) {
  tls_.reset(SSL_new(context));
  BIO* incoming = BIO_new(BIO_s_mem());
  BIO* outgoing = BIO_new(BIO_s_mem());
  if (!tls_ || incoming == nullptr || outgoing == nullptr) {
    BIO_free(incoming);
    BIO_free(outgoing);
    return fails(ConnectionFault::untrusted);
  }
  BIO_set_mem_eof_return(incoming, -1);  // empty is "not yet", not "the end"
  BIO_set_mem_eof_return(outgoing, -1);
  SSL_set_bio(tls_.get(), incoming, outgoing);
  const bool named =
      IpAddress::parse(host)
          ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_.get()), host.c_str()) == 1
          : SSL_set1_host(tls_.get(), host.c_str()) == 1 && SSL_set_tlsext_host_name(tls_.get(), host.c_str()) == 1;
  if (named && over_tls([&] { return SSL_connect(tls_.get()); }) > 0) return true;
  // What the handshake ended with says nothing more, unless it was the time.
  if (fault_ != ConnectionFault::late) fault_ = ConnectionFault::untrusted;
  return false;
}

void HttpConnection::begin(Time deadline) {
  deadline_ = deadline;
  bytes_read_ = 0;
  line_bytes_ = 0;
  headers_end_ = 0;
  body_taken_ = 0;
}

bool HttpConnection::is_idle() const {
  return fault_ == ConnectionFault::none && !at_end_ && begin_ == end_ && (!tls_ || SSL_pending(tls_.get()) == 0) &&
         !poll_now(0);
}

ssize_t HttpConnection::receive(char* bytes, std::size_t size) {
  for (;;) {
    // Asked before each read: bytes that never cease to come make nobody wait.
    if (Clock::now() >= deadline_) return fails(ConnectionFault::late), -1;
    const ssize_t count = ::recv(socket_, bytes, size, 0);
    if (count >= 0) return count;
    const bool none_yet = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (!none_yet) return fails(ConnectionFault::broken), -1;
    wait(POLLIN, deadline_);
  }
}

bool HttpConnection::send_all(const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t count = ::send(socket_, bytes, size, MSG_NOSIGNAL);
    if (count > 0) {
      bytes += count;
      size -= static_cast<std::size_t>(count);
      continue;
    }
    const bool full = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    if (!full) return fails(ConnectionFault::broken);
    if (!wait(POLLOUT, deadline_)) return fails(ConnectionFault::late);
  }
  return true;
}

bool HttpConnection::send_records() {
  std::array<char, kPiece> records{};
  for (;;) {
    const int size = BIO_read(SSL_get_wbio(tls_.get()), records.data(), static_cast<int>(records.size()));
    if (size <= 0) return true;
    if (!send_all(records.data(), static_cast<std::size_t>(size))) return false;
  }
}

template <class Operation>
ssize_t HttpConnection::over_tls(Operation operation) {
  std::array<char, kPiece> records{};
  for (;;) {
    ERR_clear_error();
    const int result = operation();
    const int error = result > 0 ? SSL_ERROR_NONE : SSL_get_error(tls_.get(), result);
    if (!send_records()) return -1;
    if (result > 0) return result;
    if (error == SSL_ERROR_ZERO_RETURN) return 0;
    if (error != SSL_ERROR_WANT_READ) return fails(ConnectionFault::broken), -1;
    const ssize_t size = receive(records.data(), records.size());
    if (size == 0) fails(ConnectionFault::broken);  // cut off: TLS says its own end
    if (size <= 0) return -1;
    BIO_write(SSL_get_rbio(tls_.get()), records.data(), static_cast<int>(size));
  }
}

/// With what is about to be read.
bool HttpConnection::within_limits(std::string_view bytes) {
  bytes_read_ += bytes.size();
  if (headers_end_ != 0) {
    const std::size_t most = headers_end_ + kMaxHeaderBytes + body_taken_ * kFramingPerByte;
    return bytes_read_ <= most || fails(ConnectionFault::framing);
  }
  for (const char c : bytes) {
    line_bytes_ = c == '\n' ? 0 : line_bytes_ + 1;
    if (line_bytes_ > kMaxLineBytes) return fails(ConnectionFault::header_line);
  }
  return bytes_read_ <= kMaxHeaderBytes || fails(ConnectionFault::headers);
}

ssize_t HttpConnection::read(char* bytes, std::size_t size) {
  if (fault_ != ConnectionFault::none) return -1;
  if (begin_ == end_) {
    if (at_end_) return 0;
    const ssize_t count =
        tls_ ? over_tls([&] { return SSL_read(tls_.get(), buffer_.data(), static_cast<int>(buffer_.size())); })
             : receive(buffer_.data(), buffer_.size());
    if (count < 0) return -1;
    at_end_ = count == 0;
    begin_ = 0;
    end_ = static_cast<std::size_t>(count);
  }
  const std::size_t taken = std::min(size, end_ - begin_);
  if (!within_limits({buffer_.data() + begin_, taken})) return -1;
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), taken, bytes);
  begin_ += taken;
  return static_cast<ssize_t>(taken);
}

ssize_t HttpConnection::write(const char* bytes, std::size_t size) {
  if (fault_ != ConnectionFault::none || size == 0) return fault_ == ConnectionFault::none ? 0 : -1;
  if (!tls_) return send_all(bytes, size) ? static_cast<ssize_t>(size) : -1;
  const std::size_t piece = std::min(size, kPiece);
  return over_tls([&] { return SSL_write(tls_.get(), bytes, static_cast<int>(piece)); });
}

void HttpConnection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = peer_.str();
  port = port_;
}

/// Nobody asks a client.
void HttpConnection::get_local_ip_and_port(std::string& ip, int& port) const {
  ip.clear();
  port = 0;
}

}  // namespace towline
