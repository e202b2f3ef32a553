#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "diff/diff.h"
#include "diff/manifests.h"

namespace towline::diff::test {
namespace {

std::string secret(std::string_view fields) {
  return "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n" + std::string(fields);
}

std::string everything(const Diff& diff) {
  std::string text = shown(diff);
  for (const Change& change : diff.changes) {
    for (const FieldChange& field : change.fields) {
      text += field.path + field.before.value_or("") + field.after.value_or("");
      for (const FieldChange& inner : field.inside) text += inner.before.value_or("") + inner.after.value_or("");
    }
  }
  return text;
}

TEST_CASE("a changed secret value is shown as two different masks") {
  const Diff diff = diff_of(secret("data: {password: aHVudGVyMg==}"), secret("data: {password: aHVudGVyMw==}"));
  REQUIRE(diff.changes.size() == 1);
  CHECK(diff.changes[0].masked);
  REQUIRE(diff.changes[0].fields.size() == 1);
  CHECK(diff.changes[0].fields[0].path == "data.password");
  CHECK(diff.changes[0].fields[0].before == "<masked " + hmac_sha256_hex("key", "aHVudGVyMg==\n").substr(0, 16) + ">");
  CHECK(diff.changes[0].fields[0].after != diff.changes[0].fields[0].before);
}

TEST_CASE("an equal secret value is no change") {
  CHECK(diff_of(secret("data: {password: aHVudGVyMg==}"), secret("data: {password: 'aHVudGVyMg=='}")).empty());
}

TEST_CASE("the masks depend on the key") {
  const auto base = resources(secret("stringData: {a: x}"));
  const auto head = resources(secret("stringData: {a: y}"));
  const Diff one = diff_resources(base, head, Secret("one"));
  const Diff two = diff_resources(base, head, Secret("two"));
  CHECK(one.changes[0].fields[0].before != two.changes[0].fields[0].before);
}

TEST_CASE("everything that may hold a secret value is masked") {
  const char* kHolders[] = {
      "data: {password: hunter2}",
      "stringData: {password: hunter2}",
      "stringData: {password: |\n  line\n  hunter2\n  }",
      "stringData:\n  password: |\n    line\n    hunter2\n",
      "data: [hunter2]",
      "data: hunter2",
      "data: {a: {b: hunter2}}",
      "data: {a: hunter2, a: x}",
      "  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"password\":\"hunter2\"}}'\n",
  };
  for (const char* holder : kHolders) {
    CAPTURE(holder);
    CHECK(everything(diff_of("", secret(holder))).find("hunter2") == std::string::npos);
    CHECK(everything(diff_of(secret(holder), "")).find("hunter2") == std::string::npos);
    CHECK(everything(diff_of(secret("data: {a: x}"), secret(holder))).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a Secret inside a List is masked too") {
  const std::string list =
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n"
      "  stringData: {password: hunter2}\n";
  const Diff diff = diff_of("", list);
  REQUIRE(diff.changes.size() == 1);
  CHECK(diff.changes[0].key.kind == "Secret");
  CHECK(diff.changes[0].masked);
  CHECK(everything(diff).find("hunter2") == std::string::npos);
}

TEST_CASE("what is no Secret is not masked") {
  const Diff diff = diff_of("", "apiVersion: example.com/v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: shown}\n");
  REQUIRE(diff.changes.size() == 1);
  CHECK_FALSE(diff.changes[0].masked);
  CHECK(everything(diff).find("shown") != std::string::npos);
}

/// A ConfigMap whose one file is the text.
std::string file_in_config_map(std::string_view text) {
  std::string result = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  f: |\n";
  for (const std::string_view line : split_lines(text)) result += "    " + std::string(line) + "\n";
  return result;
}

TEST_CASE("a Secret within another object or a text is masked, whatever is around it") {
  const std::string json =
      R"({"apiVersion":"v1","kind":"Secret","data":{"password":"hunter2"},"metadata":{"name":"s"}})";
  const std::string kHolders[] = {
      file_in_config_map(secret("data: {password: hunter2}")),
      file_in_config_map("# hunter2\n" + secret("data: {password: hunter2} # hunter2")),
      file_in_config_map("kind: ConfigMap\n---\n" + secret("stringData: {password: hunter2}")),
      file_in_config_map("kind: ConfigMap\n---\n" + secret("stringData: {password: hunter2}\n{{ broken: [")),
      file_in_config_map("apiVersion: v1\nkind: List\nitems:\n- " + json + "\n"),
      file_in_config_map("apiVersion: v1\nkind: SecretList\nitems:\n- data: {password: hunter2}\n"),
      file_in_config_map(json),
      file_in_config_map("{\"x\": \"{\\\"kind\\\":\\\"Secret\\\",\\\"data\\\":{\\\"password\\\":\\\"hunter2\\\"}}\"}"),
      file_in_config_map(secret("data: {a: &x hunter2}\nspec: *x")),
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  annotations:\n"
      "    kubectl.kubernetes.io/last-applied-configuration: '" +
          json + "'\n",
      "apiVersion: example.com/v1\nkind: Wrapper\nmetadata: {name: w}\nspec: {manifest: " + json + "}\n",
      "apiVersion: example.com/v1\nkind: Template\nmetadata: {name: w}\nobjects: [" + json + "]\n",
      secret("dta: {password: hunter2}"),
      secret("stringdata: hunter2"),
      "apiVersion: v1\nkind: secret\nmetadata: {name: s}\ndata: {password: hunter2}\n",
      "apiVersion: v1\nkind: \"SECRET \"\nmetadata: {name: s}\ndata: {password: hunter2}\n",
      file_in_config_map("apiVersion: v1\nkind: secret\nstringData: {password: hunter2}\n"),
      file_in_config_map("kind: secret\nstringData: {password: hunter2}\n{{ broken: [\n"),
  };
  for (const std::string& holder : kHolders) {
    CAPTURE(holder);
    const Diff diff = diff_of("", holder);
    REQUIRE(diff.changes.size() == 1);
    CHECK(diff.changes[0].masked);
    CHECK(everything(diff).find("hunter2") == std::string::npos);
    CHECK(everything(diff_of(holder, "")).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a Secret in a text that changes is still told to change") {
  const auto file = [](std::string_view fields) { return file_in_config_map(secret(fields)); };
  CHECK(diff_of(file("data: {a: x}"), file("data: {a: x}")).empty());
  CHECK(diff_of(file("data: {a: x}"), file("data: {a: z}")).changes.size() == 1);
  CHECK(diff_of(file("data: {a: x}"), file("data: {a: x} # said so")).changes.size() == 1);
}

TEST_CASE("prose about Secrets is not masked") {
  const Diff diff = diff_of("", file_in_config_map("This kind of Secret is shown:\n  see the kind below.\n"));
  REQUIRE(diff.changes.size() == 1);
  CHECK_FALSE(diff.changes[0].masked);
}

TEST_CASE("no secret value and no base64 of one occurs in any output") {
  CHECK(rc::check([] {
    const auto clear = *rc::gen::container<std::string>(16, rc::gen::inRange('g', 'z'));
    const std::string encoded = base64_encode(clear);
    const std::vector<std::string> sides = {"",
                                            secret("data: {k: " + encoded + "}"),
                                            secret("stringData: {k: " + clear + "}"),
                                            secret("stringData: {other: " + clear + "x, k: " + encoded + "}"),
                                            file_in_config_map(secret("data: {k: " + encoded + "}")),
                                            file_in_config_map(secret("stringData: {k: " + clear + "} # " + clear))};
    const std::string output = everything(diff_of(*rc::gen::elementOf(sides), *rc::gen::elementOf(sides)));
    RC_ASSERT(output.find(clear) == std::string::npos);
    RC_ASSERT(output.find(encoded) == std::string::npos);
  }));
}

}  // namespace
}  // namespace towline::diff::test
