// How fast webhooks are answered: the web server and the engine in this process, SQLite on the disk, no worker, and
// 50 senders that keep their connections over loopback, first at 1,000 a second together, then as fast as they can.
// Every answer is 202, so every delivery was durable. Usage: bench_hooks [seconds]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/crypto.h"
#include "base/files.h"
#include "engine/engine.h"
#include "web/server.h"

namespace {

using Steady = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kSenders = 50;

/// What Gitea sends for a push, at about the size it has with one commit in it.
std::string push_body() {
  return R"({"ref":"refs/heads/main","before":"1111111111111111111111111111111111111111",)"
         R"("after":"2222222222222222222222222222222222222222","commits":[{"message":")" +
         std::string(6000, 'x') +
         R"("}],"repository":{"full_name":"acme/infra","name":"infra","owner":{"login":"acme"}}})";
}

/// One connection, kept until the server says that it closes it.
class Sender {
 public:
  Sender(int port, std::string name) : port_(port), name_(std::move(name)) {
    open();
    const std::string body = push_body();
    tail_ =
        "\r\nX-Gitea-Event: push\r\nX-Gitea-Event-Type: push\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\nX-Gitea-Signature: " + towline::hmac_sha256_hex("hush", body) + "\r\n\r\n" +
        body;
  }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender() { close(socket_); }

  void deliver() {
    const std::string request = "POST /hooks/forge/gitea HTTP/1.1\r\nHost: localhost\r\nX-Gitea-Delivery: " + name_ +
                                "-" + std::to_string(++number_) + tail_;
    if (send(socket_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      std::abort();
    std::array<char, 4096> buffer{};
    std::string answer;
    while (answer.find("\"accepted\"}\n") == std::string::npos) {
      const ssize_t received = recv(socket_, buffer.data(), buffer.size(), 0);
      if (received <= 0) {
        std::fprintf(stderr, "not accepted: %s\n", answer.c_str());
        std::abort();
      }
      answer.append(buffer.data(), static_cast<std::size_t>(received));
    }
    // The server closes a connection after 1,000 requests.
    if (answer.find("Connection: close") == std::string::npos) return;
    close(socket_);
    open();
  }

 private:
  void open() {
    socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
  }

  int port_;
  int socket_ = -1;
  std::string name_;
  std::string tail_;
  std::size_t number_ = 0;
};

/// The latencies in milliseconds of one sender; `pace` is its time between two deliveries, zero for none.
std::vector<double> run(Sender& sender, Steady::duration pace, Steady::time_point start, Steady::time_point until) {
  std::vector<double> latencies;
  Steady::time_point next = start;
  while (next < until) {
    std::this_thread::sleep_until(next);
    const Steady::time_point sent = pace.count() > 0 ? next : Steady::now();
    sender.deliver();
    latencies.push_back(Milliseconds(Steady::now() - sent).count());
    next = pace.count() > 0 ? next + pace : Steady::now();
  }
  return latencies;
}

void measure(int port, const char* name, int per_second, int seconds) {
  const auto pace =
      per_second == 0 ? Steady::duration::zero() : Steady::duration(std::chrono::seconds(kSenders)) / per_second;
  const auto begin = Steady::now() + std::chrono::milliseconds(50);
  const auto until = begin + std::chrono::seconds(seconds);
  std::vector<std::vector<double>> results(kSenders);
  std::vector<std::thread> threads;
  for (int index = 0; index < kSenders; ++index) {
    threads.emplace_back([&, index] {
      Sender sender(port, std::to_string(per_second) + "-" + std::to_string(index));
      // Spread over one pace, as independent senders are.
      results[static_cast<std::size_t>(index)] = run(sender, pace, begin + pace * index / kSenders, until);
    });
  }
  std::vector<double> all;
  for (int index = 0; index < kSenders; ++index) {
    threads[static_cast<std::size_t>(index)].join();
    const auto& latencies = results[static_cast<std::size_t>(index)];
    all.insert(all.end(), latencies.begin(), latencies.end());
  }
  std::sort(all.begin(), all.end());
  std::printf("50 senders, %-22s %8.0f/s   median %7.3f ms   p99 %7.3f ms   max %7.3f ms\n", name,
              static_cast<double>(all.size()) / seconds, all[all.size() / 2], all[all.size() * 99 / 100], all.back());
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10;
  const auto directory = towline::TemporaryDirectory::create("towline-bench").value();
  towline::engine::Dependencies dependencies;
  dependencies.config.listen_port = 0;
  dependencies.config.data = directory.path();
  dependencies.config.forges.push_back({"gitea",
                                        "gitea",
                                        "http://127.0.0.1:9",
                                        towline::Secret("token"),
                                        {towline::Secret("hush")},
                                        {towline::RepoName{"acme", "infra"}}});
  dependencies.clock = std::make_shared<towline::SystemClock>();
  dependencies.store = towline::store::open_sqlite(directory.path() / "towline.db").value();
  const towline::config::ServerConfig config = dependencies.config;
  const auto engine = towline::engine::Engine::create(std::move(dependencies)).value();
  const auto server = towline::web::Server::start(*engine, config).value();
  measure(server->port(), "1,000 a second", 1000, seconds);
  measure(server->port(), "as fast as they can", 0, seconds);
}
