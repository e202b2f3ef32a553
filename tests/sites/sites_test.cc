#include "sites/sites.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using towline::sites::FileSites;
using towline::sites::find_sites;
using towline::sites::ImageSite;
using towline::sites::SiteKind;

namespace {

const std::string kDigest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// "kind name version @line:column", one a site.
std::vector<std::string> described(const std::string& path, const std::string& text) {
  std::vector<std::string> result;
  for (const ImageSite& site : find_sites(path, text).sites) {
    result.push_back(std::string(to_string(site.kind)) + " " + site.name.str() + " " + site.version.display() + " @" +
                     std::to_string(site.line) + ":" + std::to_string(site.column));
  }
  return result;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("image fields are found at any depth of Kubernetes objects") {
  const std::string text =
      "apiVersion: batch/v1\n"
      "kind: CronJob\n"
      "spec:\n"
      "  initContainers:\n"
      "    - image: gcr.io/proxy:2.14.1\n"
      "  containers:\n"
      "    - {name: b, image: \"ghcr.io/acme/pay:1.4.2\"}\n"
      "---\n"
      "apiVersion: postgresql.cnpg.io/v1\n"
      "kind: Cluster\n"
      "spec:\n"
      "  deep:\n"
      "    - - image: 'acme/pg@" +
      kDigest + "'\n";

  CHECK(described("a.yaml", text) == Lines{"image field gcr.io/proxy 2.14.1 @5:14",
                                           "image field ghcr.io/acme/pay 1.4.2 @7:24",
                                           "image field docker.io/acme/pg sha256:0123456789ab @13:16"});
}

TEST_CASE("a site knows how the file writes the name and whether it stands in a flow") {
  const auto found = find_sites("a.yaml", "{apiVersion: v1, kind: Pod, image: index.docker.io/acme/pay:1.0}");

  REQUIRE(found.sites.size() == 1);
  CHECK(found.sites[0].written_name == "index.docker.io/acme/pay");
  CHECK(found.sites[0].name.str() == "docker.io/acme/pay");
  CHECK(found.sites[0].in_flow);
  CHECK_FALSE(find_sites("a.yaml", "apiVersion: v1\nkind: Pod\nimage: pay:1.0\n").sites.at(0).in_flow);
}

TEST_CASE("what writes no version of an image is no site") {
  const std::vector<std::string> texts = {
      "apiVersion: v1\nkind: Pod\nimage: ghcr.io/acme/pay\n",
      "apiVersion: v1\nkind: Pod\nimage: {name: x}\n",
      "apiVersion: v1\nkind: Pod\nimage: logo picture.png\n",
      "apiVersion: v1\nkind: Pod\nimage:\n",
      "apiVersion: v1\nkind: Pod\nimages: pay:1.0\n",
      "apiVersion: v1\nkind: Pod\nimage: |\n  pay:1.0\n",
      "repository: ghcr.io/acme/pay\ntag: \"\"\n",
      "repository: ghcr.io/acme/pay\ntag:\n",
      "repository: https://charts.example.com\ntag: 1.0\n",
      "image: data:image/png;base64,AAAA\n",
      "image: https://example.com/pay:1.0\n",
      "run: |\n  echo image: ghcr.io/acme/pay:1.0 | cat\n",
      "a: {name: acme/pay, tag: v1}\n",
      "image: {registry: ghcr.io, tag: v1}\n",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(described("a.yaml", text).empty());
  }
}

TEST_CASE("documents that are no Kubernetes objects have image fields too") {
  CHECK(described("docker-compose.yaml", "services:\n  db:\n    image: postgres:16\n") ==
        Lines{"image field docker.io/library/postgres 16 @3:12"});
  CHECK(described(".gitlab-ci.yml", "test:\n  image: {name: 'acme/ci:7', entrypoint: ['']}\n") ==
        Lines{"image field docker.io/acme/ci 7 @2:17"});
  CHECK(described("cluster.yaml", "spec:\n  imageName: ghcr.io/cloudnative-pg/postgresql:16.3\n") ==
        Lines{"image field ghcr.io/cloudnative-pg/postgresql 16.3 @2:14"});
}

TEST_CASE("an image volume's reference is found") {
  const std::string text =
      "apiVersion: v1\nkind: Pod\nspec:\n  volumes:\n    - name: data\n      image:\n"
      "        reference: quay.io/acme/data:v2\n        pullPolicy: Always\n";

  CHECK(described("a.yaml", text) == Lines{"image volume quay.io/acme/data v2 @7:20"});
}

TEST_CASE("a place behind an alias is a site of its own, which says the version of the anchor") {
  const std::string text = "apiVersion: v1\nkind: Pod\nspec:\n  a: {image: &image pay:1.0}\n  b: {image: *image}\n";

  CHECK(described("a.yaml", text) ==
        Lines{"image field docker.io/library/pay 1.0 @4:21", "image field docker.io/library/pay 1.0 @5:14"});
}

TEST_CASE("entries of a kustomization's images are found") {
  const std::string text =
      "images:\n"
      "  - name: ghcr.io/acme/pay\n"
      "    newTag: \"1.20\"\n"
      "  - name: pay\n"
      "    newName: ghcr.io/acme/payments\n"
      "    newTag: 2.0.0\n"
      "    digest: " +
      kDigest +
      "\n"
      "  - {name: ledger, digest: '" +
      kDigest +
      "'}\n"
      "  - name: renamed-only\n"
      "    newName: ghcr.io/acme/renamed\n";
  const Lines expected = {"kustomize images ghcr.io/acme/pay 1.20 @3:13",
                          "kustomize images ghcr.io/acme/payments 2.0.0@sha256:0123456789ab @6:13",
                          "kustomize images docker.io/library/ledger sha256:0123456789ab @8:28"};

  CHECK(described("apps/kustomization.yaml", text) == expected);
  CHECK(described("apps/kustomization.yml", text) == expected);
  CHECK(described("apps/Kustomization", text) == expected);
}

TEST_CASE("a kustomization is known by its kind under any file name, and by its file name without a kind") {
  const std::string images = "images: [{name: pay, newTag: 1.0.0}]\n";

  CHECK(described("base.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Component\n" + images).size() == 1);
  CHECK(described("kustomization.yaml", images).size() == 1);
  CHECK(described("other.yaml", images).empty());
}

TEST_CASE("a Flux Kustomization's images are found") {
  const std::string text =
      "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  images:\n"
      "    - name: pay\n      newTag: 1.0.0\n";

  CHECK(described("a.yaml", text) == Lines{"kustomize images docker.io/library/pay 1.0.0 @6:15"});
}

TEST_CASE("repository and tag pairs are found in values files and in custom resources") {
  CHECK(described("values.yaml",
                  "app:\n"
                  "  image:\n"
                  "    registry: ghcr.io\n"
                  "    repository: acme/pay\n"
                  "    tag: 1.20\n") == Lines{"Helm values ghcr.io/acme/pay 1.20 @5:10"});
  CHECK(described("values.yaml", "image: {repository: acme/pay, tag: v1, digest: " + kDigest + "}\n") ==
        Lines{"Helm values docker.io/acme/pay v1@sha256:0123456789ab @1:36"});
  CHECK(described("values.yaml", "image: {repository: acme/pay, tag: \"\", digest: " + kDigest + "}\n") ==
        Lines{"Helm values docker.io/acme/pay sha256:0123456789ab @1:48"});
  CHECK(described("release.yaml",
                  "apiVersion: helm.toolkit.fluxcd.io/v2\n"
                  "kind: HelmRelease\n"
                  "spec:\n"
                  "  values:\n"
                  "    image:\n"
                  "      repository: ghcr.io/acme/pay\n"
                  "      tag: 1.0.0@" +
                      kDigest + "\n") == Lines{"Helm values ghcr.io/acme/pay 1.0.0@sha256:0123456789ab @7:12"});
}

TEST_CASE("JSON, CRLF and a byte order mark are read") {
  CHECK(described("a.json", R"({"apiVersion": "v1", "kind": "Pod", "image": "pay:1.0"})") ==
        Lines{"image field docker.io/library/pay 1.0 @1:46"});
  CHECK(described("a.yaml", "apiVersion: v1\r\nkind: Pod\r\nimage: pay:1.0\r\n") ==
        Lines{"image field docker.io/library/pay 1.0 @3:8"});
  CHECK(described("a.yaml",
                  "\xEF\xBB\xBF"
                  "apiVersion: v1\nkind: Pod\nimage: pay:1.0\n") ==
        Lines{"image field docker.io/library/pay 1.0 @3:8"});
}

TEST_CASE("a file that cannot be read says why, and one without images is not looked at") {
  const FileSites templated = find_sites("a.yaml", "image: x\n{{- if .Values.name }}\nname: x\n");
  CHECK(templated.sites.empty());
  CHECK(templated.skipped == Lines{"line 2: templated text is not YAML"});

  const FileSites broken = find_sites("a.yaml", "a: b\n---\nimage: pay:1.0\nx: [\n---\nimage: pay:2.0\n");
  REQUIRE(broken.skipped.size() == 1);
  CHECK(broken.skipped[0] == "line 5, column 1: end of sequence flow not found");
  REQUIRE(broken.sites.size() == 1);
  CHECK(broken.sites[0].line == 6);

  CHECK(find_sites("a.yaml", "{{- if x }}\n").skipped.empty());
  CHECK(find_sites("README.md", "image: [\n").skipped.empty());
}

TEST_CASE("kinds of sites are named for people") {
  CHECK(to_string(SiteKind::image_field) == "image field");
  CHECK(to_string(SiteKind::kustomize_images) == "kustomize images");
  CHECK(to_string(SiteKind::helm_values) == "Helm values");
  CHECK(to_string(SiteKind::image_volume) == "image volume");
  CHECK(to_string(SiteKind::helm_parameter) == "Helm parameter");
  CHECK(to_string(SiteKind::kustomize_option) == "Argo CD kustomize image");
  CHECK(to_string(SiteKind::marked) == "marked by comment");
}
