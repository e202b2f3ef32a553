#include "git/transport.h"

#include <httplib.h>

#include <catch2/catch.hpp>
#include <mutex>
#include <thread>

#include "base/crypto.h"
#include "base/text.h"
#include "git/fixture.h"
#include "git/git_program.h"

namespace towline::git {
namespace {

const CommitId kUnknown("1234567890123456789012345678901234567890");

/// A mirror and the remote it belongs to.
struct Pair {
  Fixture remote;
  Fixture mirror;
  Remote address = {remote.path().string(), "", Secret()};

  Result<void> push_branch(std::string ref, std::optional<CommitId> commit, std::optional<CommitId> expected) {
    return push(mirror.path(), address, {{std::move(ref), std::move(commit), std::move(expected)}});
  }
};

TEST_CASE("fetched branches are in the mirror") {
  Pair pair;
  const CommitId commit = pair.remote.commit({}, {put("a", "1")});
  REQUIRE(pair.remote.repository.set_ref("refs/heads/main", commit));

  REQUIRE(fetch(pair.mirror.path(), pair.address, {"+refs/heads/*:refs/heads/*"}));

  CHECK(pair.mirror.ref("refs/heads/main") == commit);
  CHECK(pair.mirror.repository.read_file(commit, "a") == "1");
}

TEST_CASE("a fetch follows a branch that was rewritten") {
  Pair pair;
  const CommitId first = pair.remote.commit({}, {put("a", "1")});
  const CommitId other = pair.remote.commit({}, {put("a", "2")});
  REQUIRE(pair.remote.repository.set_ref("refs/heads/main", first));
  REQUIRE(fetch(pair.mirror.path(), pair.address, {"+refs/heads/*:refs/heads/*"}));
  REQUIRE(pair.remote.repository.set_ref("refs/heads/main", other));

  REQUIRE(fetch(pair.mirror.path(), pair.address, {"+refs/heads/*:refs/heads/*"}));

  CHECK(pair.mirror.ref("refs/heads/main") == other);
}

TEST_CASE("a branch or repository that is not there is not found") {
  Pair pair;
  const std::string url = pair.address.url;
  const auto branch = fetch(pair.mirror.path(), pair.address, {"refs/heads/none:refs/heads/none"});
  CHECK(branch.error().kind == ErrorKind::not_found);
  CHECK(branch.error().message == "cannot fetch from " + url + ": it has no such branch");

  const auto repository = fetch(pair.mirror.path(), {url + "x", "", Secret()}, {"+refs/heads/*:refs/heads/*"});
  CHECK(repository.error().kind == ErrorKind::not_found);
  CHECK(repository.error().message == "cannot fetch from " + url + "x: there is no such repository");
}

TEST_CASE("a pushed branch is at the remote") {
  Pair pair;
  const CommitId commit = pair.mirror.commit({}, {put("a", "1")});
  REQUIRE(pair.push_branch("refs/heads/towline/dev/pay", commit, std::nullopt));
  CHECK(pair.remote.ref("refs/heads/towline/dev/pay") == commit);
}

TEST_CASE("a push whose branch is where it was expected replaces it") {
  Pair pair;
  const CommitId first = pair.mirror.commit({}, {put("a", "1")});
  const CommitId rebuilt = pair.mirror.commit({}, {put("a", "2")});
  REQUIRE(pair.push_branch("refs/heads/x", first, std::nullopt));
  REQUIRE(pair.push_branch("refs/heads/x", rebuilt, first));
  CHECK(pair.remote.ref("refs/heads/x") == rebuilt);
}

TEST_CASE("a push never overwrites a commit it does not know of") {
  Pair pair;
  const CommitId ours = pair.mirror.commit({}, {put("a", "1")});
  const CommitId mine = pair.mirror.commit(ours, {put("a", "2")});
  const CommitId theirs = pair.remote.commit({}, {put("a", "human")});
  REQUIRE(pair.remote.repository.set_ref("refs/heads/x", theirs));

  const auto pushed = pair.push_branch("refs/heads/x", mine, ours);

  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().kind == ErrorKind::conflict);
  CHECK(pushed.error().message ==
        "cannot push refs/heads/x to " + pair.address.url + ": the branch is not where it was expected to be");
  CHECK(pair.remote.ref("refs/heads/x") == theirs);
}

TEST_CASE("a push that expects no branch refuses one that is there") {
  Pair pair;
  const CommitId ours = pair.mirror.commit({}, {put("a", "1")});
  REQUIRE(pair.remote.repository.set_ref("refs/heads/x", pair.remote.commit({}, {put("a", "human")})));
  CHECK(pair.push_branch("refs/heads/x", ours, std::nullopt).error().kind == ErrorKind::conflict);
}

TEST_CASE("pushing what is there already is success, so that a push may be repeated") {
  Pair pair;
  const CommitId commit = pair.mirror.commit({}, {put("a", "1")});
  REQUIRE(pair.push_branch("refs/heads/x", commit, std::nullopt));
  CHECK(pair.push_branch("refs/heads/x", commit, std::nullopt));
}

TEST_CASE("a branch is deleted only where it is expected") {
  Pair pair;
  const CommitId commit = pair.mirror.commit({}, {put("a", "1")});
  REQUIRE(pair.push_branch("refs/heads/x", commit, std::nullopt));
  CHECK(pair.push_branch("refs/heads/x", std::nullopt, kUnknown).error().kind == ErrorKind::conflict);
  REQUIRE(pair.push_branch("refs/heads/x", std::nullopt, commit));
  CHECK(pair.remote.ref("refs/heads/x") == std::nullopt);
}

TEST_CASE("of several updates all are done or none") {
  Pair pair;
  const CommitId commit = pair.mirror.commit({}, {put("a", "1")});
  const auto pushed = push(pair.mirror.path(), pair.address,
                           {{"refs/heads/good", commit, std::nullopt}, {"refs/heads/bad", commit, kUnknown}});
  CHECK(pushed.error().kind == ErrorKind::conflict);
  CHECK(pair.remote.ref("refs/heads/good") == std::nullopt);
}

TEST_CASE("a hook of the remote that refuses is told as the forge's rules") {
  Pair pair;
  const auto hook = pair.remote.path() / "hooks/pre-receive";
  std::filesystem::create_directories(hook.parent_path());
  REQUIRE(write_file(hook, "#!/bin/sh\necho protected; exit 1\n"));
  std::filesystem::permissions(hook, std::filesystem::perms::owner_all);

  const auto pushed = pair.push_branch("refs/heads/x", pair.mirror.commit({}, {put("a", "1")}), std::nullopt);

  CHECK(pushed.error().kind == ErrorKind::forbidden);
  CHECK(pushed.error().message ==
        "cannot push refs/heads/x to " + pair.address.url + ": the forge's rules for the branch refuse it");
  CHECK(pushed.error().detail.find("protected") != std::string::npos);
}

TEST_CASE("hooks of the mirror do not run") {
  Pair pair;
  const auto hook = pair.mirror.path() / "hooks/reference-transaction";
  std::filesystem::create_directories(hook.parent_path());
  REQUIRE(write_file(hook, "#!/bin/sh\nexit 1\n"));
  std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
  REQUIRE(pair.remote.repository.set_ref("refs/heads/main", pair.remote.commit({}, {put("a", "1")})));
  CHECK(fetch(pair.mirror.path(), pair.address, {"+refs/heads/*:refs/heads/*"}));
}

TEST_CASE("a refspec that could be an option or lead elsewhere is refused") {
  const Pair pair;
  const auto* const refspec =
      GENERATE("--upload-pack=touch /tmp/x", "main", "refs/heads/x", "refs/heads/../x:refs/heads/x",
               "refs/heads/x:refs/heads/-x y", "^refs/heads/x", "refs/heads/a:refs/heads/b:refs/heads/c", "+", "");
  CAPTURE(refspec);
  const auto fetched = fetch(pair.mirror.path(), pair.address, {refspec});
  CHECK(fetched.error().kind == ErrorKind::invalid);
  CHECK(fetched.error().message ==
        "'" + std::string(refspec) + "' is not a refspec; write refs/heads/x:refs/heads/x, with a '+' before to force");
}

TEST_CASE("a branch that is not named in full is refused") {
  Pair pair;
  const auto* const ref = GENERATE("main", "--force", "refs/heads/*", "refs/heads/a:b", "refs/heads/a b", "");
  CAPTURE(ref);
  const auto pushed = pair.push_branch(ref, kUnknown, std::nullopt);
  CHECK(pushed.error().kind == ErrorKind::invalid);
  CHECK(pushed.error().message ==
        "'" + std::string(ref) + "' is not the full name of a branch, such as refs/heads/main");
}

struct UrlCase {
  std::string url;
  std::string message;
};

TEST_CASE("a remote that would start a program or hold credentials is refused") {
  const Fixture mirror;
  const auto c = GENERATE(values<UrlCase>({
      {"ext::sh -c id", "'ext::sh -c id' is not a remote; write http://…, https://… or an absolute path"},
      {"--upload-pack=x", "'--upload-pack=x' is not a remote; write http://…, https://… or an absolute path"},
      {"git@host:x", "'git@host:x' is not a remote; write http://…, https://… or an absolute path"},
      {"https://u:p@host/x", "'https://***@host/x' has credentials in it; give them apart from the URL"},
  }));
  const auto fetched = fetch(mirror.path(), {c.url, "", Secret()}, {"+refs/heads/*:refs/heads/*"});
  CHECK(fetched.error().kind == ErrorKind::invalid);
  CHECK(fetched.error().message == c.message);
}

TEST_CASE("credentials are in no argument and in no plain variable of the program") {
  const auto spec = git_command("/data/mirror.git",
                                {"https://forge.example:3000/acme/infra.git", "bot", Secret("hunter2")}, {"fetch"}, {});
  REQUIRE(spec);
  const std::string encoded = base64_encode("bot:hunter2");
  for (const std::string& argument : spec->argv) CHECK(argument.find("hunter2") == std::string::npos);
  for (const auto& [name, value] : spec->environment) {
    CHECK(value.find("hunter2") == std::string::npos);
    CHECK(value.find(encoded) == std::string::npos);
  }
  REQUIRE(spec->secret_environment.size() == 1);
  CHECK(spec->secret_environment[0].second.reveal() == "Authorization: Basic " + encoded);
  const std::pair<std::string, std::string> bound = {"GIT_CONFIG_KEY_21",
                                                     "http.https://forge.example:3000/.extraHeader"};
  CHECK(std::find(spec->environment.begin(), spec->environment.end(), bound) != spec->environment.end());
  CHECK(spec->secret_environment[0].first == "GIT_CONFIG_VALUE_21");
}

TEST_CASE("a local remote and an anonymous one get no credentials") {
  CHECK(git_command("/m", {"/srv/repo.git", "bot", Secret("x")}, {}, {})->secret_environment.empty());
  CHECK(git_command("/m", {"https://host/r.git", "", Secret()}, {}, {})->secret_environment.empty());
}

/// Answers every request with one status and remembers what it was asked.
class StatusServer {
 public:
  explicit StatusServer(int status) {
    const auto answer = [this, status](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      authorizations_.push_back(request.get_header_value("Authorization"));
      response.status = status;
      response.set_header("Location", "/elsewhere.git/info/refs?service=git-upload-pack");
      response.set_content("echo: " + authorizations_.back(), "text/plain");
    };
    server_.Get(".*", answer);
    server_.Post(".*", answer);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  StatusServer(const StatusServer&) = delete;
  StatusServer& operator=(const StatusServer&) = delete;
  ~StatusServer() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/acme/infra.git"; }
  std::vector<std::string> authorizations() {
    const std::lock_guard lock(mutex_);
    return authorizations_;
  }

 private:
  httplib::Server server_;
  std::mutex mutex_;
  std::vector<std::string> authorizations_;
  int port_ = 0;
  std::thread thread_;
};

struct StatusCase {
  int status;
  ErrorKind kind;
  std::string meaning;
};

TEST_CASE("what the forge answers decides the kind of the error") {
  const Fixture mirror;
  const auto c = GENERATE(values<StatusCase>({
      {401, ErrorKind::forbidden, "the credentials were refused; check the token"},
      {403, ErrorKind::forbidden, "the credentials do not allow it; check the token's rights"},
      {404, ErrorKind::not_found, "there is no such repository, or it may not be seen"},
      {429, ErrorKind::unavailable, "the host asks to wait"},
      {500, ErrorKind::unavailable, "the host has a fault"},
      {503, ErrorKind::unavailable, "the host has a fault"},
      {302, ErrorKind::invalid, "the host sends elsewhere; write the repository's present URL"},
  }));
  StatusServer server(c.status);

  const auto fetched =
      fetch(mirror.path(), {server.url(), "bot", Secret("hunter2hunter2")}, {"+refs/heads/*:refs/heads/*"});

  REQUIRE_FALSE(fetched);
  CAPTURE(c.status, fetched.error().detail);
  CHECK(fetched.error().kind == c.kind);
  CHECK(fetched.error().message == "cannot fetch from " + server.url() + ": " + c.meaning);
  CHECK(fetched.error().detail.find("hunter2") == std::string::npos);
  CHECK(fetched.error().detail.find(base64_encode("bot:hunter2hunter2").substr(8, 12)) == std::string::npos);
  REQUIRE_FALSE(server.authorizations().empty());
  CHECK(server.authorizations().front() == "Basic " + base64_encode("bot:hunter2hunter2"));
}

TEST_CASE("a host that refuses connections is unavailable") {
  const Fixture mirror;
  const auto fetched = fetch(mirror.path(), {"http://127.0.0.1:1/x.git", "", Secret()}, {"+refs/heads/*:refs/heads/*"});
  CHECK(fetched.error().kind == ErrorKind::unavailable);
  CHECK(fetched.error().message == "cannot fetch from http://127.0.0.1:1/x.git: the host cannot be reached");
}

TEST_CASE("the version of git is its number") {
  const auto version = git_version();
  REQUIRE(version);
  CHECK(version->find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace
}  // namespace towline::git
