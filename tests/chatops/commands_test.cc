#include "chatops/commands.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <string>
#include <vector>

using towline::chatops::Command;
using towline::chatops::command_table;
using towline::chatops::CommandKind;
using towline::chatops::parse_commands;
using towline::chatops::suggestion;

namespace {

std::vector<std::string> names(const std::string& comment) {
  std::vector<std::string> result;
  for (const Command& command : parse_commands(comment)) result.push_back(command.name);
  return result;
}

using Names = std::vector<std::string>;

struct Case {
  std::string what;
  std::string comment;
  Names expected;
};

}  // namespace

TEST_CASE("a command on a first-level line is read with its arguments") {
  const auto commands = parse_commands("Looks good.\n/hold  the ledger migration runs until noon \n");

  REQUIRE(commands.size() == 1);
  CHECK(commands[0].kind == CommandKind::hold);
  CHECK(commands[0].name == "hold");
  CHECK(commands[0].arguments == "the ledger migration runs until noon");
}

TEST_CASE("every command of the table is understood, in any letter case") {
  for (const auto& spec : command_table()) {
    CAPTURE(spec.name);
    const auto commands = parse_commands("/" + std::string(spec.name));
    REQUIRE(commands.size() == 1);
    CHECK(commands[0].kind == spec.kind);
    CHECK(commands[0].arguments.empty());
  }
  REQUIRE(parse_commands("/Approve").size() == 1);
  CHECK(parse_commands("/Approve")[0].kind == CommandKind::approve);
  CHECK(parse_commands("/Approve")[0].name == "Approve");
}

TEST_CASE("the environment to promote to is the argument of /promote") {
  CHECK(parse_commands("/promote prod")[0].arguments == "prod");
  CHECK(parse_commands("/promote")[0].arguments.empty());
}

TEST_CASE("a word that looks like a command but is none is unknown, and the nearest command is suggested") {
  const auto commands = parse_commands("/aprove");

  REQUIRE(commands.size() == 1);
  CHECK(commands[0].kind == CommandKind::unknown);
  CHECK(commands[0].name == "aprove");
  CHECK(suggestion(commands[0]) == "Did you mean /approve?");
  CHECK(suggestion(parse_commands("/Unaprove")[0]) == "Did you mean /unapprove?");
  CHECK(suggestion(parse_commands("/deploy-to-the-moon")[0]).empty());
}

TEST_CASE("only a slash and a word alone make a command") {
  const std::vector<Case> cases = {
      {"a path", "/usr/bin", {}},
      {"a path with a command's name", "/hold/on", {}},
      {"a slash alone", "/", {}},
      {"a slash and a space", "/ hold", {}},
      {"a number", "/2", {}},
      {"two slashes", "//hold", {}},
      {"a sentence", "please /approve", {}},
      {"punctuation behind the word", "/approve!", {}},
      {"emphasis", "**/approve**", {}},
      {"an empty comment", "", {}},
      {"spaces in front, fewer than code has", "   /approve", {"approve"}},
      {"a tab behind the word", "/hold\tplease", {"hold"}},
      {"CRLF line ends", "text\r\n/approve\r\n/merge\r\n", {"approve", "merge"}},
      {"CR line ends", "text\r/approve\r/merge", {"approve", "merge"}},
      {"lines of one paragraph", "/approve\n/merge", {"approve", "merge"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what, c.comment);
    CHECK(names(c.comment) == c.expected);
  }
}

TEST_CASE("code never gives a command") {
  const std::vector<Case> cases = {
      {"fence of backticks", "```\n/approve\n```\n/merge", {"merge"}},
      {"fence of tildes", "~~~\n/approve\n~~~\n/merge", {"merge"}},
      {"fence with a language", "```sh\n/approve\n```", {}},
      {"a shorter fence does not close a longer", "`````\n```\n/approve\n`````\n/merge", {"merge"}},
      {"a longer fence closes", "```\n/approve\n``````\n/merge", {"merge"}},
      {"other marks do not close", "```\n~~~\n/approve\n```\n/merge", {"merge"}},
      {"a fence with text behind it does not close", "```\n``` x\n/approve\n```\n/merge", {"merge"}},
      {"an indented closing fence of four spaces does not close", "```\n    ```\n/approve\n```\n/merge", {"merge"}},
      {"an open fence lasts to the end", "```\n\n/approve\n\n", {}},
      {"a fence interrupts a paragraph", "text\n```\n/approve\n```", {}},
      {"a backtick in the info string makes it no fence", "``` a`b\n/approve", {"approve"}},
      {"two backticks are no fence", "``\n/approve", {"approve"}},
      {"four spaces", "text\n\n    /approve", {}},
      {"a tab", "\t/approve", {}},
      {"four spaces inside a paragraph", "text\n    /approve", {}},
      {"a code span over lines", "see `foo\n/approve\nbar` there", {}},
      {"an escaped backtick opens no span", "see \\`foo\n/approve\nbar`", {"approve"}},
      {"a span that is never closed", "see `foo\n/approve", {"approve"}},
      {"runs of other lengths do not close a span", "see ``foo\n/approve\nbar`", {"approve"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what, c.comment);
    CHECK(names(c.comment) == c.expected);
  }
}

TEST_CASE("quotes and list items never give a command") {
  const std::vector<Case> cases = {
      {"quote", "> /approve", {}},
      {"quote without a space", ">/approve", {}},
      {"nested quote", "> > /approve", {}},
      {"lazy continuation", "> as bob said\n/approve", {}},
      {"lazy continuation of a nested quote", ">> as bob said\n/approve\n/merge", {}},
      {"after the blank line that ends the quote", "> as bob said\n\n/approve", {"approve"}},
      {"a fence in a quote ends with the quote", "> ```\n/approve", {"approve"}},
      {"a fence right behind a quote", "> text\n```\n\n/approve\n```\n/merge", {"merge"}},
      {"a heading in a quote has no lazy continuation", "> # title\n/approve", {"approve"}},
      {"bullet", "- /approve\n* /approve\n+ /approve", {}},
      {"number", "1. /approve\n2) /approve", {}},
      {"lazy continuation of an item", "- item\n/approve", {}},
      {"second paragraph of an item", "- item\n\n  /approve", {}},
      {"after the list", "- item\n\n/approve", {"approve"}},
      {"less indented than the item's content", "10. item\n\n   /approve", {"approve"}},
      {"a fence in an item ends with the item", "- ```\n  code\n\n/approve", {"approve"}},
      {"a fence in an item is no fence outside", "- ```\n  a\n  ```\n\n```\n/approve\n```\n/merge", {"merge"}},
      {"an empty item ends at a blank line", "-\n\n  ```\n\n/approve\n  ```\n/merge", {"merge"}},
      {"a number other than 1 does not interrupt a paragraph",
       "text\n2. x\n   ```\n\n/approve\n   ```\n/merge",
       {"merge"}},
      {"a task list", "- [ ] /approve", {}},
      {"heading", "# /approve", {}},
      {"a command with a line below it", "/approve\n---\nsent from my phone", {"approve"}},
      {"the row of a table", "| a |\n|---|\n/approve\n\n/merge", {"merge"}},
      {"the title of a link definition, which is not shown", "[a]: /b \"\n/approve\n\"\n\n/merge", {"merge"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what, c.comment);
    CHECK(names(c.comment) == c.expected);
  }
}

TEST_CASE("HTML that hides or quotes never gives a command") {
  const std::vector<Case> cases = {
      {"comment over lines", "<!--\n/approve\n-->\n/merge", {"merge"}},
      {"comment with blank lines", "<!--\n\n/approve\n\n-->\n\n/merge", {"merge"}},
      {"comment inside a paragraph", "text <!--\n/approve\n--> more", {}},
      {"a comment never closed", "<!--\n\n/approve", {}},
      {"details", "<details>\n/approve\n</details>\n\n/merge", {"merge"}},
      {"details with blank lines", "<details><summary>log</summary>\n\n/approve\n\n</details>\n\n/merge", {"merge"}},
      {"details in capitals with attributes", "<DETAILS open>\n\n/approve\n\n</DETAILS>\n\n/merge", {"merge"}},
      {"nested details", "<details>\n<details>\n</details>\n\n/approve\n\n</details>\n\n/merge", {"merge"}},
      {"details never closed", "<details>\n\n/approve", {}},
      {"details inside a paragraph", "text <details>\n/approve\n</details>\n\n/merge", {"merge"}},
      {"details in a code span opens nothing", "the `<details>` tag\n/approve", {"approve"}},
      {"details in a comment opens nothing", "<!-- <details> -->\n/approve", {"approve"}},
      {"pre", "<pre>\n\n/approve\n</pre>\n/merge", {"merge"}},
      {"code", "<code>\n/approve\n\n/approve\n</code>\n\n/merge", {"merge"}},
      {"code behind text", "x <code>\n/approve\n</code>", {}},
      {"blockquote", "<blockquote>\n\n/approve\n\n</blockquote>\n\n/merge", {"merge"}},
      {"another element hides nothing", "<p>\n\n/approve", {"approve"}},
      {"a block lasts to the blank line", "<div>\n/approve\n</div>\n\n/merge", {"merge"}},
      {"an element whose name only begins alike", "<codex> is new\n/approve", {"approve"}},
      {"less-than as a sign", "5 < 6\n/approve", {"approve"}},
      {"processing instruction", "<?php\n/approve\n?>\n/merge", {"merge"}},
      {"declaration", "<!DOCTYPE html\n/approve\n>\n/merge", {"merge"}},
      {"CDATA", "<![CDATA[\n/approve\n]]>\n/merge", {"merge"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what, c.comment);
    CHECK(names(c.comment) == c.expected);
  }
}

TEST_CASE("at most ten commands of a comment count") {
  const std::string twelve = "/hold\n/hold\n/hold\n/hold\n/hold\n/hold\n/hold\n/hold\n/hold\n/hold\n/merge\n/merge\n";

  CHECK(names(twelve) == Names(10, "hold"));
}

TEST_CASE("only whole lines of the first 64 KiB are read") {
  const std::string filler(65'530, 'x');

  CHECK(names("/approve\n" + filler + "\n/merge") == Names{"approve"});
  CHECK(names(filler + "\n/hold until the ledger is done").empty());
  CHECK(names("/hold" + std::string(70'000, 'x')).empty());
}

TEST_CASE("nesting without end is read in bounded time") {
  const std::string deep_list(60'000, '-');
  CHECK(names("- " + deep_list + "\n\n/approve") == Names{"approve"});

  std::string nested;
  while (nested.size() < 32'000) nested += "- ";
  CHECK(names(nested + "x\n" + std::string(32'000, '\n') + "/approve") == Names{"approve"});
}

TEST_CASE("a quoted text never yields a command") {
  CHECK(rc::check("every line behind '> '", [](const std::vector<std::string>& words) {
    std::string comment;
    for (const std::string& word : words) {
      std::string line;
      for (const char c : word) line += (c == '\n' || c == '\r') ? ' ' : c;
      comment += "> " + line + "\n> /approve\n";
    }
    RC_ASSERT(parse_commands(comment).empty());
  }));
}

TEST_CASE("a fence longer than any run of backticks inside hides everything") {
  CHECK(rc::check("random lines of Markdown", [] {
    const auto lines = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(
        Names{"/approve", "```", "````", "> q", "- i", "<details>", "<!--", "", "    x", "\t/merge"}));
    std::string comment = "`````\n";
    for (const std::string& line : lines) comment += line + "\n";
    comment += "`````\n/hold\n";

    RC_ASSERT(names(comment) == Names{"hold"});
  }));
}

TEST_CASE("parsing never crashes and never gives more than ten commands") {
  CHECK(rc::check("random bytes", [](const std::string& bytes) { RC_ASSERT(parse_commands(bytes).size() <= 10U); }));
  CHECK(rc::check("random Markdown", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::elementOf(Names{"/approve",  "\n",         "\r\n", "```", "~~~", "> ", "- ",   "1. ",
                                 "<details>", "</details>", "<!--", "-->", "`",   "\\", "    ", "\t",
                                 "<pre>",     "</pre>",     "#",    "---", " ",   "x",  "\xff", std::string(1, '\0')}));
    std::string comment;
    for (const std::string& piece : pieces) comment += piece;
    RC_ASSERT(parse_commands(comment).size() <= 10U);
  }));
}
