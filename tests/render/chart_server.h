#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace towline::render::test {

/// An HTTP server on a loopback port of this process that gives what it was told to give.
class ChartServer {
 public:
  ChartServer();
  ~ChartServer();
  ChartServer(const ChartServer&) = delete;
  ChartServer& operator=(const ChartServer&) = delete;

  void answer(const std::string& path, const std::string& body);
  void redirect(const std::string& path, const std::string& location);

  std::string port() const;
  std::string authority() const { return "127.0.0.1:" + port(); }
  std::string url() const { return "http://" + authority(); }
  /// The paths that were asked for, and the Authorization headers with them, in order.
  std::vector<std::string> requests() const;
  std::vector<std::string> authorizations() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One request for the bare git repositories below a directory, by the real `git http-backend`.
void serve_git(const std::filesystem::path& root, const httplib::Request& request, httplib::Response& response);

/// The bare git repositories below a directory over HTTP.
class GitServer {
 public:
  explicit GitServer(std::filesystem::path root);
  ~GitServer();
  GitServer(const GitServer&) = delete;
  GitServer& operator=(const GitServer&) = delete;

  std::string authority() const;
  std::string url() const { return "http://" + authority(); }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace towline::render::test
