#include "net/http_client.h"
#include "base/text.h"

#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

namespace towline {
namespace {

/// A server on a loopback port with the routes the tests need.
class TestServer {
 public:
  TestServer() {
    server_.set_keep_alive_max_count(1'000);
    server_.Get("/echo", [](const httplib::Request& request, httplib::Response& response) {
      response.set_header("X-Seen-Authorization", request.get_header_value("Authorization"));
      response.set_content(request.get_param_value("q"), "text/plain");
    });
    server_.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.get_header_value("Content-Type") + " " + request.body, "text/plain");
    });
    server_.Delete("/gone", [](const httplib::Request&, httplib::Response& response) { response.status = 204; });
    server_.Get("/redirect", [](const httplib::Request&, httplib::Response& response) {
      response.set_redirect("http://127.0.0.1:1/elsewhere");
    });
    server_.Get("/broken", [](const httplib::Request&, httplib::Response& response) { response.status = 500; });
    server_.Get("/endless", [](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider("text/plain", [](std::size_t, httplib::DataSink& sink) {
        return sink.write(std::string(10'000, 'x').data(), 10'000);
      });
    });
    server_.Get("/zipped", [](const httplib::Request&, httplib::Response& response) {
      response.set_header("Content-Encoding", "gzip");
      response.set_content("not really", "text/plain");
    });
    server_.Get("/slow", [this](const httplib::Request&, httplib::Response& response) {
      released_.get_future().wait();
      response.set_content("late", "text/plain");
    });
    server_.Get("/meet", [this](const httplib::Request&, httplib::Response& response) {
      if (++waiting_ == 2) both_.set_value();
      both_seen_.wait();
      response.set_content("met", "text/plain");
    });
    server_.Get("/port", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(std::to_string(request.remote_port), "text/plain");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    server_.stop();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void release_slow() { released_.set_value(); }

 private:
  httplib::Server server_;
  std::promise<void> released_;
  std::promise<void> both_;
  std::shared_future<void> both_seen_ = both_.get_future().share();
  std::atomic<int> waiting_ = 0;
  int port_ = 0;
  std::thread thread_;
};

/// Accepts connections and answers each with the next text, then closes it.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listener_, 8);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, answers = std::move(answers)] { serve(answers); });
  }
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int requests() const { return requests_; }

 private:
  void serve(const std::vector<std::string>& answers) {
    for (const std::string& answer : answers) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::string request(4'096, '\0');
      while (::recv(connection, request.data(), request.size(), 0) > 0) {
        ++requests_;
        if (answer.empty()) break;
        ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
        // The second request on this connection finds it closing.
        if (::recv(connection, request.data(), request.size(), 0) > 0) ++requests_;
        break;
      }
      ::close(connection);
    }
  }

  int listener_;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

HttpRequest get(std::string path) {
  HttpRequest request;
  request.path = std::move(path);
  return request;
}

TEST_CASE("an answer comes with status, headers and body") {
  const TestServer server;
  const auto client = make_http_client(server.url(), Secret("token abc"));
  REQUIRE(client);

  const auto response = (*client)->send(get("/echo?q=a%20b"));

  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->body == "a b");
  CHECK(response->header("x-seen-AUTHORIZATION") == "token abc");
  CHECK(response->header("absent").empty());
}

TEST_CASE("a body is sent with its type, and an answer may be empty") {
  const TestServer server;
  const auto client = make_http_client(server.url(), std::nullopt);
  HttpRequest post = get("/echo");
  post.method = "POST";
  post.body = "{}";
  HttpRequest remove = get("/gone");
  remove.method = "DELETE";

  CHECK((*client)->send(post)->body == "application/json {}");
  CHECK((*client)->send(remove)->status == 204);
}

TEST_CASE("every status is an answer, and redirects are not followed") {
  const TestServer server;
  const auto client = make_http_client(server.url(), std::nullopt);

  CHECK((*client)->send(get("/broken"))->status == 500);
  const auto redirect = (*client)->send(get("/redirect"));
  CHECK(redirect->status == 302);
  CHECK(redirect->header("Location") == "http://127.0.0.1:1/elsewhere");
}

TEST_CASE("the path of the base URL comes before every request's") {
  const TestServer server;
  const auto client = make_http_client(server.url() + "/ec/", std::nullopt);
  CHECK((*client)->send(get("/echo"))->status == 404);
  const auto deeper = make_http_client(server.url() + "/", std::nullopt);
  CHECK((*deeper)->send(get("/echo"))->status == 200);
}

TEST_CASE("requests one after the other share a connection") {
  const TestServer server;
  const auto client = make_http_client(server.url(), std::nullopt);
  const std::string first = (*client)->send(get("/port"))->body;
  CHECK((*client)->send(get("/port"))->body == first);
}

TEST_CASE("requests at the same time do not wait for each other") {
  const TestServer server;
  const auto client = make_http_client(server.url(), std::nullopt);
  auto other = std::async(std::launch::async, [&] { return (*client)->send(get("/meet")); });
  CHECK((*client)->send(get("/meet"))->body == "met");
  CHECK(other.get()->body == "met");
}

TEST_CASE("an answer over the limit is refused, also when it has no length") {
  const TestServer server;
  const auto client = make_http_client(server.url(), std::nullopt);
  HttpRequest request = get("/endless");
  request.max_response_bytes = 100'000;

  const auto response = (*client)->send(request);

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::invalid);
  CHECK(response.error().message ==
        "GET " + server.url() + "/endless: the answer is larger than the limit of 100000 bytes");
}

TEST_CASE("a compressed answer is refused, since its true size is unknown") {
  const TestServer server;
  const auto client = make_http_client(server.url(), std::nullopt);
  CHECK((*client)->send(get("/zipped")).error().message ==
        "GET " + server.url() + "/zipped: the answer is compressed, which was not asked for");
}

TEST_CASE("a host that does not answer in time is a timeout, without query or credentials in the error") {
  TestServer server;
  const auto client = make_http_client(server.url(), Secret("token abc"));
  HttpRequest request = get("/slow?private=1");
  request.deadline = std::chrono::milliseconds{200};

  const auto response = (*client)->send(request);
  server.release_slow();

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::timeout);
  CHECK(response.error().message == "GET " + server.url() + "/slow: no complete answer within 200ms");
}

TEST_CASE("a host that cannot be reached is unavailable") {
  const auto client = make_http_client("http://127.0.0.1:1", std::nullopt);
  const auto response = (*client)->send(get("/"));
  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::unavailable);
  CHECK(response.error().message == "GET http://127.0.0.1:1/: cannot connect; check that the host is right and up");
}

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_CASE("a reading request whose idle connection turns out closed is sent again on a fresh one") {
  const ScriptedServer server({std::string(kOk), std::string(kOk)});
  const auto client = make_http_client(server.url(), std::nullopt);
  REQUIRE((*client)->send(get("/first"))->body == "ok");

  CHECK((*client)->send(get("/second"))->body == "ok");
  CHECK(server.requests() == 3);
}

TEST_CASE("a writing request is never sent twice") {
  const ScriptedServer server({std::string(kOk), std::string(kOk)});
  const auto client = make_http_client(server.url(), std::nullopt);
  REQUIRE((*client)->send(get("/first"))->body == "ok");
  HttpRequest post = get("/second");
  post.method = "POST";
  post.body = "{}";

  const auto response = (*client)->send(post);

  REQUIRE_FALSE(response);
  CHECK(response.error().kind == ErrorKind::unavailable);
  CHECK(response.error().message ==
        "POST " + server.url() + "/second: the connection broke before the answer was complete");
  CHECK(server.requests() == 2);
}

struct UrlCase {
  std::string url;
  std::string message;
};

TEST_CASE("a base URL that cannot be used is refused with the reason") {
  const auto c = GENERATE(values<UrlCase>({
      {"ftp://host", "'ftp://host' is not a URL to talk to; write http://host[:port] or https://host[:port]"},
      {"host:3000", "'host:3000' is not a URL to talk to; write http://host[:port] or https://host[:port]"},
      {"http://", "'http://' is not a URL to talk to; it needs a host and no query"},
      {"http://host?x", "'http://host?x' is not a URL to talk to; it needs a host and no query"},
      {"http://u:p@host", "'http://***@host' has credentials in it; give them apart from the URL"},
  }));
  const auto client = make_http_client(c.url, std::nullopt);
  REQUIRE_FALSE(client);
  CHECK(client.error().kind == ErrorKind::invalid);
  CHECK(client.error().message == c.message);
}

TEST_CASE("a request that would smuggle another is refused") {
  const auto client = make_http_client("http://127.0.0.1:1", std::nullopt);
  HttpRequest header = get("/");
  header.headers = {{"X", "a\r\nY: b"}};
  CHECK((*client)->send(get("/a HTTP/1.1\r\n")).error().message ==
        "cannot send an HTTP request: its path is not percent-encoded");
  CHECK((*client)->send(header).error().message == "cannot send an HTTP request: its headers have control characters");
  CHECK_FALSE(make_http_client("http://127.0.0.1:1", Secret("token\r\nX: y")));
}

TEST_CASE("all but unreserved characters are percent-encoded") {
  CHECK(percent_encode("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encode("a/b c%\xC3\xA4") == "a%2Fb%20c%25%C3%A4");
}

}  // namespace
}  // namespace towline
