#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "render/fixture.h"

namespace towline::render::test {
namespace {

/// Counts who comes, and hangs up on them.
class Doorbell {
 public:
  Doorbell() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(socket_, 8);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    authority_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] {
      for (int visitor = ::accept(socket_, nullptr, nullptr); visitor >= 0;
           visitor = ::accept(socket_, nullptr, nullptr)) {
        ++rings_;
        ::close(visitor);
      }
    });
  }
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;
  ~Doorbell() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  const std::string& authority() const { return authority_; }
  int rings() const { return rings_; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string authority_;
  std::atomic<int> rings_{0};
  std::thread thread_;
};

struct Remote {
  const char* name;
  std::string kustomization;  ///< HOST stands for where the door is
  std::vector<std::string> allowed;
  bool rings;
};

const Remote kRemotes[] = {
    {"a resource of an allowed host", "resources: ['https://HOST/a.yaml']\n", {"127.0.0.1"}, true},
    {"a base of an allowed host", "resources: ['https://HOST/acme/base//deploy?ref=v1']\n", {"127.0.0.1"}, true},
    {"a resource of a host that is not allowed", "resources: ['https://HOST/a.yaml']\n", {"example.com"}, false},
    {"a base of a host that is not allowed", "resources: ['https://HOST/acme/base//deploy?ref=v1']\n", {}, false},
    {"an allowed host as a user's name", "resources: ['https://example.com@HOST/a.yaml']\n", {"example.com"}, false},
    {"an allowed host in the path", "resources: ['https://HOST/https://example.com/a']\n", {"example.com"}, false},
    {"an allowed host without encryption", "resources: ['http://HOST/a.yaml']\n", {"127.0.0.1"}, false},
    {"an allowed host by git's own protocol", "resources: ['git::git://HOST/acme/base']\n", {"127.0.0.1"}, false},
    {"one of two that is not allowed",
     "resources: ['https://example.com/a.yaml', 'https://HOST/a.yaml']\n",
     {"example.com"},
     false},
    {"a patch of an allowed host", "patches: [{path: 'https://HOST/a.yaml'}]\n", {"127.0.0.1"}, true},
    {"a component of an allowed host", "components: ['https://HOST/acme/base?ref=v1']\n", {"127.0.0.1"}, true},
    {"a plugin's configuration of an allowed host",
     "transformers:\n- |\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {name: x}\n  path: "
     "https://HOST/a\n",
     {"127.0.0.1"},
     false},
    {"a component of a host that is not allowed", "components: ['https://HOST/acme/base?ref=v1']\n", {}, false},
    {"an OpenAPI schema of a host that is not allowed", "openapi: {path: 'https://HOST/schema.json'}\n", {}, false},
};

TEST_CASE("what a kustomization names is fetched from allowed hosts over https, and from no other") {
  for (const Remote& remote : kRemotes) {
    DYNAMIC_SECTION(remote.name) {
      const Doorbell door;
      Fixture fixture;
      const std::string kustomization = replace_all(remote.kustomization, "HOST", door.authority());
      const CommitId commit = fixture.commit({{"p/kustomization.yaml", kustomization}});
      Renderer::Options options;
      options.allowed_hosts = remote.allowed;

      const Rendered rendered =
          Renderer(options).render(fixture.repository, commit, kustomize_application("p")).value();

      CHECK(rendered.resources.empty());
      const Texts said = problems(rendered);
      REQUIRE(said.size() == 1);
      CHECK((door.rings() > 0) == remote.rings);
      CHECK_THAT(said[0], Catch::Contains(remote.rings ? "' cannot be fetched: "
                                                       : "would be fetched from the network, which is not done"));
    }
  }
}

}  // namespace
}  // namespace towline::render::test
