#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "discovery/application_set.h"
#include "gotemplate/value.h"
#include "support/paths.h"

/// What a real Argo CD's ApplicationSet controller made of the ApplicationSets in tests/render/argocd/repo/argocd/sets,
/// recorded by tests/render/argocd/record.sh.
namespace towline::discovery {
namespace {

const std::filesystem::path kSource = towline::test::source_dir();

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::map<std::string, std::string> texts(const Json& json) {
  return json.is_object() ? json.get<std::map<std::string, std::string>>() : std::map<std::string, std::string>{};
}

/// The clusters of the recording; the first one is the API server's, whose address the recording hides.
std::vector<Cluster> clusters() {
  std::vector<Cluster> all;
  const Json listed = parse_json(read(kSource / "tests/render/argocd/clusters.json")).value();
  for (const Json& one : listed) {
    const std::string server = json_string(one, "/server");
    all.push_back({json_string(one, "/name"), server.empty() ? "https://payments.example.com" : server,
                   texts(one.value("labels", Json())), texts(one.value("annotations", Json()))});
  }
  return all;
}

/// Without what is empty, which a typed object does not write.
Json compact(Json json) {
  if (json.is_array()) {
    for (Json& item : json) item = compact(std::move(item));
  }
  if (!json.is_object()) return json;
  Json kept = Json::object();
  for (auto& [key, value] : json.items()) {
    Json inner = key == "valuesObject" ? value : compact(value);
    if (!inner.is_null() && !(inner.is_structured() && inner.empty())) kept[key] = std::move(inner);
  }
  return kept;
}

/// What Argo CD's controller adds to an Application after its template: a finalizer where it has none.
Json without_default_finalizer(Json application) {
  if (application["metadata"].value("finalizers", Json()) == Json::array({"resources-finalizer.argocd.argoproj.io"})) {
    application["metadata"].erase("finalizers");
  }
  return application;
}

Json recorded(const std::string& name) {
  return parse_json(read(kSource / "tests/golden/argocd/sets" / (name + ".json"))).value();
}

std::set<std::string> applications_of(const Json& list) {
  std::set<std::string> all;
  for (const Json& one : list) all.insert(compact(without_default_finalizer(one)).dump(1));
  return all;
}

struct Named {
  std::string name;
  std::string path;
  yaml::Node root;
};

std::vector<Named> recorded_sets(const TreeIndex& index) {
  std::vector<Named> sets;
  for (const std::string& path : index.paths()) {
    if (!path.starts_with("argocd/sets/")) continue;
    const std::string text = index.read(path).value();
    const std::vector<yaml::Document> documents = yaml::parse(text).value();
    for (const yaml::Document& document : documents) {
      const yaml::Node root = yaml::expand(document.root).value();
      sets.push_back({std::string(root.find_path({"metadata", "name"})->text()), path, root});
    }
  }
  return sets;
}

TEST_CASE("an ApplicationSet makes the Applications that a real Argo CD makes of it") {
  const git::DirectoryTree tree(kSource / "tests/render/argocd/repo");
  const TreeIndex index = TreeIndex::create(tree).value();
  const std::vector<Named> sets = recorded_sets(index);
  REQUIRE(sets.size() >= 100);
  ExpansionBudget budget;
  for (const Named& set : sets) {
    INFO("ApplicationSet " << set.name);
    const Json expected = recorded(set.name);
    const ExpandedSet expanded = expand_application_set(index, set.path, set.root, clusters(), budget);
    Json made = Json::array();
    for (const GeneratedApplication& one : expanded.applications) {
      Json object = parse_json(to_json(gotemplate::go_value_of(one.root), true).value()).value();
      object.erase("apiVersion");
      object.erase("kind");
      made.push_back(std::move(object));
    }
    // A function that is left out is told, whatever Argo CD makes of it.
    if (set.name.ends_with("-unsupported")) {
      REQUIRE(expanded.problems.size() == 1);
      CHECK(expanded.problems[0].message.find("is not supported") != std::string::npos);
      continue;
    }
    INFO((expanded.problems.empty() ? std::string("no problem") : expanded.problems[0].message));
    CHECK(expanded.problems.empty() == !expected.contains("error"));
    CHECK(applications_of(made) == applications_of(expected["applications"]));
  }
}

}  // namespace
}  // namespace towline::discovery
