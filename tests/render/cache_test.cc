#include <catch2/catch.hpp>

#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "render/fixture.h"
#include "render/render_cache.h"
#include "support/eventually.h"

namespace towline::render::test {
namespace {

Outcome outcome(const std::string& name) {
  Outcome result;
  result.rendered.problems.push_back({name, 0, ""});
  return result;
}

TEST_CASE("a render is not repeated while its input is the same") {
  Fixture fixture;
  const CommitId one = fixture.commit({{"p/a.yaml", config_map("a")}, {"q/b.yaml", config_map("b")}});
  const CommitId two = fixture.commit({{"q/b.yaml", config_map("c")}}, one);
  Renderer renderer({});
  const auto first = renderer.render(fixture.repository, one, plain_application("p")).value();
  const auto second = renderer.render(fixture.repository, two, plain_application("p")).value();
  CHECK(keys(first) == keys(second));
  CHECK(renderer.counters().misses == 1);
  CHECK(renderer.counters().hits == 1);
}

TEST_CASE("another tree, namespace or mode is another render") {
  Fixture fixture;
  const CommitId one = fixture.commit({{"p/a.yaml", config_map("a")}, {"p/below/b.yaml", config_map("b")}});
  const CommitId two = fixture.commit({{"p/a.yaml", config_map("c")}}, one);
  Renderer renderer({});
  discovery::Application elsewhere = plain_application("p");
  elsewhere.ns = "elsewhere";
  CHECK(keys(renderer.render(fixture.repository, one, plain_application("p")).value()) == Texts{"ConfigMap pay/a"});
  CHECK(keys(renderer.render(fixture.repository, two, plain_application("p")).value()) == Texts{"ConfigMap pay/c"});
  CHECK(keys(renderer.render(fixture.repository, one, elsewhere).value()) == Texts{"ConfigMap elsewhere/a"});
  CHECK(keys(renderer.render(fixture.repository, one, plain_application("p", true)).value()) ==
        Texts{"ConfigMap pay/a", "ConfigMap pay/b"});
  CHECK(renderer.counters().hits == 0);
}

TEST_CASE("the least recently used render is forgotten first") {
  RenderCache cache(2);
  const auto make = [](const char* name) { return [name] { return Result<Outcome>(outcome(name)); }; };
  REQUIRE(cache.get("a", make("a")).has_value());
  REQUIRE(cache.get("b", make("b")).has_value());
  REQUIRE(cache.get("a", make("again")).value().problems[0].path == "a");
  REQUIRE(cache.get("c", make("c")).has_value());
  CHECK(cache.get("a", make("again")).value().problems[0].path == "a");
  CHECK(cache.get("b", make("again")).value().problems[0].path == "again");
}

TEST_CASE("what may pass is not kept") {
  RenderCache cache(2);
  Outcome passing = outcome("missing program");
  passing.lasting = false;
  REQUIRE(cache.get("a", [&] { return Result<Outcome>(passing); }).has_value());
  CHECK(cache.get("a", [] { return Result<Outcome>(outcome("fresh")); }).value().problems[0].path == "fresh");
}

TEST_CASE("an error is not kept") {
  RenderCache cache(2);
  const auto failed = cache.get("a", [] { return Result<Outcome>(fail(ErrorKind::internal, "broken")); });
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().message == "broken");
  CHECK(cache.get("a", [] { return Result<Outcome>(outcome("fresh")); }).value().problems[0].path == "fresh");
}

TEST_CASE("two that ask for the same render at the same time share one") {
  RenderCache cache(2);
  std::promise<void> started;
  std::promise<void> go_on;
  std::thread leader([&] {
    static_cast<void>(cache.get("a", [&] {
      started.set_value();
      go_on.get_future().wait();
      return Result<Outcome>(outcome("leader"));
    }));
  });
  started.get_future().wait();
  auto follower = std::async(std::launch::async, [&] {
    return cache.get("a", [] { return Result<Outcome>(outcome("follower")); }).value().problems[0].path;
  });
  CHECK(towline::test::eventually([&] { return cache.counters().hits == 1; }));
  go_on.set_value();
  leader.join();
  CHECK(follower.get() == "leader");
  CHECK(cache.counters().misses == 1);
}

TEST_CASE("those that wait for a render that is broken off are told") {
  RenderCache cache(2);
  std::promise<void> started;
  std::promise<void> go_on;
  auto leader = std::async(std::launch::async, [&] {
    return cache.get("a", [&]() -> Result<Outcome> {
      started.set_value();
      go_on.get_future().wait();
      throw std::runtime_error("out of memory");
    });
  });
  started.get_future().wait();
  auto follower =
      std::async(std::launch::async, [&] { return cache.get("a", [] { return Result<Outcome>(outcome("b")); }); });
  CHECK(towline::test::eventually([&] { return cache.counters().hits == 1; }));
  go_on.set_value();
  CHECK_THROWS(leader.get());
  CHECK(follower.get().error().message == "the render that this one waited for was broken off");
}

}  // namespace
}  // namespace towline::render::test
