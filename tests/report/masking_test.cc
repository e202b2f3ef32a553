#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <string>

#include "base/crypto.h"
#include "diff/diff.h"
#include "policy/native/rules.h"
#include "report/change_block.h"
#include "report/pages/pages.h"
#include "report/report.h"
#include "report/snapshots.h"

namespace towline::report::test {
namespace {

/// Letters that stand nowhere else in a report.
std::string secret_value() {
  return "Hunter" + *rc::gen::container<std::string>(*rc::gen::inRange<std::size_t>(6, 40),
                                                     rc::gen::elementOf(std::string("QXZJKVW7")));
}

std::vector<manifest::Resource> secret(const std::string& value, bool encoded) {
  const std::string fields =
      encoded ? "data: {password: \"" + base64_encode(value) + "\"}" : "stringData: {password: " + value + "}";
  return manifest::parse_manifests("secret.yaml",
                                   "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n" + fields + "\n", "pay")
      .resources;
}

TEST_CASE("masked values occur in no comment and on no page, neither clear nor as base64") {
  const Templates templates = Templates::load().value();
  CHECK(rc::check([&] {
    const std::string before = secret_value();
    const std::string after = secret_value();
    const bool encoded = *rc::gen::arbitrary<bool>();
    const auto base = *rc::gen::arbitrary<bool>() ? secret(before, encoded) : std::vector<manifest::Resource>();
    const auto head = *rc::gen::arbitrary<bool>() ? secret(after, encoded) : std::vector<manifest::Resource>();
    Case given = blocked();
    evaluate::ApplicationReport& report = given.snapshot.evaluation->applications[0];
    report.diff = diff::diff_resources(base, head, Secret("key"));
    if (*rc::gen::arbitrary<bool>()) {
      for (diff::Change& change : report.diff.changes) {
        for (diff::FieldChange& field : change.fields) field.hidden_by = "a rule";
      }
    }
    given.snapshot.evaluation->findings = policy::check("pay-prod", head, {}, {});
    std::string all = page(templates, given.snapshot, given.decision);
    for (const std::size_t limit : {std::size_t{2'500}, std::size_t{65'536}}) {
      for (const std::string& body : comments(templates, given.snapshot, given.decision, "abc", limit)) all += body;
    }
    for (const diff::Change& change : report.diff.changes) {
      all += change_markdown(templates, change, Noise::shown) + change_html(templates, change, Noise::shown);
    }
    for (const std::string& value : {before, after}) {
      RC_ASSERT(all.find(value) == std::string::npos);
      RC_ASSERT(all.find(base64_encode(value)) == std::string::npos);
    }
    RC_ASSERT(report.diff.empty() || all.find("secret values are masked") != std::string::npos || before == after);
  }));
}

TEST_CASE("credentials that sentences quote occur in no comment and on no page") {
  const Templates templates = Templates::load().value();
  const std::string value = "HunterQXZJ7";
  Case given = blocked();
  evaluate::ApplicationReport& report = given.snapshot.evaluation->applications[0];
  report.problems = {"helm: cannot read values: password: " + value};
  report.diff.remarks = {"DB_PASSWORD=" + value};
  report.diff.dangers = {
      {manifest::ResourceKey{"", "ConfigMap", "pay", "c"}, "the URL is postgres://u:" + value + "@db"}};
  report.replaced_images = {{"https://u:" + value + "@registry/a", "b"}};
  given.snapshot.evaluation->findings = {
      {policy::Level::fail, "kubeconform", "pay", "ConfigMap c", "c.yaml", "at {\"token\": \"" + value + "\"}",
       "replace --api-key=" + value},
  };
  given.snapshot.evaluation->unseen = {"token: " + value};
  std::string all = page(templates, given.snapshot, given.decision);
  for (const std::string& body : comments(templates, given.snapshot, given.decision, "abc", 65'536)) all += body;
  CHECK(all.find(value) == std::string::npos);
  CHECK(all.find("postgres://u:***@db") != std::string::npos);
}

}  // namespace
}  // namespace towline::report::test
