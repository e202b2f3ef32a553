#include "web/listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

namespace towline::web {

namespace {

constexpr int kBacklog = 512;

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};

int port_of(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return 0;
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
}

Error cannot_listen(const std::string& where, int reason) {
  if (reason == EADDRINUSE) {
    return {ErrorKind::conflict,
            "cannot listen on " + where + ": another program does already; stop it, or change 'listen'", ""};
  }
  if (reason == EACCES || reason == EPERM) {
    return {ErrorKind::forbidden, "cannot listen on " + where + ": ports below 1024 need a right; change 'listen'", ""};
  }
  return {ErrorKind::invalid, "cannot listen on " + where + ": this machine has no such address; change 'listen'",
          reason == 0 ? "" : std::strerror(reason)};
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(value_, other.value_);
  return *this;
}

Descriptor::~Descriptor() { close(); }

int Descriptor::release() { return std::exchange(value_, -1); }

void Descriptor::close() {
  if (value_ >= 0) ::close(std::exchange(value_, -1));
}

Result<ListenSocket> listen_on(const std::string& host, int port) {
  const std::string where =
      (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int looked_up = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found);
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(looked_up == 0 ? found : nullptr);
  int reason = 0;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    Descriptor socket(::socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, at->ai_protocol));
    const int yes = 1;
    // Not SO_REUSEPORT: two servers would share a port, each getting half of the webhooks.
    if (socket.get() >= 0 && setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        bind(socket.get(), at->ai_addr, at->ai_addrlen) == 0 && ::listen(socket.get(), kBacklog) == 0) {
      const int taken = port_of(socket.get());
      return ListenSocket{std::move(socket), taken};
    }
    reason = errno;
  }
  return tl::unexpected<Error>(cannot_listen(where, reason));
}

}  // namespace towline::web
