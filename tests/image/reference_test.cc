#include <string>
#include <vector>

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "image/reference.h"

using namespace towline;
using namespace towline::image;

namespace {

const std::string kSha256 = "sha256:" + std::string(64, 'a');
const std::string kSha512 = "sha512:" + std::string(128, 'b');

template <class Value>
std::string error_of(const Result<Value>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().kind == ErrorKind::invalid);
  return result.error().message;
}

}  // namespace

TEST_CASE("a reference is written as it was and named as Docker means it") {
  struct Case {
    std::string text;
    std::string registry;
    std::string repository;
    std::string written_name;
    std::string tag;
    std::string digest;
  };
  const std::vector<Case> cases = {
      {"pay", "docker.io", "library/pay", "pay", "", ""},
      {"pay:1.4.2", "docker.io", "library/pay", "pay", "1.4.2", ""},
      {"acme/pay", "docker.io", "acme/pay", "acme/pay", "", ""},
      {"docker.io/pay", "docker.io", "library/pay", "docker.io/pay", "", ""},
      {"docker.io/library/pay", "docker.io", "library/pay", "docker.io/library/pay", "", ""},
      {"index.docker.io/acme/pay:1", "docker.io", "acme/pay", "index.docker.io/acme/pay", "1", ""},
      {"index.docker.io/pay", "docker.io", "library/pay", "index.docker.io/pay", "", ""},
      {"ghcr.io/pay", "ghcr.io", "pay", "ghcr.io/pay", "", ""},
      {"ghcr.io/acme/team/pay:v1", "ghcr.io", "acme/team/pay", "ghcr.io/acme/team/pay", "v1", ""},
      {"GHCR.io/acme/pay", "ghcr.io", "acme/pay", "GHCR.io/acme/pay", "", ""},
      {"Registry/pay", "Registry", "pay", "Registry/pay", "", ""},
      {"LOCALHOST/pay", "localhost", "pay", "LOCALHOST/pay", "", ""},
      {"localhost/pay", "localhost", "pay", "localhost/pay", "", ""},
      {"localhost:5000/pay:1", "localhost:5000", "pay", "localhost:5000/pay", "1", ""},
      {"localhost:5000", "docker.io", "library/localhost", "localhost", "5000", ""},
      {"registry:5000/pay", "registry:5000", "pay", "registry:5000/pay", "", ""},
      {"127.0.0.1:5000/a/b", "127.0.0.1:5000", "a/b", "127.0.0.1:5000/a/b", "", ""},
      {"[::1]:5000/pay:1", "[::1]:5000", "pay", "[::1]:5000/pay", "1", ""},
      {"a--b__c/d.e_f", "docker.io", "a--b__c/d.e_f", "a--b__c/d.e_f", "", ""},
      {"pay@" + kSha256, "docker.io", "library/pay", "pay", "", kSha256},
      {"ghcr.io/acme/pay:1@" + kSha256, "ghcr.io", "acme/pay", "ghcr.io/acme/pay", "1", kSha256},
      {"pay@" + kSha512, "docker.io", "library/pay", "pay", "", kSha512},
      {"pay:" + std::string(128, '9'), "docker.io", "library/pay", "pay", std::string(128, '9'), ""},
      {std::string(247, 'a'), "docker.io", "library/" + std::string(247, 'a'), std::string(247, 'a'), "", ""},
  };
  for (const Case& example : cases) {
    INFO(example.text);
    const auto reference = parse_reference(example.text);
    REQUIRE(reference.has_value());
    CHECK(reference->name == ImageName{example.registry, example.repository});
    CHECK(reference->written_name == example.written_name);
    CHECK(reference->tag.value_or(Tag()).str() == example.tag);
    CHECK(reference->digest.value_or(Digest()).str() == example.digest);
    CHECK(reference->str() == example.text);
  }
}

TEST_CASE("a broken reference names the character and the rule") {
  const std::string repository_rule =
      "; a repository takes lower-case letters and digits, with one '.', one or two '_' or any number of '-' between "
      "them";
  const std::string registry_rule =
      "; a registry is a host name (letters, digits, and '-' inside) or an address in [], with an optional :port";
  const std::string tag_rule = "; a tag takes letters, digits, '_', '.' and '-', and begins with neither '.' nor '-'";
  struct Case {
    std::string text;
    std::string why;
  };
  const std::vector<Case> cases = {
      {"", "it is empty; write name[:tag][@digest]"},
      {":1", "':' at character 1; a name comes first: name[:tag][@digest]"},
      {"acme/Pay:1", "'P' at character 6" + repository_rule},
      {"Pay", "'P' at character 1" + repository_rule},
      {"acme/pay_", "its end at character 10" + repository_rule},
      {"acme/a___b", "'_' at character 9" + repository_rule},
      {"acme/a..b", "'.' at character 8" + repository_rule},
      {"acme//pay", "'/' at character 6" + repository_rule},
      {"acme/pay/", "its end at character 10" + repository_rule},
      {"acme/p ay", "a space at character 7" + repository_rule},
      {"ghcr.io/acme/Pay", "'P' at character 14" + repository_rule},
      {"https://ghcr.io/acme/pay",
       "':' at character 6; a name begins with the registry's host, without https:// or another scheme"},
      {"-a.io/pay", "'-' at character 1" + registry_rule},
      {"a..io/pay", "'.' at character 3" + registry_rule},
      {"a.io:/pay", "'/' at character 6" + registry_rule},
      {"a.io:5x/pay", "'x' at character 7" + registry_rule},
      {"[::g]/pay", "'g' at character 4" + registry_rule},
      {"pay:", "its end at character 5; the tag is empty"},
      {"pay:-1", "'-' at character 5" + tag_rule},
      {"pay:1.0+build", "'+' at character 8" + tag_rule},
      {"pay:{{ .tag }}", "'{' at character 5" + tag_rule},
      {"pay:" + std::string(129, '9'), "'9' at character 133; a tag has at most 128 characters"},
      {"pay@latest", "its end at character 11; a digest is sha256: and 64 hexadecimal digits, or sha512: and 128"},
      {"pay@sha256", "its end at character 11; a digest is sha256: and 64 hexadecimal digits, or sha512: and 128"},
      {"pay@md5:00",
       "'m' at character 5; the algorithm 'md5' is not known; a digest is sha256: and 64 hexadecimal digits, or "
       "sha512: and 128"},
      {"pay@SHA256:00",
       "'S' at character 5; the algorithm 'SHA256' is not known; a digest is sha256: and 64 hexadecimal digits, or "
       "sha512: and 128"},
      {"pay@:00",
       "':' at character 5; the algorithm '' is not known; a digest is sha256: and 64 hexadecimal digits, or sha512: "
       "and 128"},
      {"pay@sha256:00AA", "'A' at character 14; a digest takes the digits 0 to 9 and a to f"},
      {"pay@sha256:00", "its end at character 14; a sha256 digest has 64 digits, this one has 2"},
      {"pay@sha256:" + std::string(65, '0'), "'0' at character 76; a sha256 digest has 64 digits, this one has 65"},
      {"pay@sha512:" + std::string(64, '0'),
       "its end at character 76; a sha512 digest has 128 digits, this one has 64"},
      {"pay@" + kSha256 + "@" + kSha256, "'@' at character 76; a digest takes the digits 0 to 9 and a to f"},
  };
  for (const Case& example : cases) {
    INFO(example.text);
    const std::string message = error_of(parse_reference(example.text));
    CHECK(message.ends_with("' is not an image reference: " + example.why));
  }
  CHECK(error_of(parse_reference("acme/\xff")) ==
        "'acme/\xEF\xBF\xBD' is not an image reference: byte 0xff at character 6" + repository_rule);
  CHECK(error_of(parse_reference(std::string(64, 'a'))) ==
        "'" + std::string(64, 'a') +
            "' is not an image reference: 64 hexadecimal digits alone name a local image, not one of a registry");
  CHECK(error_of(parse_reference("a.io/" + std::string(256, 'a')))
            .ends_with("'a' at character 261; a repository has at most 255 characters"));
  CHECK(error_of(parse_reference(std::string(248, 'a')))
            .ends_with("'a' at character 248; a repository has at most 255 characters, 'library/' with them"));
  CHECK(parse_reference(std::string(247, 'a')).value().name.repository == "library/" + std::string(247, 'a'));
}

TEST_CASE("a normalised name is read back as itself") {
  CHECK(rc::check([] {
    const std::string registry = *rc::gen::element<std::string>("", "docker.io/", "index.docker.io/", "Docker.IO/",
                                                                "localhost/", "Acme/", "GHCR.io:80/", "[::A]/");
    const auto component = rc::gen::element<std::string>("a", "b.c", "library", "localhost", "a__b", "0", "d--e");
    std::string text = registry + *component;
    for (const std::string& part : *rc::gen::container<std::vector<std::string>>(component)) text += "/" + part;
    const auto name = parse_image_name(text);
    RC_PRE(name.has_value());
    const auto again = parse_image_name(name->str());
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == *name);
  }));
}

TEST_CASE("an image name comes without tag and digest") {
  CHECK(parse_image_name("pay")->str() == "docker.io/library/pay");
  CHECK(parse_image_name("localhost:5000/pay")->str() == "localhost:5000/pay");
  CHECK(error_of(parse_image_name("pay:1")) ==
        "'pay:1' is not an image name: ':' at character 4; write the name without tag and digest");
  CHECK(error_of(parse_image_name("pay@" + kSha256))
            .ends_with("is not an image name: '@' at character 4; write the name without tag and digest"));
}

TEST_CASE("the short name is the repository's last component") {
  CHECK(parse_image_name("ghcr.io/acme/team/pay")->short_name() == "pay");
  CHECK(parse_image_name("ghcr.io/pay")->short_name() == "pay");
}

TEST_CASE("a version is written whole and shown short") {
  struct Case {
    std::string text;
    std::string display;
  };
  const std::vector<Case> cases = {
      {"1.5.0", "1.5.0"},
      {"1.5.0@" + kSha256, "1.5.0@sha256:aaaaaaaaaaaa"},
      {"@" + kSha256, "sha256:aaaaaaaaaaaa"},
  };
  for (const Case& example : cases) {
    INFO(example.text);
    const auto version = parse_version(example.text);
    REQUIRE(version.has_value());
    CHECK(version->str() == example.text);
    CHECK(version->display() == example.display);
  }
  CHECK(Version{}.display() == "(none)");
  CHECK(error_of(parse_version("")) == "'' is not a version: its end at character 1; the tag is empty");
  CHECK(error_of(parse_version("1@")) ==
        "'1@' is not a version: its end at character 3; a digest is sha256: and 64 hexadecimal digits, or sha512: and "
        "128");
}

TEST_CASE("tags and digests alone follow the same rules") {
  CHECK(parse_tag("_1.x-y")->str() == "_1.x-y");
  CHECK(error_of(parse_tag("")) == "'' is not a tag: its end at character 1; the tag is empty");
  CHECK(parse_digest(kSha512)->str() == kSha512);
  CHECK(error_of(parse_digest("sha512:00")) ==
        "'sha512:00' is not a digest: its end at character 10; a sha512 digest has 128 digits, this one has 2");
}
