#include <catch2/catch.hpp>

#include <filesystem>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/files.h"
#include "base/json.h"
#include "registry_asks.h"
#include "support/paths.h"

// Deliveries as the vendors document them.
namespace towline::registry {

namespace {

const std::string kDigest = "sha256:80f0d5c8786bb9e621a45ece0db56d11cdc624ad20da9fe62e9d25490f331d7d";

/// "name:tag@digest" of everything that was pushed.
std::vector<std::string> told(const Result<std::vector<ImagePushed>>& pushed) {
  if (!pushed) return {"error: " + pushed.error().message};
  std::vector<std::string> all;
  for (const ImagePushed& image : *pushed) {
    all.push_back(image.name.str() + (image.tag ? ":" + image.tag->str() : "") +
                  (image.digest ? "@" + image.digest->str() : ""));
  }
  return all;
}

const std::string kDockerHub = R"({"callback_url":"https://registry.hub.docker.com/u/acme/pay/hook/2141b5bi/",
  "push_data":{"pushed_at":1417566161,"pusher":"trustedbuilder","tag":"1.5.0"},
  "repository":{"comment_count":0,"is_official":false,"is_private":true,"name":"pay","namespace":"acme","owner":"acme",
    "repo_name":"acme/pay","repo_url":"https://registry.hub.docker.com/r/acme/pay","status":"Active"}})";

const std::string kQuay = R"({"name":"pay","repository":"acme/pay","namespace":"acme","docker_url":"quay.io/acme/pay",
  "homepage":"https://quay.io/repository/acme/pay","updated_tags":["1.5.0","1.5","latest"]})";

const std::string kHarbor = R"({"type":"PUSH_ARTIFACT","occur_at":1586922308,"operator":"admin","event_data":{
  "resources":[{"digest":")" +
                            kDigest +
                            R"(","tag":"1.5.0","resource_url":"hub.acme.example/pay/api:1.5.0"},
    {"digest":")" + kDigest +
                            R"(","tag":"latest","resource_url":"hub.acme.example/pay/api:latest"}],
  "repository":{"date_created":1586922308,"name":"api","namespace":"pay","repo_full_name":"pay/api",
    "repo_type":"private"}}})";

const std::string kHarborCloudEvent = R"({"specversion":"1.0","id":"66f1a2","source":"/projects/2/webhook/policies/15",
  "type":"harbor.artifact.pushed","datacontenttype":"application/json","time":"2023-04-03T06:40:47Z","operator":"admin",
  "data":{"resources":[{"digest":")" + kDigest +
                                      R"(","tag":"1.5.0","resource_url":"hub.acme.example/pay/api:1.5.0"}],
  "repository":{"date_created":1680501893,"name":"api","namespace":"pay","repo_full_name":"pay/api"}}})";

const std::string kAcr = R"({"id":"cb8c3971-9adc-488b-bdd8-43cbb4974ff5","timestamp":"2017-11-17T16:52:01.343145347Z",
  "action":"push","target":{"mediaType":"application/vnd.docker.distribution.manifest.v2+json","size":524,"digest":")" +
                         kDigest +
                         R"(","length":524,"repository":"pay/api","tag":"1.5.0"},"request":{
  "id":"3cbb6949-7549-4fa1-86cd-a6d5451dffc7","host":"acme.azurecr.io","method":"PUT","useragent":"docker/17.09.0-ce"}})";

std::string ecr(const std::string& region, const std::string& result = "SUCCESS") {
  return R"({"version":"0","id":"13cde686-328b-6117-af20-0e5566167482","detail-type":"ECR Image Action",
  "source":"aws.ecr","account":"123456789012","time":"2019-11-16T01:54:34Z","region":")" +
         region + R"(","resources":[],"detail":{"result":")" + result +
         R"(","repository-name":"acme/pay","image-digest":")" + kDigest +
         R"(","action-type":"PUSH","image-tag":"1.5.0"}})";
}

std::string pub_sub(const std::string& data) {
  return R"({"message":{"attributes":{},"data":")" + base64_encode(data) +
         R"(","messageId":"2070443601311540","publishTime":"2021-02-26T19:13:55.749Z"},
  "subscription":"projects/acme/subscriptions/towline"})";
}
const std::string kInsert = R"({"action":"INSERT","digest":"europe-docker.pkg.dev/acme/images/pay@)" + kDigest +
                            R"(","tag":"europe-docker.pkg.dev/acme/images/pay:1.5.0"})";

const std::string kArtifactory = R"({"domain":"docker","event_type":"pushed","data":{"repo_key":"docker-local",
  "path":"acme/pay/1.5.0/manifest.json","name":"manifest.json","sha256":"35c4","size":1206,"image_name":"acme/pay",
  "tag":"1.5.0","platforms":[]},"subscription_key":"towline","jpd_origin":"https://acme.jfrog.io","source":"jfrog/ci"})";

const std::string kNexusComponent = R"({"timestamp":"2016-11-10T23:57:49.664+0000","nodeId":"52905B51","initiator":"ci",
  "repositoryName":"docker-hosted","action":"CREATED","component":{"id":"08909bf0","format":"docker","name":"acme/pay",
  "group":null,"version":"1.5.0"}})";
const std::string kNexusAsset = R"({"timestamp":"2016-11-10T23:57:49.664+0000","nodeId":"52905B51","initiator":"ci",
  "repositoryName":"docker-hosted","action":"UPDATED","asset":{"id":"31c950c8","format":"docker",
  "name":"v2/acme/pay/manifests/1.5.0"}})";

std::string gitea(const std::string& action, const std::string& type, const std::string& version) {
  return R"({"action":")" + action + R"(","repository":null,"package":{"id":7,"owner":{"id":3,"login":"Acme"},
  "creator":{"login":"ci"},"type":")" +
         type + R"(","name":"pay","version":")" + version +
         R"(","html_url":"https://git.acme.example/acme/-/packages/container/pay/1.5.0"},"sender":{"login":"ci"}})";
}

std::string github(const std::string& event, const std::string& action, const std::string& tag,
                   const std::string& type = "CONTAINER") {
  return R"({"action":")" + action + R"(",")" + event + R"(":{"id":10696,"name":"pay","namespace":"acme",
  "ecosystem":"CONTAINER","package_type":")" +
         type +
         R"(","owner":{"login":"Acme"},"package_version":{"id":24147,"version":"sha256:3da1","name":"sha256:3da1",
  "container_metadata":{"tag":{"name":")" +
         tag + R"(","digest":")" + kDigest + R"("},"labels":{},"manifest":{}},
  "package_url":"ghcr.io/acme/pay:)" +
         tag + R"("}},"repository":{"full_name":"acme/pay"},"sender":{"login":"ci"}})";
}

struct Case {
  const char* kind;
  const char* what;
  HttpHeaders headers;
  std::string body;
  std::string host;
  std::vector<std::string> told;
};

const HttpHeaders kPackage = {{"X-GitHub-Event", "package"}, {"X-Gitea-Event", "package"}};

std::vector<Case> cases() {
  const std::string wrong = "error: the body is not a push notification: ";
  return {
      {"docker-hub", "a push", {}, kDockerHub, "", {"docker.io/acme/pay:1.5.0"}},
      {"docker-hub", "a ping", {}, R"({"hook":{"name":"towline"}})", "", {}},
      {"docker-hub",
       "a name that would leave the registry",
       {},
       R"({"push_data":{"tag":"1"},"repository":{"repo_name":"../evil"}})",
       "",
       {wrong + "repository.repo_name is not an image name without tag and digest"}},
      {"quay",
       "every tag of a push",
       {},
       kQuay,
       "",
       {"quay.io/acme/pay:1.5.0", "quay.io/acme/pay:1.5", "quay.io/acme/pay:latest"}},
      {"quay", "another notification", {}, R"({"build_id":"x","docker_tags":["latest"]})", "", {}},
      {"quay",
       "an image of another registry",
       {},
       R"({"docker_url":"ghcr.io/acme/pay","updated_tags":["1"]})",
       "",
       {wrong + R"("docker_url" is an image of another registry than the configured one)"}},
      {"quay",
       "a Quay of one's own",
       {},
       R"({"docker_url":"quay.acme.example/acme/pay","updated_tags":["1"]})",
       "quay.acme.example",
       {"quay.acme.example/acme/pay:1"}},
      {"harbor",
       "every resource of a push",
       {},
       kHarbor,
       "",
       {"hub.acme.example/pay/api:1.5.0@" + kDigest, "hub.acme.example/pay/api:latest@" + kDigest}},
      {"harbor", "a CloudEvent", {}, kHarborCloudEvent, "", {"hub.acme.example/pay/api:1.5.0@" + kDigest}},
      {"harbor", "another event", {}, R"({"type":"PULL_ARTIFACT","event_data":{"resources":[]}})", "", {}},
      {"harbor",
       "an image of another registry",
       {},
       kHarbor,
       "other.acme.example",
       {wrong + "event_data.resources[0].resource_url is an image of another registry than the configured one"}},
      {"harbor",
       "resources of another repository than it says",
       {},
       R"({"type":"PUSH_ARTIFACT","event_data":{"resources":[{"tag":"1","resource_url":"h.example/a/b:1"}],)"
       R"("repository":{"repo_full_name":"c/d"}}})",
       "",
       {wrong + "event_data.resources[0].resource_url is of another repository than repo_full_name"}},
      {"acr", "a push", {}, kAcr, "", {"acme.azurecr.io/pay/api:1.5.0@" + kDigest}},
      {"acr", "a ping", {}, R"({"id":"x","action":"ping"})", "", {}},
      {"acr",
       "another registry",
       {},
       kAcr,
       "other.azurecr.io",
       {wrong + "request.host is another registry than the configured one"}},
      {"ecr",
       "a push",
       {},
       ecr("eu-central-1"),
       "",
       {"123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/pay:1.5.0@" + kDigest}},
      {"ecr",
       "a push in China",
       {},
       ecr("cn-north-1"),
       "",
       {"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/acme/pay:1.5.0@" + kDigest}},
      {"ecr", "a push that failed", {}, ecr("eu-central-1", "FAILURE"), "", {}},
      {"ecr",
       "a region that is none",
       {},
       ecr("evil.example/x#"),
       "",
       {wrong + "detail.repository-name is not an image name without tag and digest"}},
      {"google", "an insert", {}, pub_sub(kInsert), "", {"europe-docker.pkg.dev/acme/images/pay:1.5.0@" + kDigest}},
      {"google", "a deletion", {}, pub_sub(R"({"action":"DELETE","tag":"gcr.io/acme/pay:1"})"), "", {}},
      {"google",
       "an insert without a tag",
       {},
       pub_sub(R"({"action":"INSERT","digest":"gcr.io/acme/pay@)" + kDigest + "\"}"),
       "",
       {}},
      {"google",
       "a digest of another image",
       {},
       pub_sub(R"({"action":"INSERT","tag":"gcr.io/acme/pay:1","digest":"gcr.io/acme/api@)" + kDigest + "\"}"),
       "",
       {wrong + R"("digest" in message.data is not the digest of the same image)"}},
      {"google",
       "data that is not base64",
       {},
       R"({"message":{"data":"%%%"}})",
       "",
       {wrong + "message.data is not base64"}},
      {"artifactory", "a push", {}, kArtifactory, "acme.jfrog.io", {"acme.jfrog.io/docker-local/acme/pay:1.5.0"}},
      {"artifactory",
       "a push to a repository with a host of its own",
       {},
       kArtifactory,
       "docker-local.acme.example",
       {"docker-local.acme.example/acme/pay:1.5.0"}},
      {"artifactory",
       "another event",
       {},
       R"({"domain":"docker","event_type":"deleted","data":{"tag":"1"}})",
       "acme.jfrog.io",
       {}},
      {"nexus",
       "a component: its tags are to be listed",
       {},
       kNexusComponent,
       "nexus.acme.example",
       {"nexus.acme.example/acme/pay"}},
      {"nexus",
       "an asset: its tags are to be listed",
       {},
       kNexusAsset,
       "nexus.acme.example",
       {"nexus.acme.example/acme/pay"}},
      {"nexus",
       "a component of another format",
       {},
       R"({"action":"CREATED","component":{"format":"maven2","name":"pay"}})",
       "nexus.acme.example",
       {}},
      {"nexus",
       "a layer",
       {},
       R"({"action":"CREATED","asset":{"format":"docker","name":"v2/-/blobs/sha256:aa"}})",
       "nexus.acme.example",
       {}},
      {"gitea",
       "a package",
       kPackage,
       gitea("created", "container", "1.5.0"),
       "git.acme.example",
       {"git.acme.example/acme/pay:1.5.0"}},
      {"gitea", "a manifest without a tag", kPackage, gitea("created", "container", kDigest), "git.acme.example", {}},
      {"gitea", "a package of another type", kPackage, gitea("created", "npm", "1.5.0"), "git.acme.example", {}},
      {"gitea", "a package that was deleted", kPackage, gitea("deleted", "container", "1.5.0"), "git.acme.example", {}},
      {"gitea", "another event", {{"X-Gitea-Event", "push"}}, "{}", "git.acme.example", {}},
      {"ghcr",
       "a package",
       kPackage,
       github("package", "published", "1.5.0"),
       "",
       {"ghcr.io/acme/pay:1.5.0@" + kDigest}},
      {"ghcr",
       "a registry package",
       {{"X-GitHub-Event", "registry_package"}},
       github("registry_package", "updated", "1.5.0"),
       "",
       {"ghcr.io/acme/pay:1.5.0@" + kDigest}},
      {"ghcr", "a package without a tag", kPackage, github("package", "published", ""), "", {}},
      {"ghcr", "a ping", {{"X-GitHub-Event", "ping"}}, R"({"zen":"Keep it logically awesome."})", "", {}},
      {"ghcr",
       "a package of another registry",
       kPackage,
       R"({"action":"published","package":{"package_type":"CONTAINER","package_version":{)"
       R"("package_url":"docker.io/acme/pay:1","container_metadata":{"tag":{"name":"1"}}}}})",
       "",
       {wrong + "package_version.package_url is an image of another registry than the configured one"}},
      {"generic",
       "a structured CloudEvent",
       {},
       R"({"specversion":"1.0","id":"e1","source":"/ci","type":"image.pushed","data":{"image":"ghcr.io/acme/pay",)"
       R"("tag":"1.5.0"}})",
       "",
       {"ghcr.io/acme/pay:1.5.0"}},
      {"generic",
       "a structured CloudEvent with its data in base64",
       {},
       R"({"specversion":"1.0","id":"e1","source":"/ci","type":"image.pushed","data_base64":")" +
           base64_encode(R"({"image":"ghcr.io/acme/pay","tag":"1.5.0"})") + "\"}",
       "",
       {"ghcr.io/acme/pay:1.5.0"}},
      {"generic",
       "a binary CloudEvent",
       {{"ce-specversion", "1.0"}, {"ce-id", "e1"}, {"ce-type", "image.pushed"}},
       R"({"image":"ghcr.io/acme/pay","tag":"1.5.0"})",
       "",
       {"ghcr.io/acme/pay:1.5.0"}},
      {"generic",
       "a registry that a sender may not speak for",
       {},
       R"({"image":"ghcr.io/acme/pay","tag":"1.5.0"})",
       "registry.acme.example",
       {wrong + R"("image" is an image of another registry than the configured one)"}},
      {"distribution",
       "a registry behind a proxy, with its name configured",
       {},
       R"({"events":[{"action":"push","target":{"repository":"acme/pay","tag":"1"},"request":{"host":"10.0.0.7:5000"}}]})",
       "registry.acme.example",
       {"registry.acme.example/acme/pay:1"}},
  };
}

}  // namespace

TEST_CASE("deliveries are read as the vendors document them") {
  for (const Case& test : cases()) {
    INFO(test.kind << ": " << test.what);
    const Receiver* receiver = find_receiver(test.kind);
    REQUIRE(receiver != nullptr);
    CHECK(told(parse(*receiver, test.body, test.headers, test.host)) == test.told);
  }
}

TEST_CASE("every receiver has a case above, a summary, and a host where its deliveries do not tell one") {
  std::map<std::string, std::size_t> count;
  for (const Case& test : cases()) ++count[test.kind];
  for (const Receiver& receiver : receivers()) {
    INFO(receiver.kind);
    CHECK(count[std::string(receiver.kind)] > 0);
    CHECK_FALSE(receiver.summary.empty());
    CHECK((!receiver.needs_host || receiver.host.empty()));
  }
  CHECK(receivers().size() == 12);
}

TEST_CASE("a delivery with more images than one push can have is refused") {
  std::string tags = "\"1\"";
  for (std::size_t i = 0; i < kMostImages; ++i) tags += ",\"1\"";
  const auto result =
      parse(*find_receiver("quay"), R"({"docker_url":"quay.io/acme/pay","updated_tags":[)" + tags + "]}");
  CHECK(message(result) == "the body is not a push notification: the field \"updated_tags\" has over 1000 elements");
}

TEST_CASE("a secret in the address is compared whole") {
  const Receiver& hub = *find_receiver("docker-hub");
  CHECK(verify(hub, {}, kDockerHub, Secret("0123456789abcdef"), "0123456789abcdef"));
  for (const char* wrong : {"", "0123456789abcde", "0123456789abcdeF", "0123456789abcdef0"}) {
    const auto refused = verify(hub, {}, kDockerHub, Secret("0123456789abcdef"), wrong);
    CHECK(message(refused) == "the address does not end in the configured secret: /hooks/registry/<name>/<secret>");
  }
  CHECK_FALSE(verify(hub, {}, kDockerHub, Secret(""), ""));
}

TEST_CASE("signatures are made as the vendors make them, over the raw bytes") {
  const std::string body = "{\"a\": 1}\n";
  struct Row {
    const char* kind;
    const char* header;
    std::string signature;
  };
  const std::string sha256 = hmac_sha256_hex("hush", body);
  const std::vector<Row> rows = {{"ghcr", "X-Hub-Signature-256", "sha256=" + sha256},
                                 {"gitea", "X-Gitea-Signature", sha256},
                                 {"artifactory", "X-Jfrog-Event-Auth", sha256},
                                 {"nexus", "X-Nexus-Webhook-Signature", hmac_sha1_hex("hush", body)},
                                 {"harbor", "Authorization", "hush"},
                                 {"ecr", "Authorization", "Bearer hush"}};
  for (const Row& row : rows) {
    INFO(row.kind);
    const Receiver& receiver = *find_receiver(row.kind);
    CHECK(verify(receiver, {{row.header, row.signature}}, body, Secret("hush")));
    CHECK_FALSE(verify(receiver, {{row.header, row.signature + "0"}}, body, Secret("hush")));
    CHECK_FALSE(verify(receiver, {{row.header, row.signature}}, body, Secret("")));
    CHECK(message(verify(receiver, {}, body, Secret("hush"))) ==
          "the header " + std::string(row.header) + " is missing");
    if (std::string_view(row.header) == "Authorization") continue;
    const auto other_body = verify(receiver, {{row.header, row.signature}}, body + " ", Secret("hush"));
    CHECK(message(other_body) == "the header " + std::string(row.header) + " does not fit the body and the secret");
  }
}

TEST_CASE("deliveries are told apart by the sender's own ids, where there are any") {
  CHECK(delivery_id(*find_receiver("acr"), {}, kAcr) == "cb8c3971-9adc-488b-bdd8-43cbb4974ff5");
  CHECK(delivery_id(*find_receiver("ecr"), {}, ecr("eu-central-1")) == "13cde686-328b-6117-af20-0e5566167482");
  CHECK(delivery_id(*find_receiver("google"), {}, pub_sub(kInsert)) == "2070443601311540");
  CHECK(delivery_id(*find_receiver("harbor"), {}, kHarborCloudEvent) == "66f1a2");
  CHECK(delivery_id(*find_receiver("harbor"), {}, kHarbor).empty());
  CHECK(delivery_id(*find_receiver("ghcr"), {{"X-GitHub-Delivery", "d1"}}, "") == "d1");
  CHECK(delivery_id(*find_receiver("gitea"), {{"X-Gitea-Delivery", "d2"}}, "") == "d2");
  CHECK(delivery_id(*find_receiver("nexus"), {{"X-Nexus-Webhook-Delivery", "d3"}}, "") == "d3");
  CHECK(delivery_id(*find_receiver("docker-hub"), {}, kDockerHub).empty());
  CHECK(delivery_id(*find_receiver("generic"), {{"webhook-id", "run-17"}}, "{}") == "run-17");
}

TEST_CASE("GitHub's own examples of package events are read or ignored, never taken for something else") {
  const std::filesystem::path examples =
      std::filesystem::path(towline::test::source_dir()) / "../shared/payloads/github";
  if (!std::filesystem::exists(examples)) {
    std::cerr << "\nSKIPPED: GitHub's examples of package events, which are not beside this repository\n";
    return;
  }
  std::size_t read = 0;
  for (const auto& file : std::filesystem::directory_iterator(examples)) {
    const std::string name = file.path().filename().string();
    if (!name.starts_with("package.") && !name.starts_with("registry_package.")) continue;
    const std::string event = name.substr(0, name.find('.'));
    const std::string body = read_file(file.path()).value();
    INFO(name);
    // Their containers have no tag, or are of another ecosystem.
    CHECK(told(parse(*find_receiver("ghcr"), body, {{"X-GitHub-Event", event}})).empty());
    ++read;
  }
  CHECK(read > 0);
}

}  // namespace towline::registry
