#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "report/pages/pages.h"
#include "report/report.h"
#include "report/snapshots.h"

namespace towline::report::test {
namespace {

/// A directory with one template.
class Overrides {
 public:
  Overrides(std::string_view name, std::string_view text)
      : directory_(TemporaryDirectory::create("templates").value()) {
    REQUIRE(write_file(directory_.path() / name, text).has_value());
  }
  const std::filesystem::path& path() const { return directory_.path(); }
  std::string error() const { return Templates::load(path()).error().message; }

 private:
  TemporaryDirectory directory_;
};

TEST_CASE("a template in the directory takes the place of the built-in one") {
  const Overrides overrides("comment.md", "{{{verdict}}}! {{! a remark }}\n");
  const Case given = ready();
  CHECK(comments(Templates::load(overrides.path()).value(), given.snapshot, given.decision, "abc", 65'536) ==
        std::vector<std::string>{"Ready to merge! \n\n<!-- towline:report digest=abc -->"});
}

TEST_CASE("the built-in templates stay for what the directory does not have") {
  const Overrides overrides("page.css", "body { color: red }\n");
  const Templates templates = Templates::load(overrides.path()).value();
  CHECK(templates.source("comment.md") == Templates::load().value().source("comment.md"));
  const Case given = ready();
  CHECK(page(templates, given.snapshot, given.decision).find("<style>\nbody { color: red }\n</style>") !=
        std::string::npos);
}

TEST_CASE("a file of an unknown name is refused") {
  const Overrides overrides("coment.md", "x");
  CHECK(overrides.error() ==
        "'" + (overrides.path() / "coment.md").string() +
            "' is none of the templates (comment.md, part.md, application.md, resource.md, "
            "resource.html, page.html, home.html, message.html, page.css), did you mean 'comment.md'?");
}

TEST_CASE("a tag that nothing fills in is refused") {
  CHECK(Overrides("comment.md", "a\n{{verdit}}\n").error() ==
        "template comment.md, line 2: unknown name 'verdit', did you mean 'verdict'?");
  CHECK(Overrides("resource.md", "{{#verdict}}{{/verdict}}").error() ==
        "template resource.md, line 1: unknown name 'verdict'");
}

TEST_CASE("what mustache cannot read is refused") {
  CHECK(Overrides("comment.md", "{{verdict").error() == "template comment.md, line 1: '{{' is not closed");
  CHECK(Overrides("comment.md", "{{#rows}}").error().starts_with("template comment.md: "));
  CHECK(Overrides("comment.md", "{{> other}}").error() ==
        "template comment.md, line 1: '{{> other}}' is not supported; use names, sections and comments only");
  CHECK(Overrides("page.css", "</style>").error() == "template page.css: '<' is not allowed in a style sheet");
}

TEST_CASE("a directory that cannot be read is refused") {
  const auto error = Templates::load("/nonexistent").error();
  CHECK(error.kind == ErrorKind::invalid);
  CHECK(error.message == "cannot read the templates in '/nonexistent': No such file or directory");
}

}  // namespace
}  // namespace towline::report::test
