#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "base/text.h"
#include "sites/sites.h"

using namespace towline;

namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');

/// One file with a bump of ghcr.io/acme/pay to 1.5.0: every "<1.4.2>" becomes 1.5.0, and no other byte changes.
struct Example {
  std::string what;
  std::string path;
  std::string text;
};

std::string with(const std::string& text, const std::string& tag) { return replace_all(text, "<1.4.2>", tag); }

std::string bumped(const std::string& path, const std::string& text, const std::string& version = "1.5.0") {
  const auto result =
      sites::bump_text(path, text, *image::parse_image_name("ghcr.io/acme/pay"), *image::parse_version(version));
  return result ? *result : result.error().message;
}

const std::vector<Example> kExamples = {
    {"an image beside its tag", "values.yaml", "app:\n  image: ghcr.io/acme/pay\n  imageTag: <1.4.2> # ours\n"},
    {"a name and a tag under image", "values.yaml", "image: {name: ghcr.io/acme/pay, tag: <1.4.2>}\n"},
    {"a registry that holds the whole name", "values.yaml", "image:\n  registry: ghcr.io/acme/pay\n  tag: <1.4.2>\n"},
    {"any key above", "values.yaml",
     "a:\n  b:\n    - c:\n        repository: ghcr.io/acme/pay\n        tag: <1.4.2>\n"},
    {"an image volume", "pod.yaml", "volumes:\n- image:\n    reference: ghcr.io/acme/pay:<1.4.2>\n"},
    {"Argo CD valuesObject", "app.yaml",
     "spec:\n  source:\n    helm:\n      valuesObject:\n        image:\n          repository: ghcr.io/acme/pay\n"
     "          tag: <1.4.2>\n"},
    {"Argo CD parameters", "app.yaml",
     "spec:\n  source:\n    helm:\n      parameters:\n"
     "      - {name: a.b.image.repository, value: ghcr.io/acme/pay}\n"
     "      - name: a.b.image.tag\n        value: <1.4.2>\n"
     "      - {name: c.image.tag, value: 1.4.2}\n"},
    {"Argo CD parameters of an image that valuesObject names", "app.yaml",
     "helm:\n  valuesObject: {image: {repository: ghcr.io/acme/pay}}\n  parameters: [{name: image.tag, value: "
     "<1.4.2>}]\n"},
    {"Argo CD values as a string", "app.yaml",
     "helm:\n  values: |\n    image:\n      repository: ghcr.io/acme/pay # ours\n      tag: <1.4.2>\n  after: 1\n"},
    {"Argo CD kustomize images", "app.yaml",
     "kustomize:\n  images:\n  - pay=ghcr.io/acme/pay:<1.4.2>\n  - ghcr.io/acme/pay:<1.4.2>\n"},
    {"a Flux HelmRelease", "release.yaml",
     "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  values:\n    image:\n"
     "      repository: ghcr.io/acme/pay\n      tag: <1.4.2>\n"},
    {"a Flux Kustomization", "ks.yaml",
     "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n  images:\n  - name: ghcr.io/acme/pay\n"
     "    newTag: <1.4.2>\n"},
    {"ConfigMap data", "cm.yaml",
     "kind: ConfigMap\ndata:\n  pod.yaml: |-\n    kind: Pod\n    image: ghcr.io/acme/pay:<1.4.2>\n  other: x\n"},
    {"a block scalar in a block scalar", "cm.yaml",
     "data:\n  outer: |\n    inner: |\n      image: ghcr.io/acme/pay:<1.4.2>\n"},
    {"a kustomize inline patch", "kustomization.yaml",
     "patches:\n- patch: |-\n    - op: replace\n      path: /spec\n      value:\n        image: "
     "ghcr.io/acme/pay:<1.4.2>\n"},
    {"a JSON patch on an image", "kustomization.yaml",
     "patches:\n- patch: |-\n    - op: replace\n      path: /spec/template/spec/containers/0/image\n      value: "
     "ghcr.io/acme/pay:<1.4.2>\n    - {op: add, path: /metadata/labels/x, value: \"ghcr.io/acme/pay:1.4.2\"}\n"},
    {"a JSON patch in one line of JSON", "patch.json",
     R"([{"op":"replace","path":"/spec/image","value":"ghcr.io/acme/pay:<1.4.2>"}])"},
    {"a mark of a whole reference", "job.yaml", "run: ghcr.io/acme/pay:<1.4.2> # towline: ghcr.io/acme/pay\n"},
    {"a mark of a tag", "job.yaml", "payVersion: \"<1.4.2>\" # towline: ghcr.io/acme/pay:tag\n"},
    {"a mark of Flux on a reference", "job.yaml",
     "run: ghcr.io/acme/pay:<1.4.2> # {\"$imagepolicy\": \"flux-system:pay\"}\n"},
    {"marks of Flux on a name and a tag", "job.yaml",
     "name: ghcr.io/acme/pay # {\"$imagepolicy\": \"flux-system:pay:name\"}\n"
     "version: v<1.4.2>x # unrelated\n"
     "tagged: <1.4.2> # {\"$imagepolicy\": \"flux-system:pay:tag\"}\n"},
    {"an anchor whose every use is the image", "values.yaml",
     "a: {repository: ghcr.io/acme/pay, tag: &v <1.4.2>}\nb: {repository: ghcr.io/acme/pay, tag: *v}\n"},
    {"a mapping behind an alias", "values.yaml", "a: &i\n  repository: ghcr.io/acme/pay\n  tag: <1.4.2>\nb: *i\n"},
    {"a tagged scalar", "values.yaml", "repository: ghcr.io/acme/pay\ntag: !!str <1.4.2>\n"},
    {"JSON", "values.json", R"({"image": {"repository": "ghcr.io/acme/pay", "tag": "<1.4.2>"}})"},
    {"CRLF, a byte order mark and several documents", "a.yaml",
     "\xEF\xBB\xBFimage: ghcr.io/acme/pay:<1.4.2>\r\n---\r\nimage: 'ghcr.io/acme/pay:<1.4.2>' # x\r\n...\r\n"},
    {"CRLF in a block scalar", "app.yaml",
     "helm:\r\n  values: |\r\n    repository: ghcr.io/acme/pay\r\n    tag: <1.4.2>\r\n"},
};

}  // namespace

TEST_CASE("an image is bumped wherever it is written, and nothing else changes") {
  for (const Example& example : kExamples) {
    CAPTURE(example.what);
    // "v<1.4.2>x" is there to stay.
    const std::string before = replace_all(with(example.text, "1.4.2"), "v1.4.2x", "stays");
    const std::string after = replace_all(with(example.text, "1.5.0"), "v1.5.0x", "stays");
    CHECK(bumped(example.path, before) == after);
    CHECK(bumped(example.path, after) == after);
  }
}

TEST_CASE("a tag and its digest are set in one scalar or in two") {
  const std::string next = "1.5.0@" + kDigest;
  CHECK(bumped("values.yaml", "repository: ghcr.io/acme/pay\ntag: v1\n", next) ==
        "repository: ghcr.io/acme/pay\ntag: " + next + "\n");
  CHECK(bumped("values.yaml", "repository: ghcr.io/acme/pay\ntag: v1\ndigest: ''\n", next) ==
        "repository: ghcr.io/acme/pay\ntag: " + next + "\ndigest: ''\n");
}

TEST_CASE("an anchor that means something else elsewhere is refused with both places") {
  const std::string sentence = bumped(
      "values.yaml", "a: {repository: ghcr.io/acme/pay, tag: &v 1.4.2}\nb: {repository: ghcr.io/acme/ui, tag: *v}\n");

  CHECK_THAT(sentence, Catch::StartsWith("values.yaml:1:"));
  CHECK_THAT(sentence, Catch::Contains("cannot be set to 1.5.0: "));
  CHECK_THAT(sentence, Catch::Contains("line 2"));
}

TEST_CASE("a tag that YAML would read as something else is quoted as the file quotes") {
  const std::string head = "other: 'x'\nrepository: ghcr.io/acme/pay\ntag: ";
  for (const std::string tag : {"1.20", "20261123", "true", "null", "2024-01-31", "0x1F", "1e3"}) {
    CAPTURE(tag);
    CHECK(bumped("values.yaml", head + "v1\n", tag) == head + "'" + tag + "'\n");
  }
  CHECK(bumped("values.yaml", head + "1.19\n", "1.21") == head + "1.21\n");
  CHECK(bumped("values.yaml", head + "1.19\n", "1.20") == head + "'1.20'\n");
}

TEST_CASE("templated text is skipped with its line, inside a block scalar too, and the rest is read") {
  const auto found = sites::find_sites(
      "cm.yaml",
      "data:\n  a.yaml: |\n    {{ if x }}\n    image: ghcr.io/acme/pay:1\n    {{ end }}\nimage: ghcr.io/acme/pay:2\n");

  REQUIRE(found.skipped.size() == 1);
  CHECK_THAT(found.skipped[0], Catch::EndsWith("templated text is not YAML"));
  REQUIRE(found.sites.size() == 1);
  CHECK(found.sites[0].line == 6);
}
