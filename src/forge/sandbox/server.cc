#include "forge/sandbox/server.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "forge/sandbox/api.h"
#include "forge/sandbox/git_http.h"
#include "forge/sandbox/pages.h"

namespace towline::forge::sandbox {
namespace {

constexpr std::size_t kLargestBody = 256u << 20;
/// A kept-alive connection keeps a thread.
constexpr std::size_t kThreads = 32;

int port_of(const sockaddr_storage& address) {
  if (address.ss_family != AF_INET) return 0;
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

/// Closes this process's end of the connections to `local_port` (only the one from `remote_port` when given):
/// httplib itself always answers something, and when it stops it waits for kept-alive connections to time out.
void hang_up(int local_port, std::optional<int> remote_port) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::string name = entry.path().filename();
    int descriptor = -1;
    std::from_chars(name.data(), name.data() + name.size(), descriptor);
    sockaddr_storage local{};
    sockaddr_storage remote{};
    socklen_t length = sizeof local;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&local), &length) != 0) continue;
    length = sizeof remote;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&remote), &length) != 0) continue;
    if (port_of(local) != local_port || (remote_port && port_of(remote) != *remote_port)) continue;
    shutdown(descriptor, SHUT_RDWR);
  }
}

WebRequest to_request(const httplib::Request& from) {
  WebRequest request;
  request.method = from.method == "HEAD" ? "GET" : from.method;
  request.path = from.target.substr(0, from.target.find('?'));
  for (const auto& [name, value] : from.params) request.query[name] = value;
  for (const auto& [name, value] : from.headers) request.headers[to_lower(name)] = value;
  return request;
}

std::string_view raw_query(const httplib::Request& request) {
  const std::size_t mark = request.target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(request.target).substr(mark + 1);
}

/// False when it is larger than the limit. httplib undoes chunks and gzip on the way.
bool read_body(const httplib::Request& from, const httplib::ContentReader& reader, std::string& body) {
  // Without either header there is no body, and reading one would wait for it.
  const bool chunked = from.has_header("Transfer-Encoding");
  if (!chunked && from.get_header_value("Content-Length", 0).empty()) return true;
  return reader([&](const char* bytes, std::size_t count) {
    if (body.size() + count > kLargestBody) return false;
    body.append(bytes, count);
    return true;
  });
}

void give(const WebResponse& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (!from.body.empty()) to.set_content(from.body, from.content_type.empty() ? "text/plain" : from.content_type);
}

}  // namespace

struct Server::State {
  explicit State(World& served) : world(served) {}

  World& world;
  httplib::Server http;
  int port = 0;
  std::mutex hook_mutex;
  FaultHook hook;
  std::thread thread;

  std::optional<Sandbox::Fault> fault_for(const WebRequest& request) {
    FaultHook current;
    {
      const std::lock_guard lock(hook_mutex);
      current = hook;
    }
    return current ? current(request.method + " " + request.path) : std::nullopt;
  }

  void answer(const httplib::Request& from, const httplib::ContentReader* reader, httplib::Response& to) {
    WebRequest request = to_request(from);
    if (reader && !read_body(from, *reader, request.body)) {
      to.status = 413;
      return;
    }
    if (!request.path.starts_with("/api/")) {
      const bool git = is_git_path(request.path);
      return give(git ? answer_git(world, request, raw_query(from)) : answer_page(world, request), to);
    }
    const auto fault = fault_for(request);
    if (!fault) return give(answer_api(world, request), to);
    if (fault->after) answer_api(world, request);
    if (fault->hang) hang_up(port, from.remote_port);
    give({fault->status, "application/json;charset=utf-8", fault->body, {}}, to);
  }

  void route() {
    using httplib::ContentReader, httplib::Request, httplib::Response;
    const auto read = [this](const Request& request, Response& response, const ContentReader& reader) {
      answer(request, &reader, response);
    };
    http.Get(".*", [this](const Request& request, Response& response) { answer(request, nullptr, response); });
    http.Post(".*", read);
    http.Patch(".*", read);
    http.Put(".*", read);
    http.Delete(".*", read);
    http.set_exception_handler([](const Request& request, Response& response, const std::exception_ptr&) {
      log::error("the sandbox failed to answer", {{"request", request.method + " " + request.path}});
      response.status = 500;
    });
    http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    // Without this, two servers could share one port and each get some of the requests.
    http.set_socket_options([](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    http.set_keep_alive_max_count(10'000);
    http.set_tcp_nodelay(true);
  }
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  state_->http.stop();
  hang_up(state_->port, std::nullopt);
  if (state_->thread.joinable()) state_->thread.join();
}

Result<std::unique_ptr<Server>> Server::start(World& world, int port) {
  auto state = std::make_unique<State>(world);
  state->route();
  if (port == 0) {
    state->port = state->http.bind_to_any_port("127.0.0.1");
  } else {
    state->port = state->http.bind_to_port("127.0.0.1", port) ? port : -1;
  }
  if (state->port <= 0) {
    return fail(ErrorKind::conflict, "the sandbox cannot listen on 127.0.0.1:" + std::to_string(port) +
                                         ": another program uses that port; choose another one");
  }
  State* running = state.get();
  state->thread = std::thread([running] { running->http.listen_after_bind(); });
  while (!state->http.is_running()) std::this_thread::yield();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->port; }

void Server::set_fault_hook(FaultHook hook) {
  const std::lock_guard lock(state_->hook_mutex);
  state_->hook = std::move(hook);
}

}  // namespace towline::forge::sandbox
