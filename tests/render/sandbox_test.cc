#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "program/bubblewrap.h"
#include "program/landlock.h"
#include "program/process.h"
#include "render/fixture.h"

namespace towline::render::test {
namespace {

/// Something on this machine that could be talked to.
class Listener {
 public:
  Listener() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(socket_, 1);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { ::close(socket_); }
  std::string port() const { return std::to_string(port_); }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
};

struct Place {
  Fixture fixture;
  std::filesystem::path work = fixture.directory.path() / "work";
  Place() { std::filesystem::create_directory(work); }

  ProcessSpec spec(const std::string& body) {
    ProcessSpec spec;
    const auto folder = fixture.script("program", body);
    std::ofstream(folder / "program") << "#!/bin/bash\n" << body;
    spec.argv = {(folder / "program").string()};
    spec.directory = work;
    return spec;
  }
  /// What the program prints inside.
  std::string inside(const std::string& body, Confinement kind, bool network = false) {
    const auto output = run_process(confined(spec(body), kind, {{work}, {}, network}));
    return output ? output->standard_output + output->standard_error : output.error().message;
  }
};

std::vector<Confinement> kinds() {
  std::vector<Confinement> all = {Confinement::seccomp};
  if (probe_sandbox("/usr/bin:/bin") == Confinement::bubblewrap) {
    all.push_back(Confinement::bubblewrap);
  } else {
    WARN("bubblewrap does not work here, so it is not tested");
  }
  return all;
}

TEST_CASE("a program in the sandbox reaches nothing over the network") {
  const Listener listener;
  const std::string connect =
      "if (exec 3<>/dev/tcp/127.0.0.1/" + listener.port() + ") 2>/dev/null; then echo reached; else echo cut off; fi\n";
  Place place;
  CHECK(run_process(place.spec(connect)).value().standard_output == "reached\n");
  for (const Confinement kind : kinds()) {
    CAPTURE(to_string(kind));
    CHECK(place.inside(connect, kind) == "cut off\n");
  }
}

TEST_CASE("a program in bubblewrap sees its files, read-only, and nothing of this machine's") {
  if (kinds().size() < 2) return;
  Place place;
  std::ofstream(place.work / "given") << "hello";
  std::ofstream(place.fixture.directory.path() / "secret") << "x";
  CHECK(place.inside("cat given; pwd | tail -c 6\n", Confinement::bubblewrap) == "hello/work\n");
  CHECK(place.inside("(echo x > given) 2>/dev/null || echo read-only\n", Confinement::bubblewrap) == "read-only\n");
  CHECK(place.inside("[ -e ../secret ] || echo hidden; [ -e /etc/passwd ] || echo hidden\n", Confinement::bubblewrap) ==
        "hidden\nhidden\n");
}

TEST_CASE("where bubblewrap is missing, seccomp and limits are left") {
  CHECK(to_string(Confinement::seccomp) ==
        (landlock_version() > 0 ? "Landlock, seccomp and resource limits" : "seccomp and resource limits"));
  CHECK(to_string(Confinement::bubblewrap) == "bubblewrap");
}

}  // namespace
}  // namespace towline::render::test
