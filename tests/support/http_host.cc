#include "support/http_host.h"

#include <httplib.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace towline::test {

namespace {

constexpr const char* kTrustedFile = "SSL_CERT_FILE";

}  // namespace

HttpHost::HttpHost(Answer answer, int port) : scheme_("http"), server_(std::make_unique<httplib::Server>()) {
  listen(std::move(answer), port);
}

HttpHost::HttpHost(Answer answer, const SigningKey& key, int port)
    : scheme_("https"), server_(std::make_unique<httplib::SSLServer>(key.certificate(), key.key())) {
  trust_ = std::make_unique<TemporaryDirectory>(TemporaryDirectory::create("towline-trust").value());
  const auto file = trust_->path() / "trusted.pem";
  if (!write_file(file, key.certificate_pem())) throw std::runtime_error("cannot write the trusted certificate");
  // Before the threads that would read it are there.
  ::setenv(kTrustedFile, file.c_str(), 1);
  listen(std::move(answer), port);
}

void HttpHost::listen(Answer answer, int port) {
  server_->Get(".*", answer);
  server_->Post(".*", answer);
  if (port == 0) {
    port_ = server_->bind_to_any_port("127.0.0.1");
  } else if (server_->bind_to_port("127.0.0.1", port)) {
    port_ = port;
  }
  if (port_ <= 0) throw std::runtime_error("cannot listen on a loopback port");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  // A server that is stopped before it runs does not stop.
  while (!server_->is_running()) std::this_thread::yield();
}

HttpHost::~HttpHost() {
  server_->stop();
  thread_.join();
  if (trust_) ::unsetenv(kTrustedFile);
}

}  // namespace towline::test
