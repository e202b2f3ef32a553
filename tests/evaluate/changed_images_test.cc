#include "evaluate/changed_images.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace towline::evaluate {
namespace {

using Texts = std::vector<std::string>;

/// A Deployment with containers "name image".
std::string workload(const std::string& name, const std::vector<std::pair<std::string, std::string>>& containers) {
  std::string text = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: " + name +
                     "}\nspec:\n  template:\n    spec:\n      containers:\n";
  for (const auto& [container, image] : containers) {
    text += "        - {name: " + container + ", image: \"" + image + "\"}\n";
  }
  return text;
}

Texts read(const std::string& base, const std::string& head) {
  evaluate::ApplicationReport report;
  read_images(manifest::parse_manifests("a.yaml", base, "pay").resources,
              manifest::parse_manifests("a.yaml", head, "pay").resources, report);
  Texts all;
  for (const auto& change : report.images) {
    all.push_back(change.name.str() + " " + change.from.str() + " -> " + change.to.str());
  }
  for (const auto& image : report.replaced_images) all.push_back("[" + image.before + "] -> [" + image.after + "]");
  return all;
}

struct Case {
  const char* what;
  std::string base;
  std::string head;
  Texts expected;
};

const std::vector<Case> kCases = {
    {"another version",
     workload("pay", {{"app", "ghcr.io/acme/pay:1"}}),
     workload("pay", {{"app", "ghcr.io/acme/pay:2"}}),
     {"ghcr.io/acme/pay 1 -> 2"}},
    {"another name",
     workload("pay", {{"app", "acme/pay:1"}}),
     workload("pay", {{"app", "ghcr.io/acme/pay:1"}}),
     {"[acme/pay:1] -> [ghcr.io/acme/pay:1]"}},
    {"a new container",
     workload("pay", {{"app", "acme/pay:1"}}),
     workload("pay", {{"app", "acme/pay:1"}, {"proxy", "envoy:3"}}),
     {"[] -> [envoy:3]"}},
    {"a container that goes",
     workload("pay", {{"app", "acme/pay:1"}, {"proxy", "envoy:3"}}),
     workload("pay", {{"app", "acme/pay:1"}}),
     {"[envoy:3] -> []"}},
    {"a new workload", "", workload("pay", {{"app", "acme/pay:1"}}), {"[] -> [acme/pay:1]"}},
    {"a workload of another name",
     workload("old", {{"app", "acme/pay:1"}}),
     workload("new", {{"app", "acme/pay:1"}}),
     {}},
    {"a workload of another name and version",
     workload("old", {{"app", "acme/pay:1"}}),
     workload("new", {{"app", "acme/pay:2"}}),
     {"docker.io/acme/pay 1 -> 2"}},
    {"one of two containers goes, and the other is called otherwise",
     workload("pay", {{"a", "acme/pay:1"}, {"b", "acme/pay:2"}}),
     workload("pay", {{"c", "acme/pay:2"}}),
     {"[acme/pay:1] -> []"}},
    {"the same new image twice",
     workload("pay", {{"app", "acme/pay:1"}}),
     workload("pay", {{"app", "acme/pay:1"}, {"a", "envoy:3"}, {"b", "envoy:3"}}),
     {"[] -> [envoy:3]"}},
    {"what is no reference",
     workload("pay", {{"app", "acme/pay:1"}}),
     workload("pay", {{"app", "{{ image }}"}}),
     {"[acme/pay:1] -> [{{ image }}]"}},
    {"another spelling of the same image",
     workload("pay", {{"app", "nginx:1"}}),
     workload("pay", {{"app", "docker.io/library/nginx:1"}}),
     {}},
};

}  // namespace

TEST_CASE("images that change, come, go or take another's place are told, each once") {
  for (const Case& one : kCases) {
    CAPTURE(one.what);
    CHECK(read(one.base, one.head) == one.expected);
  }
}

}  // namespace towline::evaluate
