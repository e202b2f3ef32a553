#include <catch2/catch.hpp>

#include <string>

#include "diff/images.h"
#include "diff/manifests.h"

namespace towline::diff::test {
namespace {

std::string deployment(std::string_view pod_spec) {
  return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: pay}\nspec: {template: {spec: " +
         std::string(pod_spec) + "}}\n";
}

TEST_CASE("images are paired by workload and container") {
  const auto deltas =
      image_deltas(resources(deployment(
                       "{initContainers: [{name: db, image: \"proxy:1\"}], containers: [{name: app, image: \"pay:1\"}, "
                       "{name: log, image: \"log:1\"}]}")),
                   resources(deployment(
                       "{initContainers: [{name: db, image: \"proxy:2\"}], containers: [{name: log, image: \"log:1\"}, "
                       "{name: app, image: \"pay:2\"}]}")));
  const manifest::ResourceKey key{"apps", "Deployment", "pay", "pay"};
  CHECK(deltas == std::vector<ImageDelta>{{key, "app", "pay:1", "pay:2"}, {key, "db", "proxy:1", "proxy:2"}});
}

TEST_CASE("a container that is new or gone has one side only") {
  const auto deltas = image_deltas(resources(deployment("{containers: [{name: a, image: \"x:1\"}]}")),
                                   resources(deployment("{containers: [{name: b, image: \"x:2\"}]}")));
  const manifest::ResourceKey key{"apps", "Deployment", "pay", "pay"};
  CHECK(deltas == std::vector<ImageDelta>{{key, "a", "x:1", ""}, {key, "b", "", "x:2"}});
}

TEST_CASE("what is no workload has no images") {
  CHECK(image_deltas({}, resources("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
                                   "spec: {containers: [{name: a, image: \"x:1\"}]}\n"))
            .empty());
}

}  // namespace
}  // namespace towline::diff::test
