#include "web/listener.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace towline::web {

namespace {

constexpr std::size_t kThreads = 96;
/// From here on connections are closed after their answer, so that idle ones do not keep others waiting.
constexpr std::size_t kKeptAlive = 80;
/// Accepted connections beyond this are closed unanswered. httplib cannot serve descriptors from 1,024 on.
constexpr std::size_t kMaxWaiting = 512;
constexpr int kBacklog = 512;

/// httplib's own options allow two servers to share a port, each getting half of the webhooks.
void reuse_address_only(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

/// Threads for connections; one too many is served, and so closed, by the accepting thread itself.
class Listener::Pool final : public httplib::ThreadPool {
 public:
  explicit Pool(std::atomic<std::size_t>& waiting) : ThreadPool(kThreads), waiting_(waiting) {}

  void enqueue(std::function<void()> serve) override {
    if (waiting_.load() >= kMaxWaiting) return serve();
    ++waiting_;
    ThreadPool::enqueue([this, serve = std::move(serve)] {
      --waiting_;
      serve();
    });
  }

 private:
  std::atomic<std::size_t>& waiting_;
};

Listener::Listener(const ConnectionLimits& limits, std::size_t in_flight_bytes)
    : limits_(limits), in_flight_(in_flight_bytes), stop_event_(eventfd(0, EFD_CLOEXEC)) {
  set_socket_options(reuse_address_only);
  set_tcp_nodelay(true);
  new_task_queue = [this] { return new Pool(waiting_); };
}

Listener::~Listener() {
  finish();
  if (stop_event_ >= 0) close(stop_event_);
}

Result<int> Listener::take_port(const std::string& host, int port) {
  const std::string where =
      (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
  if (stop_event_ < 0) return fail(ErrorKind::internal, "cannot listen on " + where + ": out of file descriptors");
  errno = 0;
  const int taken = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
  const int reason = errno;
  if (taken > 0) {
    // httplib asks for a queue of five: a burst of senders would wait for their second attempt.
    ::listen(svr_sock_, kBacklog);
    return taken;
  }
  if (reason == EADDRINUSE) {
    return fail(ErrorKind::conflict,
                "cannot listen on " + where + ": another program does already; stop it, or change 'listen'");
  }
  if (reason == EACCES || reason == EPERM) {
    return fail(ErrorKind::forbidden, "cannot listen on " + where + ": ports below 1024 need a right; change 'listen'");
  }
  return fail(ErrorKind::invalid, "cannot listen on " + where + ": this machine has no such address; change 'listen'",
              reason == 0 ? "" : std::strerror(reason));
}

void Listener::run() {
  acceptor_ = std::thread([this] {
    acceptor_id_ = std::this_thread::get_id();
    listen_after_bind();
  });
  // A stop before httplib has begun would be lost.
  while (!is_running()) std::this_thread::yield();
}

void Listener::finish() {
  if (!acceptor_.joinable()) return;
  const std::uint64_t one = 1;
  if (::write(stop_event_, &one, sizeof one) != sizeof one) return;
  stop();
  acceptor_.join();
}

bool Listener::process_and_close_socket(socket_t socket) {
  // The acceptor itself serves only what is one too many.
  if (std::this_thread::get_id() != acceptor_id_) {
    ++serving_;
    Connection connection(socket, stop_event_, limits_, in_flight_);
    serve(connection);
    --serving_;
  }
  shutdown(socket, SHUT_RDWR);
  close(socket);
  return true;
}

void Listener::serve(Connection& connection) {
  while (connection.wait_for_request()) {
    const bool last = serving_.load() > kKeptAlive;
    bool closed = false;
    const bool answered = process_request(connection, last, closed, [](httplib::Request& request) {
      request.ranges.clear();  // answers are small, and parts of them are nobody's need
    });
    if (!connection.flush() || !answered) return;
    if (connection.answered_with_close()) return connection.linger();
    if (closed) return;
  }
}

}  // namespace towline::web
