#include "render/chart_server.h"

#include <httplib.h>

#include <string_view>
#include <thread>
#include <utility>

#include "base/text.h"
#include "program/process.h"

namespace towline::render::test {
namespace {

/// Listens in a thread for as long as it lives.
class Listener {
 public:
  explicit Listener(httplib::Server::Handler handler) {
    server_.Get(".*", handler);
    server_.Post(".*", handler);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // stop() does nothing before
  }
  ~Listener() {
    server_.stop();
    thread_.join();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  std::string port() const { return std::to_string(port_); }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace

/// By the CGI of `git http-backend` (git-http-backend(1)).
void serve_git(const std::filesystem::path& root, const httplib::Request& request, httplib::Response& response) {
  ProcessSpec spec;
  spec.argv = {"git", "http-backend"};
  const std::size_t question = request.target.find('?');
  const std::string query = question == std::string::npos ? "" : request.target.substr(question + 1);
  spec.environment = {{"PATH", spec.search_path},
                      {"HOME", "/nonexistent"},
                      {"GIT_PROJECT_ROOT", root.string()},
                      {"GIT_HTTP_EXPORT_ALL", "1"},
                      {"GIT_PROTOCOL", request.get_header_value("Git-Protocol")},
                      {"REQUEST_METHOD", request.method},
                      {"PATH_INFO", request.path},
                      {"QUERY_STRING", query},
                      {"CONTENT_TYPE", request.get_header_value("Content-Type")},
                      {"CONTENT_LENGTH", std::to_string(request.body.size())},
                      {"HTTP_CONTENT_ENCODING", request.get_header_value("Content-Encoding")}};
  spec.standard_input = request.body;
  const auto output = run_process(spec);
  if (!output) {
    response.status = 500;
    return;
  }
  const std::string& text = output->standard_output;
  const std::size_t end = text.find("\r\n\r\n");
  std::string type = "text/plain";
  for (const std::string_view line : split_lines(std::string_view(text).substr(0, end))) {
    const std::string_view value = trim(line.substr(std::min(line.size(), line.find(':') + 1)));
    if (line.starts_with("Status:")) response.status = std::stoi(std::string(value));
    if (line.starts_with("Content-Type:")) type = value;
  }
  response.set_content(text.substr(end + 4), type);
}

struct ChartServer::State {
  std::mutex mutex;
  std::map<std::string, std::string> bodies;
  std::map<std::string, std::string> redirects;
  std::vector<std::string> requests;
  std::vector<std::string> authorizations;
  Listener listener{[this](const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex);
    requests.push_back(request.path);
    authorizations.push_back(request.get_header_value("Authorization"));
    if (const auto to = redirects.find(request.path); to != redirects.end()) {
      response.status = 302;
      response.set_header("Location", to->second);
    } else if (const auto body = bodies.find(request.path); body != bodies.end()) {
      response.set_content(body->second, "application/octet-stream");
    } else {
      response.status = 404;
    }
  }};
};

ChartServer::ChartServer() : state_(std::make_unique<State>()) {}
ChartServer::~ChartServer() = default;

void ChartServer::answer(const std::string& path, const std::string& body) {
  const std::lock_guard lock(state_->mutex);
  state_->bodies[path] = body;
}

void ChartServer::redirect(const std::string& path, const std::string& location) {
  const std::lock_guard lock(state_->mutex);
  state_->redirects[path] = location;
}

std::string ChartServer::port() const { return state_->listener.port(); }

std::vector<std::string> ChartServer::requests() const {
  const std::lock_guard lock(state_->mutex);
  return state_->requests;
}

std::vector<std::string> ChartServer::authorizations() const {
  const std::lock_guard lock(state_->mutex);
  return state_->authorizations;
}

struct GitServer::State {
  std::filesystem::path root;
  Listener listener{
      [this](const httplib::Request& request, httplib::Response& response) { serve_git(root, request, response); }};
};

GitServer::GitServer(std::filesystem::path root) : state_(new State{std::move(root)}) {}
GitServer::~GitServer() = default;

std::string GitServer::authority() const { return "127.0.0.1:" + state_->listener.port(); }

}  // namespace towline::render::test
