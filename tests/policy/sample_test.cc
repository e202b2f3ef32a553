#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "discovery/application.h"
#include "git/file_tree.h"
#include "manifest/layout.h"
#include "manifest/object.h"
#include "policy/finding.h"
#include "sites/sites.h"
#include "support/paths.h"

using namespace towline;

namespace {

const std::filesystem::path kSample = std::filesystem::path(towline::test::source_dir()) / "config" / "sample";

/// The manifests of one application; notify's image gets the tag that its kustomization sets.
manifest::ParsedManifests manifests_of(const git::FileTree& tree, const discovery::Application& application) {
  manifest::ParsedManifests all;
  const std::vector<git::TreeEntry> entries = tree.files().value();
  for (const git::TreeEntry& entry : entries) {
    const bool inside = entry.path.starts_with(application.path + "/");
    if (!inside || entry.path.ends_with("kustomization.yaml")) continue;
    std::string text = tree.read(entry.path).value();
    const std::string untagged = "image: ghcr.io/acme/notify\n";
    if (const std::size_t at = text.find(untagged); at != std::string::npos) {
      text.replace(at, untagged.size(), "image: ghcr.io/acme/notify:0.9.4\n");
    }
    auto parsed = manifest::parse_manifests(entry.path, text, application.ns);
    all.resources.insert(all.resources.end(), parsed.resources.begin(), parsed.resources.end());
    all.problems.insert(all.problems.end(), parsed.problems.begin(), parsed.problems.end());
  }
  return all;
}

}  // namespace

TEST_CASE("the sample has one application per service and environment") {
  const git::DirectoryTree tree(kSample);

  const auto found = discovery::discover_applications(tree, {"apps/dev/services/pay"}).value();

  std::vector<std::string> described;
  for (const auto& application : found.applications) {
    described.push_back(application.name + " " + application.ns + " " + std::string(to_string(application.kind)));
  }
  CHECK(found.problems.empty());
  CHECK(described == std::vector<std::string>{"dev-fraud fraud directory", "dev-gateway gateway directory",
                                              "dev-ledger ledger directory", "dev-notify notify kustomize",
                                              "dev-pay pay directory", "prod-fraud fraud directory",
                                              "prod-gateway gateway directory", "prod-ledger ledger directory",
                                              "prod-notify notify kustomize", "prod-pay pay directory"});
}

TEST_CASE("every application of the sample keeps the four rules") {
  const git::DirectoryTree tree(kSample);

  const auto found = discovery::discover_applications(tree, {}).value();

  for (const auto& application : found.applications) {
    CAPTURE(application.name);
    const auto parsed = manifests_of(tree, application);
    CHECK(parsed.resources.size() >= 6);
    for (const policy::Finding& finding : policy::check(application.name, parsed.resources, parsed.problems, {})) {
      CAPTURE(finding.rule, finding.resource, finding.message);
      CHECK(finding.level == policy::Level::pass);
    }
  }
}

TEST_CASE("each service of the sample writes its image at the places that a bump has to change") {
  const git::DirectoryTree tree(kSample);
  const auto pattern = manifest::PathPattern::parse("apps/{environment}/services/{service}").value();

  std::vector<std::string> sites;
  const std::vector<git::TreeEntry> entries = tree.files().value();
  for (const git::TreeEntry& entry : entries) {
    const auto match = pattern.match(entry.path);
    if (!match || match->environment != "prod") continue;
    const std::string text = tree.read(entry.path).value();
    for (const auto& site : sites::find_sites(entry.path, text).sites) {
      if (site.name.registry == "ghcr.io") sites.push_back(match->service + " " + site.version.display());
    }
  }

  CHECK(sites == std::vector<std::string>{"fraud 1.1.3", "fraud 1.1.3", "gateway 3.11.0", "ledger 2.0.7",
                                          "notify 0.9.4", "pay 1.4.2"});
}
