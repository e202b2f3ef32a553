#include <httplib.h>

#include <catch2/catch.hpp>

#include "base/json.h"
#include "git/transport.h"
#include "sandbox_place.h"

namespace towline::test {
namespace {

git::Remote remote(const Place& place, std::string_view token) {
  return {place.url() + "/acme/infra.git", token.empty() ? "" : "anyone", Secret(std::string(token))};
}

/// A clone with one commit on top of the branch: what somebody is about to push.
struct Clone {
  TemporaryDirectory directory = must(TemporaryDirectory::create("towline-clone"));
  CommitId commit;

  Clone(const Place& place, std::string_view branch) {
    auto repository = must(git::Repository::init_bare(directory.path(), "main"));
    must(git::fetch(directory.path(), remote(place, ""), {"+refs/*:refs/*"}));
    git::NewCommit change;
    change.parent = place.head(branch);
    change.edits = {{"apps/dev/pay.yaml", "image: ghcr.io/acme/pay:1.2.0\n"}};
    change.author = {"alice", "alice@example.com", must(parse_time("2026-11-17T14:00:01Z"))};
    change.message = "Bump pay again\n";
    commit = must(repository.write_commit(change));
  }

  Result<void> push(const Place& place, std::string_view token, const std::string& ref,
                    std::optional<CommitId> expected) const {
    return git::push(directory.path(), remote(place, token), {{ref, commit, std::move(expected)}});
  }
};

httplib::Headers protocol_2() { return {{"Git-Protocol", "version=2"}}; }
constexpr const char* kUploadPack = "/acme/infra.git/git-upload-pack";
constexpr const char* kUploadType = "application/x-git-upload-pack-request";
constexpr std::string_view kListRefs = "0014command=ls-refs\n00010000";

}  // namespace

TEST_CASE("a push with a writer's token moves the branch and the pull request that comes from it") {
  Place place;
  place.open_pull("change/pay");
  const Clone clone(place, "change/pay");

  must(clone.push(place, "alice-token", "refs/heads/change/pay", place.head("change/pay")));

  CHECK(place.head("change/pay") == clone.commit);
  CHECK(must(place.repository().resolve("refs/pull/1/head")) == clone.commit);
  CHECK(place.send("GET", "/api/v1/repos/acme/infra/pulls/1").body.find(clone.commit.str()) != std::string::npos);
}

TEST_CASE("deleting a branch by a push closes the pull requests that come from it") {
  Place place;
  place.open_pull("change/pay");
  const Clone clone(place, "main");

  must(git::push(clone.directory.path(), remote(place, "alice-token"),
                 {{"refs/heads/change/pay", std::nullopt, place.head("change/pay")}}));

  const auto pull = must(parse_json(place.send("GET", "/api/v1/repos/acme/infra/pulls/1").body));
  CHECK(json_string(pull, "/state") == "closed");
  CHECK(json_string(pull, "/head/label") == "change/pay");
  CHECK(json_string(pull, "/head/ref") == "refs/pull/1/head");
}

TEST_CASE("who may not write cannot push") {
  const auto token = GENERATE(std::string("carol-token"), std::string("wrong"), std::string());
  CAPTURE(token);
  Place place;
  const Clone clone(place, "main");

  const auto pushed = clone.push(place, token, "refs/heads/main", place.head("main"));

  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().kind == ErrorKind::forbidden);
  CHECK(place.head("main") != clone.commit);
}

TEST_CASE("the heads of pull requests cannot be pushed") {
  Place place;
  place.open_pull();
  const Clone clone(place, "main");
  const CommitId before = must(place.repository().resolve("refs/pull/1/head"));

  CHECK_FALSE(clone.push(place, "alice-token", "refs/pull/1/head", before));
  CHECK(must(place.repository().resolve("refs/pull/1/head")) == before);
}

TEST_CASE("git's requests arrive whole when they are compressed") {
  Place place;
  httplib::Client client(place.url());
  client.set_compress(true);
  const auto answer = client.Post(kUploadPack, protocol_2(), std::string(kListRefs), kUploadType);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.find(place.head("main").str() + " refs/heads/main") != std::string::npos);
}

TEST_CASE("git's requests arrive whole when they are sent in chunks") {
  Place place;
  httplib::Client client(place.url());
  const auto give = [](std::size_t, httplib::DataSink& sink) {
    sink.write(kListRefs.data(), kListRefs.size());
    sink.done();
    return true;
  };
  const auto answer = client.Post(kUploadPack, protocol_2(), give, kUploadType);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.find(place.head("main").str() + " refs/heads/main") != std::string::npos);
}

TEST_CASE("a repository that does not exist is hidden from strangers") {
  Place place;
  CHECK(place.send("GET", "/acme/nope.git/info/refs?service=git-upload-pack").status == 401);
  CHECK(place.send("GET", "/acme/nope.git/info/refs?service=git-upload-pack", "", "alice-token").status == 404);
}

}  // namespace towline::test
