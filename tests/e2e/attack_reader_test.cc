#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "world.h"

// Pull requests that hide what Argo CD applies from whoever reads the report: each is shown or blocked by name.

using namespace towline;
using namespace towline::test;

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

constexpr std::string_view kDirectory = "apps/prod/services/pay/";
constexpr std::string_view kPlainHead = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: visible}\n";

/// "kind: Secret" among other things, hidden in a file of the application prod-pay.
struct Trick {
  std::string name;
  std::string file;
  std::string text;
  std::string shown;  ///< what the report shows; "": it names the file and blocks
};

std::string utf16(std::string_view text) {
  std::string wide = "\xFF\xFE";
  for (const char c : text) wide.append(1, c).append(1, '\0');
  return wide;
}

std::vector<Trick> tricks() {
  const std::string head(kPlainHead);
  const std::string role = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: hidden}\n";
  return {
      {"a line break before a colon in braces", "extra.yaml",
       "{\"apiVersion\"\n: \"v1\", \"kind\"\n: \"ServiceAccount\", \"metadata\"\n: {\"name\"\n: \"hidden\"}}\n", ""},
      {"UTF-16", "extra.yaml", utf16(role), ""},
      {"200 levels", "extra.yaml", role + "x: " + std::string(200, '[') + std::string(200, ']') + "\n", ""},
      {"200 levels without the words", "extra.yaml",
       "{\"apiVersion\":\"v1\",\"kind\":\"ServiceAccount\",\"metadata\":{\"name\":\"hidden\"},\"x\":" +
           std::string(200, '[') + std::string(200, ']') + "}\n",
       ""},
      {"escaped keys", "extra.yaml",
       "\"api\\u0056ersion\": v1\n\"k\\x69nd\": ServiceAccount\n\"meta\\u0064ata\": {name: hidden}\n",
       "ServiceAccount pay/hidden"},
      {"a document behind a comment", "extra.yaml", head + "--- # x\n" + role, "ServiceAccount pay/hidden"},
      {"a document on the separator's line", "extra.yaml",
       head + "--- {apiVersion: v1, kind: ServiceAccount, metadata: {name: hidden}}\n", ""},
      {"a document that only some readers see", "extra.yaml", head + "...\n" + role, ""},
      {"a merge key that gives the kind", "extra.yaml",
       "x: &x {kind: ServiceAccount}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: hidden}\n<<: *x\n",
       "ServiceAccount pay/hidden"},
      {"a List", "extra.yaml",
       "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ServiceAccount, metadata: {name: hidden}}\n",
       "ServiceAccount pay/hidden"},
      {"a list of another kind", "extra.yaml",
       head + "items:\n- {apiVersion: v1, kind: ServiceAccount, metadata: {name: hidden}}\n",
       "ServiceAccount pay/hidden"},
      {"a tab", "extra.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: hidden\n", ""},
      {"keys that stand twice", "extra.yaml",
       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: visible}\nkind: ServiceAccount\nmetadata: {name: hidden}\n",
       "ServiceAccount pay/hidden"},
      {"a line break of Unicode", "extra.yaml", head + "data:\n  a: b\xE2\x80\xA8kind: ServiceAccount\n", ""},
      {"carriage returns", "extra.yaml", replace_all(role, "\n", "\r"), ""},
      {"base64", "extra.yaml", "apiVersion: v1\nkind: !!binary U2VydmljZUFjY291bnQ=\nmetadata: {name: hidden}\n", ""},
      {"a file in Git LFS", "extra.yaml",
       "version https://git-lfs.github.com/spec/v1\noid "
       "sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 120\n",
       ""},
      {"Jsonnet", "extra.jsonnet", "{apiVersion: 'v1', kind: 'ServiceAccount', metadata: {name: 'hidden'}}\n", ""},
  };
}

forge::PullRequest open(World& world, const std::string& path, const std::string& text) {
  Town& town = world.town();
  town.clock->advance(std::chrono::seconds(2));
  REQUIRE(town.sandbox->commit(kInfra, "trick", {{path, text}}, "bob", "Settings"));
  REQUIRE(town.sandbox->open_pull(kInfra, "bob", "trick", "Settings", ""));
  world.settle();
  return town.pull_on("trick");
}

std::string report_of(const Town& town, const forge::PullRequest& pull) {
  std::string all;
  for (const auto& comment : town.bot_comments(pull.number)) all += comment.body + "\n";
  REQUIRE_FALSE(all.empty());
  return all;
}

void check_blocked(World& world, const forge::PullRequest& pull) {
  Town& town = world.town();
  town.say(pull.number, "alice", "/approve");
  town.say(pull.number, "alice", "/merge");
  world.settle();
  CHECK_FALSE(town.pull_on("trick").merged);
  const auto status = town.status(pull.head, "towline/policy");
  REQUIRE(status);
  CHECK((status->state == forge::StatusState::failure || status->state == forge::StatusState::error));
}

}  // namespace

TEST_CASE("a change that is hidden in a manifest is shown, or blocked by the name of its file") {
  for (const Trick& trick : tricks()) {
    DYNAMIC_SECTION(trick.name) {
      World world;
      const std::string path = std::string(kDirectory) + trick.file;
      const auto pull = open(world, path, trick.text);
      const std::string report = report_of(world.town(), pull);
      INFO(report);
      CHECK_FALSE(contains(report, "No application is affected"));
      CHECK_FALSE(contains(report, "Nothing changes"));
      if (trick.shown.empty()) {
        CHECK(contains(report, path));
        check_blocked(world, pull);
      } else {
        CHECK(contains(report, trick.shown));
      }
    }
  }
}

TEST_CASE("an Application that is hidden from a search for its words is found, or blocked by the name of its file") {
  const std::string rest =
      "metadata: {name: hidden, namespace: argocd}\n"
      "spec:\n"
      "  project: default\n"
      "  source: {repoURL: 'https://git.acme.example/acme/infra.git', targetRevision: main, path: apps/hidden}\n"
      "  destination: {name: prod, namespace: pay}\n";
  const std::vector<Trick> cases = {
      {"an escape", "hidden.yaml", "apiVersion: \"\\u0061rgoproj.io/v1alpha1\"\nkind: Application\n" + rest, "hidden"},
      {"an escaped line break", "hidden.yaml",
       "apiVersion: \"argo\\\n  proj.io/v1alpha1\"\nkind: \"Applica\\\n  tion\"\n" + rest, "hidden"},
      {"UTF-16", "hidden.yaml", utf16("apiVersion: argoproj.io/v1alpha1\nkind: Application\n" + rest), ""},
      {"base64", "hidden.yaml",
       "apiVersion: !!binary YXJnb3Byb2ouaW8vdjFhbHBoYTE=\nkind: !!binary QXBwbGljYXRpb24=\n" + rest, ""},
      {"a list of another kind", "hidden.yaml",
       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nitems:\n- apiVersion: argoproj.io/v1alpha1\n  kind: "
       "Application\n  " +
           replace_all(rest, "\n", "\n  ") + "\n",
       "hidden"},
  };
  for (const Trick& trick : cases) {
    DYNAMIC_SECTION(trick.name) {
      World world;
      const std::string path = "apps/root/" + trick.file;
      Town& town = world.town();
      town.clock->advance(std::chrono::seconds(2));
      const std::string role = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: deployed}\n";
      REQUIRE(town.sandbox->commit(kInfra, "trick", {{path, trick.text}, {"apps/hidden/role.yaml", role}}, "bob",
                                   "Settings"));
      REQUIRE(town.sandbox->open_pull(kInfra, "bob", "trick", "Settings", ""));
      world.settle();
      const auto pull = town.pull_on("trick");
      const std::string report = report_of(town, pull);
      INFO(report);
      CHECK_FALSE(contains(report, "No application is affected"));
      CHECK_FALSE(contains(report, "Nothing changes"));
      if (trick.shown.empty()) {
        CHECK(contains(report, "What changes is not known: 1 file cannot be read."));
        CHECK(contains(report, path));
        check_blocked(world, pull);
      } else {
        CHECK(contains(report, "ServiceAccount pay/deployed"));
      }
    }
  }
}
