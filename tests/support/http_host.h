#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/files.h"
#include "support/signing_key.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace towline::test {

/// A host on a loopback port, over a real socket, whose every GET, HEAD and POST one function answers.
class HttpHost {
 public:
  using Answer = std::function<void(const httplib::Request&, httplib::Response&)>;
  explicit HttpHost(Answer answer, int port = 0);
  /// Over TLS with the key's certificate, which this process trusts, and nothing else, while the host is there.
  HttpHost(Answer answer, const SigningKey& key, int port = 0);
  HttpHost(const HttpHost&) = delete;
  HttpHost& operator=(const HttpHost&) = delete;
  ~HttpHost();

  int port() const { return port_; }
  std::string url() const { return scheme_ + "://127.0.0.1:" + std::to_string(port_); }

 private:
  void listen(Answer answer, int port);

  std::string scheme_;
  std::unique_ptr<TemporaryDirectory> trust_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace towline::test
