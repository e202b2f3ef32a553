#include "served.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "base/crypto.h"

namespace towline::web {

namespace {

config::ServerConfig make_config(const std::filesystem::path& data) {
  config::ServerConfig config;
  config.listen_port = 0;
  config.data = data;
  config.max_body_bytes = 64u << 10;
  // Nobody listens there: a test that reached for the forge would fail.
  config.forges.push_back({"gitea",
                           "gitea",
                           "http://127.0.0.1:9",
                           Secret("t0ken"),
                           {Secret("new-hush"), Secret("old-hush")},
                           {RepoName{"acme", "infra"}}});
  config.registries.push_back({"ci", "generic", Secret("ci-hush"), {}, {}, {}});
  config.registries.push_back({"hub", "distribution", Secret("hub-hush"), {}, {}, {}});
  config.registries.push_back({"docker", "docker-hub", Secret("docker-hub-hush-1"), {}, {}, {}});
  return config;
}

HttpResponse send(int port, const HttpRequest& request) {
  auto client = make_http_client("http://127.0.0.1:" + std::to_string(port), std::nullopt).value();
  return client->send(request).value();
}

}  // namespace

const std::string kPush =
    R"({"ref":"refs/heads/main","before":"1111111111111111111111111111111111111111",)"
    R"("after":"2222222222222222222222222222222222222222","repository":{"full_name":"acme/infra","name":"infra",)"
    R"("owner":{"login":"acme"}}})";

Served::Served(const std::function<void(config::ServerConfig&)>& configure)
    : directory(TemporaryDirectory::create("towline-web").value()),
      clock(std::make_shared<ManualClock>(TimePoint(std::chrono::seconds(1'800'000'000)))),
      store(store::make_memory_store()),
      config(make_config(directory.path())) {
  if (configure) configure(config);
  engine::Dependencies dependencies;
  dependencies.config = config;
  dependencies.clock = clock;
  dependencies.store = store;
  engine = engine::Engine::create(std::move(dependencies)).value();
  server = Server::start(*engine, config).value();
}

HttpResponse Served::get(const std::string& path) {
  HttpRequest request;
  request.path = path;
  return send(port(), request);
}

HttpResponse Served::post(const std::string& path, const HttpHeaders& headers, const std::string& body) {
  HttpRequest request;
  request.method = "POST";
  request.path = path;
  request.headers = headers;
  request.body = body;
  return send(port(), request);
}

HttpResponse Served::post_push(const std::string& delivery, const std::string& secret) {
  return post("/hooks/forge/gitea",
              {{"X-Gitea-Event", "push"},
               {"X-Gitea-Event-Type", "push"},
               {"X-Gitea-Delivery", delivery},
               {"X-Gitea-Signature", sign_gitea(secret, kPush)}},
              kPush);
}

std::string sign_gitea(const std::string& secret, const std::string& body) { return hmac_sha256_hex(secret, body); }

Raw::Raw(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("the server does not listen");
  }
  const timeval timeout{10, 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
}

Raw::~Raw() { close(socket_); }

bool Raw::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string Raw::read_until(std::string_view text) {
  std::string answer;
  std::array<char, 4096> buffer{};
  while (text.empty() || answer.find(text) == std::string::npos) {
    const ssize_t received = recv(socket_, buffer.data(), buffer.size(), 0);
    if (received <= 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(received));
  }
  return answer;
}

std::string Raw::read_all() { return read_until(""); }

std::string status_line(const std::string& answer) { return answer.substr(0, answer.find("\r\n")); }

}  // namespace towline::web
