#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "sites/sites.h"

using towline::ErrorKind;
using towline::image::ImageName;
using towline::image::parse_image_name;
using towline::image::parse_version;
using towline::image::Version;
using towline::sites::bump_text;
using towline::sites::find_sites;
using towline::sites::ImageSite;

namespace {

const std::string kOld = "sha256:" + std::string(64, 'a');
const std::string kNew = "sha256:" + std::string(64, 'b');

ImageName pay() { return *parse_image_name("ghcr.io/acme/pay"); }

std::string bumped(const std::string& path, const std::string& text, const std::string& version) {
  return bump_text(path, text, pay(), *parse_version(version)).value();
}

std::string pod(const std::string& image) { return "apiVersion: v1\nkind: Pod\nspec: [{image: " + image + " }]\n"; }

struct Case {
  std::string before;
  std::string version;
  std::string after;
};

}  // namespace

TEST_CASE("an image field is bumped in its own style") {
  const std::vector<Case> cases = {
      {"ghcr.io/acme/pay:1.4.2", "1.5.0", "ghcr.io/acme/pay:1.5.0"},
      {"\"ghcr.io/acme/pay:1.4.2\"", "1.5.0", "\"ghcr.io/acme/pay:1.5.0\""},
      {"'ghcr.io/acme/pay:1.4.2'", "1.5.0", "'ghcr.io/acme/pay:1.5.0'"},
      {"&a ghcr.io/acme/pay:1.4.2", "1.5.0", "&a ghcr.io/acme/pay:1.5.0"},
      {"!!str 'ghcr.io/acme/pay:1.4.2'", "1.5.0", "!!str 'ghcr.io/acme/pay:1.5.0'"},
      {"\"ghcr.io\\/acme/pay:1.4.2\"", "1.5.0", "\"ghcr.io/acme/pay:1.5.0\""},
      {"ghcr.io/acme/pay:1.4.2", "1.5.0@" + kNew, "ghcr.io/acme/pay:1.5.0@" + kNew},
      {"ghcr.io/acme/pay:1.4.2@" + kOld, "1.5.0@" + kNew, "ghcr.io/acme/pay:1.5.0@" + kNew},
      {"ghcr.io/acme/pay:1.4.2@" + kOld, "1.5.0", "ghcr.io/acme/pay:1.5.0"},
      {"ghcr.io/acme/pay:1.4.2@" + kOld, "1.4.2", "ghcr.io/acme/pay:1.4.2@" + kOld},
      {"ghcr.io/acme/pay:1.4.2@" + kOld, "1.4.2@" + kNew, "ghcr.io/acme/pay:1.4.2@" + kNew},
      {"ghcr.io/acme/pay:1.4.2@" + kOld, "@" + kNew, "ghcr.io/acme/pay@" + kNew},
      {"ghcr.io/acme/pay@" + kOld, "@" + kNew, "ghcr.io/acme/pay@" + kNew},
      {"ghcr.io/acme/pay@" + kOld, "1.5.0@" + kNew, "ghcr.io/acme/pay@" + kNew},
      {"ghcr.io/acme/payments:1.4.2", "1.5.0", "ghcr.io/acme/payments:1.4.2"},
      {"ghcr.io/acme/pay", "1.5.0", "ghcr.io/acme/pay"},
  };
  for (const Case& c : cases) {
    CHECK(bumped("a.yaml", pod(c.before), c.version) == pod(c.after));
  }
}

TEST_CASE("a kustomization says a digest behind the tag unless it has a place for it") {
  const std::string head = "resources: [a.yaml]\nimages:\n  - name: ghcr.io/acme/pay # ours\n";
  const std::vector<Case> cases = {
      {"    newTag: 1.4.2\n", "1.5.0", "    newTag: 1.5.0\n"},
      {"    newTag: \"1.4.2\"\n", "1.5.0", "    newTag: \"1.5.0\"\n"},
      {"    newTag: 1.4.2\n", "1.5.0@" + kNew, "    newTag: 1.5.0@" + kNew + "\n"},
      {"    newTag: 1.4.2@" + kOld + "\n", "1.5.0", "    newTag: 1.5.0\n"},
      {"    newTag: 1.4.2\n    digest: " + kOld + "\n", "1.5.0@" + kNew,
       "    newTag: 1.5.0\n    digest: " + kNew + "\n"},
      {"    newTag: 1.4.2\n    digest: " + kOld + "\n", "1.5.0", "    newTag: 1.5.0\n    digest: \"\"\n"},
      {"    digest: " + kOld + "\n", "@" + kNew, "    digest: " + kNew + "\n"},
      {"    digest: " + kOld + "\n", "1.5.0@" + kNew, "    digest: " + kNew + "\n"},
      {"    newName: ghcr.io/acme/fork\n    newTag: 1.4.2\n", "1.5.0",
       "    newName: ghcr.io/acme/fork\n    newTag: 1.4.2\n"},
  };
  for (const Case& c : cases) {
    CHECK(bumped("kustomization.yaml", head + c.before, c.version) == head + c.after);
  }
}

TEST_CASE("Helm values are bumped without retyping a tag") {
  const std::string head = "image:\n  repository: ghcr.io/acme/pay\n";
  const std::vector<Case> cases = {
      {"  tag: v1.4.2\n", "v1.5.0", "  tag: v1.5.0\n"},
      {"  tag: v1.4.2\n", "1.20", "  tag: \"1.20\"\n"},
      {"  tag: 1.20\n", "1.31", "  tag: 1.31\n"},
      {"  tag: 1.20\n", "1.30", "  tag: \"1.30\"\n"},
      {"  tag: '1.20'\n", "1.30", "  tag: '1.30'\n"},
      {"  tag: v1@" + kOld + "\n", "v1@" + kNew, "  tag: v1@" + kNew + "\n"},
      {"  digest: " + kOld + "\n  tag: v1\n", "v2@" + kNew, "  digest: " + kNew + "\n  tag: v2\n"},
  };
  for (const Case& c : cases) {
    CHECK(bumped("values.yaml", head + c.before, c.version) == head + c.after);
  }
}

TEST_CASE("every other byte of the file stays as it was") {
  const std::string before =
      "\xEF\xBB\xBF# pay\r\n"
      "apiVersion: apps/v1\r\n"
      "kind:   Deployment\r\n"
      "metadata: {name:   pay,}\r\n"
      "\r\n"
      "spec:\r\n"
      "    image:  ghcr.io/acme/pay:1.4.2   # keep: ghcr.io/acme/pay:1.4.2\r\n"
      "    text: \"ghcr.io/acme/pay:1.4.2\"\r\n"
      "---\r\n"
      "%odd: 'document'\r\n";

  std::string after = before;
  after.replace(after.find("pay:1.4.2 "), 9, "pay:1.5.0");

  CHECK(bumped("a.yaml", before, "1.5.0") == after);
}

TEST_CASE("only the sites that are wanted are bumped") {
  const std::string text =
      "{apiVersion: v1, kind: Pod, a: {image: ghcr.io/acme/pay:1.0.0}, b: {image: ghcr.io/acme/pay:2.0.0}}";
  const auto older = [](const ImageSite& site) { return site.version.tag->str() == "1.0.0"; };

  const auto result = bump_text("a.yaml", text, pay(), *parse_version("1.5.0"), older);

  CHECK(result.value() ==
        "{apiVersion: v1, kind: Pod, a: {image: ghcr.io/acme/pay:1.5.0}, b: {image: ghcr.io/acme/pay:2.0.0}}");
}

TEST_CASE("a site that cannot say the version is refused with place and reason") {
  struct Refusal {
    std::string path;
    std::string text;
    std::string version;
    std::string message;
  };
  const std::vector<Refusal> cases = {
      {"a.yaml", pod("ghcr.io/acme/pay@" + kOld), "1.5.0",
       "a.yaml:3:16: ghcr.io/acme/pay cannot be set to 1.5.0: it is pinned by a digest alone, and no digest is known"},
      {"kustomization.yaml", "images:\n- name: ghcr.io/acme/pay\n  digest: " + kOld + "\n", "1.5.0",
       "kustomization.yaml:3:11: ghcr.io/acme/pay cannot be set to 1.5.0: it is pinned by a digest alone, and no "
       "digest "
       "is known"},
      {"values.yaml", "repository: ghcr.io/acme/pay\ntag: v1\n", "@" + kNew,
       "values.yaml:2:6: ghcr.io/acme/pay cannot be set to sha256:bbbbbbbbbbbb: it has a tag, which would be left "
       "stale; name the tag as well"},
  };
  for (const Refusal& c : cases) {
    const auto result = bump_text(c.path, c.text, pay(), *parse_version(c.version));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == ErrorKind::invalid);
    CHECK(result.error().message == c.message);
  }
  const auto nothing = bump_text("a.yaml", pod("ghcr.io/acme/pay:1.0"), pay(), Version{});
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().message ==
        "a.yaml:3:16: ghcr.io/acme/pay cannot be set to (none): neither a tag nor a digest is named");
}

namespace {

rc::Gen<std::string> tags() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::elementOf(std::string("abcXYZ0123456789_")),
                    rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcXYZ0123456789_.-")))),
      [](const std::pair<char, std::string>& parts) { return parts.first + parts.second.substr(0, 100); });
}

/// One file of each kind and style; the second place keeps `{}` for the tag.
struct Template {
  std::string path;
  std::string before;
  std::string after;
};

const std::vector<Template> kTemplates = {
    {"a.yaml", "apiVersion: v1\nkind: Pod\nimage: ghcr.io/acme/pay:", " # end\n"},
    {"a.yaml", "apiVersion: v1\r\nkind: Pod\r\nspec: [{image: 'ghcr.io/acme/pay:", "', x: 1}]\r\n"},
    {"a.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"image\": \"ghcr.io/acme/pay:", "\"}"},
    {"kustomization.yaml", "images:\n- newTag: '", "'\n  name: ghcr.io/acme/pay\n"},
    {"values.yaml", "a: {tag: \"", "\", repository: ghcr.io/acme/pay}\n"},
    {"values.yaml", "a:\n  repository: ghcr.io/acme/pay\n  tag: \"", "\" # v\n"},
};

}  // namespace

TEST_CASE("a bump changes the tag's bytes alone, and the site then says the wanted version") {
  CHECK(rc::check("any tag to any tag, in every kind of file", [] {
    const Template file = *rc::gen::elementOf(kTemplates);
    const std::string old_tag = *tags();
    const std::string new_tag = *tags();

    const std::string after = bumped(file.path, file.before + old_tag + file.after, new_tag);

    RC_ASSERT(after == file.before + new_tag + file.after);
    const auto sites = find_sites(file.path, after).sites;
    RC_ASSERT(sites.size() == 1U);
    RC_ASSERT(sites[0].version == *parse_version(new_tag));
  }));
}

TEST_CASE("a bump to the version that is there changes nothing") {
  CHECK(rc::check("any tag, in every kind of file", [] {
    const Template file = *rc::gen::elementOf(kTemplates);
    const std::string tag = *tags();
    const std::string text = file.before + tag + file.after;

    RC_ASSERT(bumped(file.path, text, tag) == text);
  }));
}

TEST_CASE("a plain tag that is replaced still reads as the wanted tag") {
  CHECK(rc::check("any tag to any tag, unquoted", [] {
    const std::string head = "image:\n  repository: ghcr.io/acme/pay\n  tag: ";
    const std::string new_tag = *tags();

    const std::string after = bumped("values.yaml", head + "v1\n", new_tag);

    const auto sites = find_sites("values.yaml", after).sites;
    RC_ASSERT(sites.size() == 1U);
    RC_ASSERT(sites[0].version.tag->str() == new_tag);
    RC_ASSERT(after.starts_with(head));
  }));
}

TEST_CASE("find_sites takes any bytes") {
  CHECK(rc::check("random pieces of manifests", [] {
    const auto pieces =
        *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{"apiVersion: v1\n",
                                                                                                  "kind: Pod\n",
                                                                                                  "image: a:1\n",
                                                                                                  "image: ",
                                                                                                  "{",
                                                                                                  "}",
                                                                                                  "[",
                                                                                                  "]",
                                                                                                  "repository: a\n",
                                                                                                  "tag: ",
                                                                                                  "- ",
                                                                                                  "  ",
                                                                                                  "\n",
                                                                                                  "\"",
                                                                                                  "'",
                                                                                                  "*a",
                                                                                                  "&a ",
                                                                                                  ": ",
                                                                                                  "---\n",
                                                                                                  "\xff",
                                                                                                  "|\n",
                                                                                                  "{{ x }}"}));
    std::string text;
    for (const std::string& piece : pieces) text += piece;
    const auto found = find_sites("a.yaml", text);
    RC_ASSERT(found.sites.size() <= pieces.size());
  }));
}
