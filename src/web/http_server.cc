#include "web/http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "web/connections.h"
#include "web/response_text.h"
#include "web/workers.h"

namespace towline::web {

namespace {

using Phase = Connection::Phase;
using State = RequestReader::State;
using Clock = std::chrono::steady_clock;

/// So many are accepted before those that are there are looked at again.
constexpr std::size_t kAcceptedAtOnce = 16;
constexpr std::size_t kReadAtOnce = 64u << 10;
constexpr std::size_t kMostDrained = 32u << 20;
constexpr std::chrono::milliseconds kLingerWhenStopping{100};
/// When the system is out of descriptors.
constexpr std::chrono::milliseconds kAcceptPause{200};
constexpr std::chrono::minutes kTellPause{1};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Answer failed() {
  log::error("a request failed with an exception");
  return error_answer(500, "the request failed");
}

}  // namespace

class HttpServer::Loop {
 public:
  Loop(const ServerLimits& limits, Handlers handlers, ListenSocket socket)
      : limits_(limits),
        handlers_(std::move(handlers)),
        listening_(std::move(socket.descriptor)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        connections_(limits_),
        thread_([this] { run(); }) {}

  ~Loop() { stop(); }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_asked_ = true;
    }
    wake();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void wake() {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_.get(), &one, sizeof one));
  }

  void run() {
    while (!stopping_ || !connections_.all().empty()) {
      wait();
      now_ = Clock::now();
      take_finished();
      for (std::size_t index = 2; index < polled_.size(); ++index) handle(numbers_[index - 2], polled_[index].revents);
      if (polled_[0].revents != 0) accept_some();
      while (Connection* one = connections_.too_much())
        give_up(*one, 503, "too much is being received: send it again later");
      expire();
      connections_.erase_closed();
    }
  }

  /// Until something happens, or the next deadline.
  void wait() {
    polled_.assign(2, {wake_.get(), POLLIN, 0});
    const bool accepts = !stopping_ && accept_again_ <= now_;
    polled_[0] = {accepts ? listening_.get() : -1, POLLIN, 0};
    numbers_.clear();
    SteadyTime next = now_ + std::chrono::minutes(1);
    if (!stopping_ && !accepts) next = accept_again_;
    for (auto& [number, connection] : connections_.all()) {
      if (connection.phase == Phase::working) continue;
      next = std::min(next, connection.deadline);
      numbers_.push_back(number);
      const bool writes = connection.phase == Phase::writing;
      polled_.push_back({connection.socket.get(), static_cast<short>(writes ? POLLOUT : POLLIN), 0});
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    if (poll(polled_.data(), polled_.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0))) > 0) return;
    for (pollfd& one : polled_) one.revents = 0;
  }

  void take_finished() {
    std::uint64_t ignored = 0;
    static_cast<void>(!::read(wake_.get(), &ignored, sizeof ignored));
    std::vector<std::pair<std::uint64_t, Answer>> finished;
    bool stop = false;
    {
      const std::lock_guard lock(mutex_);
      finished.swap(finished_);
      stop = stopping_asked_;
    }
    for (auto& [number, answer] : finished) {
      if (Connection* connection = connections_.find(number)) begin_answer(*connection, answer);
    }
    if (stop && !stopping_) begin_to_stop();
  }

  void begin_to_stop() {
    stopping_ = true;
    listening_.close();
    for (auto& [number, connection] : connections_.all()) {
      const bool under_way = connection.reads_body() || connection.phase == Phase::writing;
      if (under_way) connection.deadline = std::min(connection.deadline, now_ + limits_.stop_grace);
      if (connection.phase == Phase::lingering) connection.deadline = now_ + kLingerWhenStopping;
      if (connection.idle() || connection.unfinished()) connection.phase = Phase::closed;
    }
    connections_.erase_closed();
  }

  void accept_some() {
    for (std::size_t count = 0; count < kAcceptedAtOnce; ++count) {
      Descriptor socket(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (socket.get() < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) accept_again_ = now_ + kAcceptPause;
        return;
      }
      const int yes = 1;
      setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      std::string peer = peer_of(socket.get());
      if (connections_.make_room(peer, now_)) tell_closed();
      // All are being answered.
      if (connections_.full()) continue;
      Connection connection(std::move(socket), std::move(peer), limits_.request);
      connection.since = now_;
      connection.deadline = now_ + limits_.head;
      connections_.add(std::move(connection));
    }
  }

  /// In the log, once a minute at most.
  void tell_closed() {
    ++closed_;
    if (now_ < tell_again_) return;
    log::warn(
        "closed connections that waited longest, to make room for new ones",
        {{"closed", std::to_string(std::exchange(closed_, 0))}, {"open", std::to_string(connections_.all().size())}});
    tell_again_ = now_ + kTellPause;
  }

  void handle(std::uint64_t number, short events) {
    Connection* connection = events == 0 ? nullptr : connections_.find(number);
    if (connection == nullptr) return;
    if (connection->phase == Phase::writing) return send_some(*connection);
    const ssize_t received = recv(connection->socket.get(), bytes_.data(), bytes_.size(), 0);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (received <= 0) {
      connection->phase = Phase::closed;
      return;
    }
    const auto size = static_cast<std::size_t>(received);
    if (connection->phase == Phase::reading) {
      connection->reader.take({bytes_.data(), size});
      if (connection->reads_body()) connection->deadline = body_deadline(*connection);
      return read_on(*connection);
    }
    connection->drained += size;
    if (connection->drained > kMostDrained) connection->phase = Phase::closed;
  }

  SteadyTime body_deadline(const Connection& connection) const {
    return std::min(now_ + limits_.pause, connection.since + limits_.whole);
  }

  /// Goes on with what the reader has.
  void read_on(Connection& connection) {
    RequestReader& reader = connection.reader;
    if (reader.state() == State::head) {
      if (connection.begun || reader.idle()) return;
      connection.begun = true;
      connection.since = now_;
      connection.deadline = now_ + limits_.head;
      return;
    }
    connection.begun = true;
    if (reader.state() == State::head_read) {
      connection.head_only = reader.request().method == "HEAD";
      connection.keep_alive = reader.request().keep_alive;
      if (const std::optional<Answer> refusal = refuse(connection)) {
        connection.keep_alive = false;
        return begin_answer(connection, *refusal);
      }
      connection.deadline = body_deadline(connection);
      if (reader.accept_body() == State::body && reader.request().expects_continue) say_continue(connection);
    }
    if (reader.state() == State::refused) {
      connection.keep_alive = false;
      return begin_answer(connection, reader.refusal());
    }
    if (reader.state() == State::complete) begin_work(connection);
  }

  std::optional<Answer> refuse(const Connection& connection) {
    try {
      return handlers_.refuse(connection.reader.request(), connection.reader.framing());
    } catch (const std::exception&) {
      return failed();
    }
  }

  static void say_continue(Connection& connection) {
    const ssize_t sent = send(connection.socket.get(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(kContinue.size())) connection.phase = Phase::closed;
  }

  void begin_work(Connection& connection) {
    connection.phase = Phase::working;
    auto request = std::make_shared<const Request>(connection.reader.take_request());
    connection.working_bytes = request->body.size();
    const std::uint64_t number = connection.number;
    const auto what = request->method == "POST" ? Workers::For::hook : Workers::For::page;
    workers_.run(what, [this, number, request] {
      Answer answer;
      try {
        answer = handlers_.answer(*request);
      } catch (const std::exception&) {
        answer = failed();
      }
      {
        const std::lock_guard lock(mutex_);
        finished_.emplace_back(number, std::move(answer));
      }
      wake();
    });
  }

  void begin_answer(Connection& connection, const Answer& answer) {
    ++connection.requests;
    // After a refusal what is left of the body would be read as the next request.
    connection.closes = answer.status >= 400 || !connection.keep_alive || stopping_ || connections_.crowded() ||
                        connection.requests >= limits_.requests_per_connection;
    connection.out = response_text(answer, connection.head_only, connection.closes);
    connection.working_bytes = 0;
    connection.phase = Phase::writing;
    connection.deadline = now_ + (stopping_ ? limits_.stop_grace : limits_.answer);
    send_some(connection);
  }

  void send_some(Connection& connection) {
    const ssize_t sent = send(connection.socket.get(), connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) connection.phase = Phase::closed;
    if (sent > 0) connection.out.erase(0, static_cast<std::size_t>(sent));
    if (!connection.out.empty() || connection.phase == Phase::closed) return;
    if (!connection.closes) return wait_for_next(connection);
    // A peer that is still sending reads its answer before the connection is reset.
    connection.phase = shutdown(connection.socket.get(), SHUT_WR) == 0 ? Phase::lingering : Phase::closed;
    connection.deadline = now_ + (stopping_ ? kLingerWhenStopping : limits_.linger);
  }

  void wait_for_next(Connection& connection) {
    connection.phase = Phase::reading;
    connection.begun = false;
    connection.head_only = false;
    connection.since = now_;
    connection.deadline = now_ + limits_.keep_alive;
    connection.reader.next();
    read_on(connection);
  }

  void give_up(Connection& connection, int status, std::string_view why) {
    if (connection.phase != Phase::reading) {
      connection.phase = Phase::closed;
      connection.out.clear();
      return;
    }
    connection.keep_alive = false;
    connection.reader = RequestReader(limits_.request);
    begin_answer(connection, error_answer(status, why));
  }

  void expire() {
    for (auto& [number, connection] : connections_.all()) {
      if (connection.phase == Phase::working || connection.deadline > now_) continue;
      const bool partial = connection.phase == Phase::reading && !connection.reader.idle();
      if (partial && !stopping_) {
        give_up(connection, 408, "the request did not arrive in time");
      } else {
        connection.phase = Phase::closed;
      }
    }
  }

  const ServerLimits limits_;
  const Handlers handlers_;
  Descriptor listening_;
  Descriptor wake_;
  Connections connections_;
  std::mutex mutex_;
  bool stopping_asked_ = false;                             ///< guarded by mutex_
  std::vector<std::pair<std::uint64_t, Answer>> finished_;  ///< guarded by mutex_
  bool stopping_ = false;
  SteadyTime now_ = Clock::now();
  SteadyTime accept_again_{};
  SteadyTime tell_again_{};
  std::size_t closed_ = 0;      ///< connections, since that was told
  std::vector<pollfd> polled_;  ///< the listening socket, the wake-up, and those of numbers_
  std::vector<std::uint64_t> numbers_;
  std::vector<char> bytes_ = std::vector<char>(kReadAtOnce);
  Workers workers_;
  std::thread thread_;
};

HttpServer::HttpServer(ServerLimits limits, Handlers handlers, ListenSocket socket)
    : loop_(std::make_unique<Loop>(limits, std::move(handlers), std::move(socket))) {}

HttpServer::~HttpServer() = default;

void HttpServer::stop() { loop_->stop(); }

}  // namespace towline::web
