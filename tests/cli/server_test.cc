#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "cli/program.h"
#include "support/child_process.h"
#include "support/paths.h"

namespace towline::cli {

namespace {

const std::string kToken = "gta_0123456789abcdef-the-token";
const Variables kCredentials = {{"GITEA_TOKEN", kToken}, {"GITEA_WEBHOOK_SECRET", "h00k-secret"}};

/// A configuration whose forge is at this port of 127.0.0.1.
std::string server_config(int port) {
  return "listen: 127.0.0.1:0\npublic_url: http://127.0.0.1:" + std::to_string(port) +
         "\ndata: ./data\nforges:\n  - name: gitea\n    kind: gitea\n    url: http://127.0.0.1:" +
         std::to_string(port) +
         "\n    token: {env: GITEA_TOKEN}\n    webhook_secrets: [{env: GITEA_WEBHOOK_SECRET}]\n"
         "    repositories: [acme/infra]\n";
}

std::string repository_config() {
  return "version: 1\nenvironments:\n  dev:\n    services: apps/dev/services/{service}\n"
         "    images:\n      - match: \"ghcr.io/acme/*\"\n        select: {semver: \">=0.1\"}\n";
}

}  // namespace

TEST_CASE("a valid configuration of a repository or of the server is told as such") {
  const Place place({{".towline.yaml", repository_config()},
                     {"towline.yaml", server_config(3000)},
                     {"other.yaml", server_config(3000)}});

  const Ran repository = towline({"config", "validate"}, place.path());
  CHECK(repository.exit_code == kDone);
  CHECK(repository.out == ".towline.yaml: a valid repository configuration with the environments dev\n");

  for (const std::string file : {"towline.yaml", "other.yaml"}) {
    const Ran server = towline({"config", "validate", file}, place.path(), kCredentials);
    CHECK(server.exit_code == kDone);
    CHECK(server.out == file + ": a valid server configuration with 1 forge and 0 registry receivers\n");
    CHECK(server.err.empty());
  }
}

TEST_CASE("the example configurations are valid") {
  const auto examples = std::filesystem::path(towline::test::source_dir()) / "config/examples";
  const Variables credentials = {{"GITEA_TOKEN", "t"}, {"GITEA_WEBHOOK_SECRET", "w"}, {"IMAGE_WEBHOOK_SECRET", "i"}};
  CHECK(towline({"config", "validate", "towline.yaml"}, examples, credentials).err == "");
  CHECK(towline({"config", "validate", "infra.towline.yaml"}, examples).err == "");
  CHECK(towline({"config", "validate"}, sample()).err == "");
}

TEST_CASE("a broken configuration is the answer no, with line, column and the nearest word") {
  struct Broken {
    std::string file;
    std::string text;
    std::string sentence;
  };
  const std::vector<Broken> cases = {
      {".towline.yaml", "version: 1\nenviroments: {}\n",
       "towline: .towline.yaml:2:1: unknown key 'enviroments', did you mean 'environments'?\n"},
      {"towline.yaml", "listen: 127.0.0.1:0\nforgse: []\n",
       "towline: towline.yaml:2:1: unknown key 'forgse', did you mean 'forges'?\n"},
      {".towline.yaml", "version: [\n", "towline: .towline.yaml:2:1: end of sequence flow not found\n"},
  };
  for (const Broken& broken : cases) {
    const Place place({{broken.file, broken.text}});
    const Ran ran = towline({"config", "validate", broken.file}, place.path());
    CAPTURE(broken.text);
    CHECK(ran.exit_code == kAnswerIsNo);
    CHECK(ran.err == broken.sentence);
    CHECK(ran.out.empty());
  }
}

TEST_CASE("a reviewer's machine has no credentials: the server's file is valid, and what the server needs is said") {
  const Place place({{"towline.yaml", server_config(3000)}});
  const Ran ran = towline({"config", "validate", "towline.yaml"}, place.path());
  CHECK(ran.exit_code == kDone);
  CHECK(ran.out == "towline.yaml: a valid server configuration with 1 forge and 0 registry receivers\n");
  CHECK_THAT(ran.err, Catch::StartsWith("towline: towline.yaml:8:18: the environment variable 'GITEA_TOKEN' is not "
                                        "set (here; the server needs it)\n"));

  const Ran json = towline({"config", "validate", "towline.yaml", "--format", "json"}, place.path());
  CHECK(json.exit_code == kDone);
  const Json answer = Json::parse(json.out);
  CHECK(answer["valid"] == true);
  CHECK(answer["absent_credentials"][0] == "towline.yaml:8:18: the environment variable 'GITEA_TOKEN' is not set");

  const Ran serve = towline({"serve", "--config", "towline.yaml"}, place.path());
  CHECK(serve.exit_code == kWrongUse);
  CHECK(serve.err == "towline: towline.yaml:8:18: the environment variable 'GITEA_TOKEN' is not set\n");
}

TEST_CASE("a configuration that is not there, a directory or too large is wrong use") {
  const Place place({{"large.yaml", std::string((1u << 20) + 1, '#')}});

  const Ran missing = towline({"config", "validate", "towline.yml"}, place.path());
  CHECK(missing.exit_code == kWrongUse);
  CHECK(missing.err == "towline: cannot read towline.yml: No such file or directory\n");

  const Ran directory = towline({"config", "validate", "."}, place.path());
  CHECK(directory.exit_code == kWrongUse);
  CHECK(directory.err == "towline: cannot read .: it is a directory\n");

  const Ran large = towline({"config", "validate", "large.yaml"}, place.path());
  CHECK(large.exit_code == kWrongUse);
  CHECK(large.err == "towline: cannot read large.yaml: it is larger than the limit of 1048576 bytes\n");
}

TEST_CASE("the schemas are JSON schemas") {
  for (const std::string which : {"repository", "server"}) {
    const Ran ran = towline({"config", "schema", which});
    CAPTURE(which);
    CHECK(ran.exit_code == kDone);
    const Json schema = Json::parse(ran.out);
    CHECK(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema");
    CHECK(schema["type"] == "object");
  }
}

TEST_CASE("doctor without a configuration looks at this machine alone") {
  const Ran text = towline({"doctor"});
  CHECK(text.exit_code == kDone);
  CHECK_THAT(text.out, Catch::StartsWith("ok    git: version 2.") && Catch::Contains("kustomize"));
  CHECK(text.err.empty());

  const Ran json = towline({"doctor", "--format", "json"});
  CHECK(json.exit_code == kDone);
  const Json symptoms = Json::parse(json.out);
  CHECK(symptoms[0]["health"] == "ok");
  CHECK(symptoms[0]["subject"] == "git");
}

TEST_CASE("doctor without a working sandbox says what to do, and fails") {
  const auto folder = TemporaryDirectory::create("towline-bin").value();
  std::ofstream(folder.path() / "bwrap") << "#!/bin/sh\nexit 1\n";
  std::filesystem::permissions(folder.path() / "bwrap", std::filesystem::perms::owner_all);
  const Ran ran = shell("PATH='" + folder.path().string() + ":/usr/bin:/bin' $TOWLINE doctor");
  CHECK(ran.exit_code == kAnswerIsNo);
  CHECK_THAT(ran.out, Catch::Contains("FAIL  sandbox: bubblewrap is missing or does not work, so nothing is rendered\n"
                                      "      install bubblewrap and let this user make user namespaces, or set "
                                      "render.sandbox to limits-only to render without a sandbox\n"));
}

TEST_CASE("doctor says what to do about a forge that cannot be reached, and never prints the token") {
  const int port = test::free_port().value();
  const Place place({{"towline.yaml", server_config(port)}});

  for (const std::string format : {"text", "json"}) {
    const Ran ran = towline({"doctor", "--config", "towline.yaml", "--format", format}, place.path(), kCredentials);
    CAPTURE(format);
    CHECK(ran.exit_code == kAnswerIsNo);
    CHECK_THAT(ran.out, Catch::Contains("gitea") &&
                            Catch::Contains("check the url, and that the token is valid and has the scopes") &&
                            Catch::Contains("start `towline serve`, and make public_url reachable from the forge"));
    CHECK_THAT(ran.out + ran.err, !Catch::Contains(kToken) && !Catch::Contains("h00k-secret"));
  }
}

TEST_CASE("doctor says what to do about a data directory that cannot be written") {
  const int port = test::free_port().value();
  const Place place({{"towline.yaml", server_config(port)}, {"data", "a file, no directory"}});

  const Ran ran = towline({"doctor", "--config", "towline.yaml"}, place.path(), kCredentials);

  CHECK(ran.exit_code == kAnswerIsNo);
  CHECK_THAT(ran.out, Catch::Contains("FAIL  data directory: ./data: Not a directory") &&
                          Catch::Contains("make it a directory where Towline's user may write"));
}

TEST_CASE("commands that need the server's configuration refuse one that is broken or not there") {
  const Place place({{"broken.yaml", "listen: 127.0.0.1:0\nforgse: []\n"}, {"unset.yaml", server_config(3000)}});
  for (const std::string command : {"serve", "reconcile", "doctor"}) {
    CAPTURE(command);
    const Ran broken = towline({command, "--config", "broken.yaml"}, place.path(), kCredentials);
    CHECK(broken.exit_code == kWrongUse);
    CHECK(broken.err == "towline: broken.yaml:2:1: unknown key 'forgse', did you mean 'forges'?\n");
    CHECK(broken.out.empty());

    const Ran unset = towline({command, "--config", "unset.yaml"}, place.path());
    CHECK(unset.exit_code == kWrongUse);
    CHECK(unset.err == "towline: unset.yaml:8:18: the environment variable 'GITEA_TOKEN' is not set\n");

    const Ran missing = towline({command, "--config", "towline.yml"}, place.path(), kCredentials);
    CHECK(missing.exit_code == kWrongUse);
    CHECK(missing.err == "towline: cannot read towline.yml: No such file or directory\n");
  }
}

TEST_CASE("reconcile refuses images and keys that it cannot mean") {
  const int port = test::free_port().value();
  const Place place({{"towline.yaml", server_config(port)}});
  struct Refusal {
    std::vector<std::string> arguments;
    std::string sentence;
  };
  const std::vector<Refusal> refusals = {
      {{"--image", "ghcr.io/acme/pay"}, "towline: 'ghcr.io/acme/pay' has no tag: write NAME:TAG or NAME:TAG@DIGEST\n"},
      {{"--image", "ghcr.io/acme/pay:not a tag"},
       "towline: 'ghcr.io/acme/pay:not a tag' is not an image reference: a space at character 21; a tag takes letters, "
       "digits, '_', '.' and '-', and begins with neither '.' nor '-'\n"},
      {{"--key", "nonsense"},
       "towline: 'nonsense' is not a key: write repo:FORGE/OWNER/NAME or pull:FORGE/OWNER/NAME#NUMBER\n"},
      {{"--key", "repo:gitea/acme/other"},
       "towline: the configuration does not name the repository of 'repo:gitea/acme/other'; it names "
       "gitea/acme/infra\n"},
  };
  for (const Refusal& refusal : refusals) {
    std::vector<std::string> arguments = {"reconcile", "--config", "towline.yaml"};
    arguments.insert(arguments.end(), refusal.arguments.begin(), refusal.arguments.end());
    const Ran ran = towline(arguments, place.path(), kCredentials);
    CAPTURE(refusal.arguments);
    CHECK(ran.exit_code == kWrongUse);
    CHECK(ran.err == refusal.sentence);
  }
}

TEST_CASE("reconcile says that the forge cannot be reached, and never prints the token") {
  const int port = test::free_port().value();
  const Place place({{"towline.yaml", server_config(port)}});

  const Ran ran = towline({"reconcile", "--config", "towline.yaml"}, place.path(), kCredentials);

  CHECK(ran.exit_code == kSomethingBroke);
  CHECK_THAT(ran.err, Catch::StartsWith("towline: ") && !Catch::Contains(kToken));
  CHECK(ran.out.empty());
}

TEST_CASE("a data directory that another process uses is refused") {
  const int port = test::free_port().value();
  const Place place({{"towline.yaml", server_config(port)}, {"data/lock", ""}});

  const Ran ran =
      shell("chmod -R go= data; exec 9>data/lock; flock -n 9; $TOWLINE reconcile --config towline.yaml; echo $?",
            place.path(), kCredentials);

  CHECK(ran.out == "3\n");
  CHECK(ran.err ==
        "towline: another Towline process is using the data directory ./data; stop it first, or give this one another "
        "`data`\n");
}

}  // namespace towline::cli
