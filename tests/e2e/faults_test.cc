#include <algorithm>
#include <catch2/catch.hpp>
#include <cctype>
#include <iostream>
#include <map>
#include <mutex>
#include <set>

#include "base/text.h"
#include "world.h"

using namespace towline;
using namespace towline::test;

namespace {

/// "GET /api/v1/repos/acme/infra/pulls/12?x=1" -> "GET /api/v1/repos/acme/infra/pulls/N": calls of one kind.
std::string kind_of(std::string_view request) {
  std::string kind;
  for (const auto part : split(request.substr(0, request.find('?')), '/')) {
    const bool number =
        !part.empty() && std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    const bool commit = part.size() == 40;
    kind += (kind.empty() ? "" : "/") + (number ? std::string("N") : commit ? std::string("SHA") : std::string(part));
  }
  return kind;
}

/// The story of an image, from the registry to prod.
void play(World& world) {
  world.push_image("ghcr.io/acme/pay", "1.5.0", kDigest);
  world.settle();
  const auto prod = world.town().pull_on("towline/prod/pay");
  world.town().say(prod.number, "alice", "/approve");
  world.settle();
}

/// What must hold however the story went: nothing is missing and nothing is there twice.
void check_end(const Town& town) {
  const auto pulls = town.pulls();
  REQUIRE(pulls.size() == 2);
  for (const auto& pull : pulls) {
    CAPTURE(pull.title, pull.open, pull.merged);
    CHECK(pull.merged);
    CHECK(town.bot_comments(pull.number).size() == 1);
  }
  CHECK(town.file("apps/dev/services/pay/deployment.yaml").find("ghcr.io/acme/pay:1.5.0") != std::string::npos);
  CHECK(town.file("apps/prod/services/pay/deployment.yaml").find("ghcr.io/acme/pay:1.5.0@sha256:") !=
        std::string::npos);
}

struct FaultCase {
  std::string name;
  forge::Sandbox::Fault fault;
  bool writes_only;
  bool merge_only;
};

const std::vector<FaultCase>& fault_cases() {
  static const std::vector<FaultCase> kCases = {
      {"500", {500, R"({"message":"internal"})", false, false}, false, false},
      {"500 after it took effect", {500, R"({"message":"internal"})", true, false}, true, false},
      {"connection lost", {0, "", false, true}, false, false},
      {"connection lost after it took effect", {0, "", true, true}, true, false},
      {"409", {409, R"({"message":"conflict"})", false, false}, true, false},
      {"405 try again later", {405, R"({"message":"Please try again later"})", false, false}, false, true},
      {"409 head out of date", {409, R"({"message":"head out of date"})", false, false}, false, true},
  };
  return kCases;
}

/// Every kind of API call of the undisturbed story.
const std::set<std::string>& calls_of_the_story() {
  static const std::set<std::string> kCalls = [] {
    std::set<std::string> calls;
    std::mutex mutex;
    World world;
    world.town().sandbox->set_fault_hook([&](std::string_view request) -> std::optional<forge::Sandbox::Fault> {
      const std::lock_guard lock(mutex);
      if (request.find("/api/v1/") != std::string_view::npos) calls.insert(kind_of(request));
      return std::nullopt;
    });
    play(world);
    world.town().sandbox->set_fault_hook({});
    check_end(world.town());
    return calls;
  }();
  return kCalls;
}

bool applies(const FaultCase& fault, const std::string& call) {
  const bool is_merge = call.ends_with("/merge");
  if (fault.merge_only) return is_merge;
  return !fault.writes_only || !call.starts_with("GET");
}

}  // namespace

TEST_CASE("the story ends right although any one forge call fails once") {
  REQUIRE(calls_of_the_story().size() > 10);
  for (const FaultCase& fault : fault_cases()) {
    for (const std::string& call : calls_of_the_story()) {
      if (!applies(fault, call)) continue;
      DYNAMIC_SECTION(call << " gives " << fault.name) {
        World world;
        std::mutex mutex;
        bool failed = false;
        world.town().sandbox->set_fault_hook([&](std::string_view request) -> std::optional<forge::Sandbox::Fault> {
          const std::lock_guard lock(mutex);
          if (failed || kind_of(request) != call) return std::nullopt;
          failed = true;
          return fault.fault;
        });
        play(world);
        CHECK(failed);
        world.town().sandbox->set_fault_hook({});
        check_end(world.town());
      }
    }
  }
}
