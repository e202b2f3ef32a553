#include <catch2/catch.hpp>

#include <regex>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/program.h"
#include "support/golden.h"

namespace towline::cli {
namespace {

/// What somebody writes who wants to be more than text in a report: the end of any fence, HTML, mentions, links,
/// tables, characters that turn the direction of text, escapes of a terminal; and a Secret.
std::string hostile(const std::string& version) {
  return "apiVersion: v1\nkind: ConfigMap\n"
         "metadata: {name: notes, namespace: pay}\n"
         "data:\n"
         "  README.md: |\n"
         "    version " +
         version +
         "\n"
         "    ```\n"
         "    ````diff\n"
         "    </pre></details><script>alert(" +
         version +
         ")</script>\n"
         "    @alice please look at #1 and GH-2, [here](https://evil.example)\n"
         "    | a | table |\n"
         "    <!-- towline:report digest=00 -->\n"
         "  \"<b>@bob</b>|`x`\": \"" +
         version +
         "\"\n"
         "  direction: \"\\u202e" +
         version +
         "\\e[31m\"\n"
         "---\napiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: pay}\n"
         "stringData: {password: hunter2-" +
         version +
         "}\n"
         "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: \"@org/team-" +
         version + "`\"}\n";
}

/// The key of masks is made for each run.
std::string without_hashes(const std::string& text) {
  return std::regex_replace(text, std::regex("masked [0-9a-f]{16}"), "masked HASH");
}

struct Format {
  std::string name;
  std::string golden;
};
const std::vector<Format> kFormats = {{"markdown", "cli/diff-hostile.md"}, {"html", "cli/diff-hostile.html"}};

}  // namespace

TEST_CASE("what manifests hold takes no effect as Markdown or HTML, and Secrets stay masked") {
  const Place place({{"old.yaml", hostile("1")}, {"new.yaml", hostile("2")}});
  for (const Format& format : kFormats) {
    CAPTURE(format.name);

    const Ran ran = towline({"diff", "--format", format.name, "old.yaml", "new.yaml"}, place.path());

    CHECK(ran.exit_code == kDone);
    CHECK(ran.err.empty());
    CHECK_THAT(ran.out, !Catch::Contains("hunter2"));
    CHECK_THAT(ran.out, !Catch::Contains("\x1b"));
    CHECK_THAT(ran.out, !Catch::Contains("\u202e"));
    CHECK(test::golden_difference(format.golden, without_hashes(ran.out)) == "");
  }
}

TEST_CASE("in Markdown all of a hostile text stands inside of a fence that it cannot end") {
  const Place place({{"old.yaml", hostile("1")}, {"new.yaml", hostile("2")}});

  const Ran ran = towline({"diff", "--format", "markdown", "old.yaml", "new.yaml"}, place.path());

  std::string fence;
  std::string outside;
  for (const std::string_view line : split_lines(ran.out)) {
    if (fence.empty() && line.starts_with("```")) {
      fence = line.substr(0, line.find_first_not_of('`'));
    } else if (!fence.empty() && line == fence) {
      fence.clear();
    } else if (fence.empty()) {
      outside += std::string(line) + "\n";
    }
  }
  CHECK(fence.empty());
  for (const char* text : {"alice", "script", "evil.example", "towline:report"}) {
    CAPTURE(text);
    CHECK_THAT(outside, !Catch::Contains(text));
  }
}

TEST_CASE("in HTML nothing of a hostile text is an element") {
  const Place place({{"old.yaml", hostile("1")}, {"new.yaml", hostile("2")}});

  const Ran ran = towline({"diff", "--format", "html", "old.yaml", "new.yaml"}, place.path());

  for (const char* text : {"<script", "<b>", "</details>", "<!-- "}) {
    CAPTURE(text);
    CHECK_THAT(ran.out, !Catch::Contains(text));
  }
}

}  // namespace towline::cli
