#include "net/hostile_server.h"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace towline::test {

namespace {

constexpr const char* kTrustedFile = "SSL_CERT_FILE";

constexpr int kPauseMilliseconds = 5;

bool is_there(int visitor) {
  char byte = 0;
  const ssize_t count = ::recv(visitor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count > 0 || (count < 0 && errno == EAGAIN);
}

struct Freed {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* tls) const { SSL_free(tls); }
};

}  // namespace

struct HostileServer::State {
  Talk talk;
  std::unique_ptr<SSL_CTX, Freed> context;
  std::unique_ptr<TemporaryDirectory> trust;
  int listener = -1;
  int port = 0;
  std::atomic<int> visitors = 0;
  std::thread thread;

  void listen() {
    listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(listener, 8);
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread = std::thread([this] {
      for (int visitor = ::accept(listener, nullptr, nullptr); visitor >= 0;
           visitor = ::accept(listener, nullptr, nullptr)) {
        ++visitors;
        serve(visitor);
        ::close(visitor);
      }
    });
  }

  void serve(int visitor) {
    std::array<char, 4096> request{};
    if (!context) {
      if (::recv(visitor, request.data(), request.size(), 0) <= 0) return;
      talk([&](std::string_view text) {
        return text.empty() ? is_there(visitor) : ::send(visitor, text.data(), text.size(), MSG_NOSIGNAL) > 0;
      });
      return;
    }
    const std::unique_ptr<SSL, Freed> tls(SSL_new(context.get()));
    SSL_set_fd(tls.get(), visitor);
    if (SSL_accept(tls.get()) <= 0) return;
    if (SSL_read(tls.get(), request.data(), static_cast<int>(request.size())) <= 0) return;
    talk([&](std::string_view text) {
      return text.empty() ? is_there(visitor) : SSL_write(tls.get(), text.data(), static_cast<int>(text.size())) > 0;
    });
  }
};

HostileServer::HostileServer(Talk talk) : state_(std::make_unique<State>()) {
  state_->talk = std::move(talk);
  state_->listen();
}

HostileServer::HostileServer(Talk talk, const SigningKey& key) : state_(std::make_unique<State>()) {
  state_->talk = std::move(talk);
  state_->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(state_->context.get(), key.certificate());
  SSL_CTX_use_PrivateKey(state_->context.get(), key.key());
  state_->trust = std::make_unique<TemporaryDirectory>(TemporaryDirectory::create("towline-trust").value());
  const auto file = state_->trust->path() / "trusted.pem";
  if (!write_file(file, key.certificate_pem())) throw std::runtime_error("cannot write the trusted certificate");
  ::setenv(kTrustedFile, file.c_str(), 1);
  // OpenSSL writes without a way to keep the signal of a closed connection away.
  ::signal(SIGPIPE, SIG_IGN);
  state_->listen();
}

HostileServer::~HostileServer() {
  ::shutdown(state_->listener, SHUT_RDWR);
  state_->thread.join();
  ::close(state_->listener);
  if (state_->trust) ::unsetenv(kTrustedFile);
}

std::string HostileServer::authority() const { return "127.0.0.1:" + std::to_string(state_->port); }
std::string HostileServer::url() const { return (state_->context ? "https://" : "http://") + authority(); }
int HostileServer::port() const { return state_->port; }
int HostileServer::visitors() const { return state_->visitors; }

HostileServer::Talk endlessly(std::string first, std::string again) {
  return [first = std::move(first), again = std::move(again)](const HostileServer::Say& say) {
    for (bool heard = say(first); heard; heard = say(again)) continue;
  };
}

HostileServer::Talk silently() {
  return [](const HostileServer::Say& say) {
    while (say("")) ::poll(nullptr, 0, kPauseMilliseconds);
  };
}

HostileServer::Talk slowly(std::string first, std::string again) {
  return [first = std::move(first), again = std::move(again)](const HostileServer::Say& say) {
    std::string text = first + again;
    for (std::size_t next = 0; say(text.substr(next, 1)); ++next) {
      if (next + 1 == text.size()) text += again;
      ::poll(nullptr, 0, kPauseMilliseconds);
    }
  };
}

}  // namespace towline::test
