// A pull request that changes only where an application goes.
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/text.h"
#include "generated_world.h"

namespace towline::evaluate::test {
namespace {

using Texts = std::vector<std::string>;

Texts fields(const evaluate::Evaluation& evaluation) {
  Texts all;
  for (const auto& report : evaluation.applications) {
    for (const auto& change : report.diff.changes) {
      for (const auto& field : change.fields) {
        all.push_back(report.application.name + ": " + field.path + ": " + field.before.value_or("-") + " -> " +
                      field.after.value_or("-"));
      }
    }
  }
  return all;
}

std::string with(const std::string& text, const std::string& from, const std::string& to) {
  return replace_all(text, from, to);
}

const std::string kPay = argo("pay", "apps/pay");
const std::string kOne = "https://one.example.com";

struct Case {
  const char* what;
  std::string after;
  Texts expected;
};

const std::vector<Case> kCases = {
    {"another cluster",
     with(kPay, kOne, "https://two.example.com"),
     {"pay: spec.destination.server: https://one.example.com -> https://two.example.com"}},
    {"another namespace",
     with(kPay, "namespace: pay", "namespace: paid"),
     {"pay: spec.destination.namespace: pay -> paid"}},
    {"another branch",
     with(kPay, "path: apps/pay}", "path: apps/pay, targetRevision: release}"),
     {"pay: spec.source.targetRevision: - -> release"}},
    {"pruning",
     kPay + "  syncPolicy: {automated: {prune: true}}\n",
     {"pay: spec.syncPolicy: - -> automated: {prune: true}"}},
    {"a comment", "# said\n" + kPay, {}},
};

}  // namespace

TEST_CASE("where an application goes is shown, though its resources stay the same") {
  for (const Case& one : kCases) {
    CAPTURE(one.what);
    GeneratedWorld world("/nonexistent");
    const CommitId base =
        world.commit({{"root/pay.yaml", kPay},
                      {"apps/pay/map.yaml", with(config_map("pay"), "name: pay", "name: pay, namespace: x")}});
    const auto evaluation = world.pull(base, {{"root/pay.yaml", one.after}});
    const auto same = world.pull(base, {{"root/pay.yaml", kPay + "# nothing\n"}});
    CHECK(fields(evaluation).size() == one.expected.size());
    if (fields(evaluation).size() == 1 && one.expected.size() == 1) {
      CHECK_THAT(fields(evaluation)[0], Catch::StartsWith(one.expected[0].substr(0, 30)));
    }
    // An approval of the one is none of the other.
    CHECK((evaluation.diff_hash == same.diff_hash) == one.expected.empty());
  }
}

TEST_CASE("where a set's applications go is shown in each") {
  const std::string set =
      "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: all}\nspec:\n"
      "  generators: [{list: {elements: [{name: pay}, {name: web}]}}]\n  template:\n"
      "    metadata: {name: '{{name}}'}\n    spec:\n"
      "      source: {repoURL: 'https://git.example.com/acme/infra', path: 'apps/{{name}}'}\n"
      "      destination: {server: 'https://one.example.com', namespace: x}\n";
  GeneratedWorld world("/nonexistent");
  const CommitId base = world.commit(
      {{"sets/all.yaml", set}, {"apps/pay/map.yaml", config_map("pay")}, {"apps/web/map.yaml", config_map("web")}});
  const auto evaluation = world.pull(base, {{"sets/all.yaml", with(set, kOne, "https://two.example.com")}});
  CHECK(fields(evaluation) ==
        Texts{"pay: spec.destination.server: https://one.example.com -> https://two.example.com",
              "web: spec.destination.server: https://one.example.com -> https://two.example.com"});
}

TEST_CASE("where an application applies the declaration, its report shows the change, once") {
  GeneratedWorld world("/nonexistent");
  const CommitId base = world.commit(
      {{"root.yaml", argo("root", "root")}, {"root/pay.yaml", kPay}, {"apps/pay/map.yaml", config_map("pay")}});
  const auto evaluation = world.pull(base, {{"root/pay.yaml", with(kPay, kOne, "https://two.example.com")}});
  CHECK(told(evaluation) == Texts{"pay:", "root: ~Application/pay"});
  CHECK(fields(evaluation) ==
        Texts{"root: spec.destination.server: https://one.example.com -> https://two.example.com"});
}

}  // namespace towline::evaluate::test
